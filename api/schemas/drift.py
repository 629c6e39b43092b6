"""Drift and skew in the contract."""

from typing import Annotated, Self

from pydantic import BeforeValidator, Field

from api.schemas.base import Input, Moment, Name, Output, PlanDigest, PlanProblemRead, ResourceInput, ResourceRead
from api.schemas.containers import ContainerInput
from api.schemas.promotions import ImageRead
from domain.divergences import DivergenceKind, OpenDivergence
from services.changes import accepting
from services.planning.drift.accepting_fields import AcceptedFields
from services.planning.drift.fields import key_of
from services.reading.drift import ListedDivergence


class FoundImageRead(Output):
    """What a container has on one cluster."""

    cluster: str
    image: ImageRead
    expected: ImageRead | None = Field(
        description="The last release's image. Of skew, null on clusters that have it: the others were left behind."
    )
    manager: str | None = Field(
        description="The field manager that wrote the image last; null for Stagecoach, if it is unknown, or if pods "
        "alone differ.",
        examples=["kubectl-edit"],
    )
    written_at: Moment | None = Field(description="When that manager last wrote to the object.")


def divergence_members(found: OpenDivergence) -> dict[str, object]:
    """The members of a `DivergenceRead`."""
    divergence = found.divergence
    fields = [
        {
            "cluster": one.cluster,
            "fields": [{**vars(each), "key": key_of(divergence.workload, each.path)} for each in one.fields],
        }
        for one in divergence.fields
    ]
    return {**vars(divergence), "fields": fields, "id": found.id, "since": found.since}


class FoundFieldRead(Output):
    """A field that is not as Stagecoach wrote it. Neither value is told: releases keep fingerprints."""

    path: str = Field(
        description="As in comparisons; empty if the object is gone.",
        examples=["data.mode", "data[tls.crt]", "spec.template.spec.containers[web].resources.limits.cpu"],
    )
    key: str | None = Field(description="The key of the ConfigMap or Secret; null for any other field.")
    removed: bool = Field(description="Whether it is gone; else its value was changed.")
    manager: str | None = Field(
        description="The field manager that wrote it last; null for Stagecoach, or if it is unknown.",
        examples=["kubectl-edit"],
    )
    written_at: Moment | None = Field(description="When that manager last wrote to the object.")


class FoundFieldsRead(Output):
    """The fields of one object that differ on one cluster."""

    cluster: str
    fields: list[FoundFieldRead]


class DivergenceRead(Output):
    """A container or an object that drifted from the last release, or a container of which clusters run different
    images.
    """

    id: str
    kind: DivergenceKind = Field(
        description="`image-drift`: the template has another image than the last release. `digest-drift`: pods run "
        "other content under the release's tag. `skew`: clusters run different images. `key-drift`: keys of a "
        "ConfigMap or Secret are not as Stagecoach wrote them. `field-drift`: other fields of an object are not."
    )
    workload: ResourceRead = Field(description="The workload; for drift of keys and fields, the object.")
    container: str = Field(description="Empty for drift of keys and fields.")
    init: bool
    found: list[FoundImageRead] = Field(
        description="Drift of images: the clusters that drifted. Skew: all that are live. Else empty."
    )
    fields: list[FoundFieldsRead] = Field(
        description="Drift of keys and fields: the clusters that drifted, and which fields. Else empty."
    )
    release: int = Field(description="The number of the release that it was compared with; 0 without one.")
    since: Moment = Field(description="When it was noticed; it is listed once it has lasted for 30 seconds.")

    @classmethod
    def of(cls, found: OpenDivergence) -> Self:
        return cls.model_validate(divergence_members(found))


class ListedDivergenceRead(DivergenceRead):
    """A divergence, and where it is."""

    application: str
    environment: str
    last_release: int = Field(description="The number of the release to roll back to in order to converge; 0: none.")
    source: str | None = Field(
        description="The environment that it is promoted from, to import from it again; null without one, or if the "
        "caller does not see it."
    )
    remedy: str = Field(
        description="What a person can do about it, as a sentence.",
        examples=["Import it again from Staging to bring it back, or accept it."],
    )

    @classmethod
    def listed(cls, found: ListedDivergence) -> Self:
        return cls.model_validate(
            {
                **divergence_members(found.open),
                "application": found.application,
                "environment": found.environment,
                "last_release": found.last_release,
                "source": found.source,
                "remedy": found.remedy,
            }
        )


class DivergencePage(Output):
    """One page of divergences."""

    items: list[ListedDivergenceRead]
    next_cursor: str | None


class AcceptRequest(Input):
    """Make what runs the release: of these containers and objects, or of all."""

    cluster: Name | None = Field(
        None, description="The cluster whose images become the release. Required if clusters run different images."
    )
    containers: list[ContainerInput] | None = Field(
        None,
        min_length=1,
        max_length=2000,
        description="If left out, all, unless `objects` are named. The others stay as the last release has them.",
    )
    objects: list[ResourceInput] | None = Field(
        None,
        min_length=1,
        max_length=2000,
        description="The objects of which keys and fields are accepted as they are. If left out, all, unless "
        "`containers` are named.",
    )
    plan_digest: PlanDigest | None = None

    def to_request(self) -> accepting.AcceptRequest:
        return accepting.AcceptRequest(
            cluster=self.cluster,
            containers=tuple(each.to_ref() for each in self.containers) if self.containers is not None else None,
            objects=tuple(each.to_id() for each in self.objects) if self.objects is not None else None,
            plan_digest=self.plan_digest,
        )


class AcceptedImageRead(Output):
    """A container whose image in the release changes."""

    workload: ResourceRead
    container: str
    init: bool
    before: ImageRead | None = Field(description="The last release's image; null if it has none of this container.")
    after: ImageRead = Field(description="What runs, and becomes the release.")
    clusters: list[str] = Field(description="The clusters that run it.")


class AcceptedFieldRead(Output):
    """A field that is taken as it is; its value is not told."""

    path: str = Field(description="As in comparisons; empty if the object is gone.", examples=["data.mode"])
    key: str | None = Field(description="The key of the ConfigMap or Secret; null for any other field.")
    removed: bool = Field(description="Whether it is gone: then it is compared no more.")
    manager: str | None = Field(description="The field manager that wrote it last; null if that is unknown.")
    written_at: Moment | None


class AcceptedFieldsRead(Output):
    """An object on a cluster of which fields are taken as they are."""

    resource: ResourceRead
    cluster: str
    fields: list[AcceptedFieldRead]


def _with_key(value: object) -> object:
    if not isinstance(value, AcceptedFields):
        return value
    fields = [{**vars(each), "key": key_of(value.resource, each.path)} for each in value.fields]
    return {"resource": value.resource, "cluster": value.cluster, "fields": fields}


class AcceptancePlanRead(Output):
    """What accepting would record, container by container and object by object. It writes to no cluster."""

    digest: str = Field(description="Send it as `plan_digest` to accept exactly this or nothing.")
    environment: str
    cluster: str | None = Field(description="The cluster that the request named.")
    release: int = Field(description="The number of the last release, which it was compared with; 0 without one.")
    changes: list[AcceptedImageRead]
    fields: list[Annotated[AcceptedFieldsRead, BeforeValidator(_with_key)]] = Field(
        description="The objects of which keys and fields are taken as they are, by cluster."
    )
    clusters: list[str] = Field(description="The clusters that will have the new release: all that run it.")
    problems: list[PlanProblemRead]
    blocked: bool = Field(description="Whether a problem prevents it.")
