"""Drift and skew in the contract."""

from typing import Self

from pydantic import Field

from api.schemas.base import Input, Moment, Name, Output, PlanDigest, PlanProblemRead, ResourceRead
from api.schemas.promotions import ContainerInput, ImageRead
from domain.divergences import DivergenceKind, OpenDivergence
from services.changes import accepting
from services.reading.drift import ListedDivergence


class FoundImageRead(Output):
    """What a container has on one cluster."""

    cluster: str
    image: ImageRead
    expected: ImageRead | None = Field(description="The last release's image; null for skew.")
    manager: str | None = Field(
        description="The field manager that wrote the image last; null for Stagecoach, if it is unknown, or if pods "
        "alone differ.",
        examples=["kubectl-edit"],
    )
    written_at: Moment | None = Field(description="When that manager last wrote to the object.")


class DivergenceRead(Output):
    """A container that drifted from the last release, or that clusters run with different images."""

    id: str
    kind: DivergenceKind = Field(
        description="`image-drift`: the template has another image than the last release. `digest-drift`: pods run "
        "other content under the release's tag. `skew`: clusters run different images."
    )
    workload: ResourceRead
    container: str
    init: bool
    found: list[FoundImageRead] = Field(description="Drift: the clusters that drifted. Skew: all that are live.")
    release: int = Field(description="The number of the release that it was compared with; 0 without one.")
    since: Moment = Field(description="When it was noticed; it is listed once it has lasted for 30 seconds.")

    @classmethod
    def of(cls, found: OpenDivergence) -> Self:
        return cls.model_validate({**vars(found.divergence), "id": found.id, "since": found.since})


class ListedDivergenceRead(DivergenceRead):
    """A divergence, and where it is."""

    application: str
    environment: str
    last_release: int = Field(description="The number of the release to roll back to in order to converge; 0: none.")

    @classmethod
    def listed(cls, found: ListedDivergence) -> Self:
        return cls.model_validate(
            {
                **vars(found.open.divergence),
                "id": found.open.id,
                "since": found.open.since,
                "application": found.application,
                "environment": found.environment,
                "last_release": found.last_release,
            }
        )


class DivergencePage(Output):
    """One page of divergences."""

    items: list[ListedDivergenceRead]
    next_cursor: str | None


class AcceptRequest(Input):
    """Make what runs the release: of these containers, or of all."""

    cluster: Name | None = Field(
        None, description="The cluster whose images become the release. Required if clusters run different images."
    )
    containers: list[ContainerInput] | None = Field(
        None,
        min_length=1,
        max_length=2000,
        description="If left out, all. The others stay as the last release has them.",
    )
    plan_digest: PlanDigest | None = None

    def to_request(self) -> accepting.AcceptRequest:
        return accepting.AcceptRequest(
            cluster=self.cluster,
            containers=tuple(each.to_ref() for each in self.containers) if self.containers is not None else None,
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


class AcceptancePlanRead(Output):
    """What accepting would record, container by container. It writes to no cluster."""

    digest: str = Field(description="Send it as `plan_digest` to accept exactly this or nothing.")
    environment: str
    cluster: str | None = Field(description="The cluster that the request named.")
    release: int = Field(description="The number of the last release, which it was compared with; 0 without one.")
    changes: list[AcceptedImageRead]
    clusters: list[str] = Field(description="The clusters that will have the new release: all that run it.")
    problems: list[PlanProblemRead]
    blocked: bool = Field(description="Whether a problem prevents it.")
