"""Promotions, roll-backs and releases in the contract."""

from typing import Annotated

from pydantic import Field

from api.schemas.base import (
    Input,
    Moment,
    Name,
    Output,
    PageRead,
    PlanDigest,
    PlanProblemRead,
    ResourceInput,
    ResourceRead,
)
from db.words import OnFailure, OperationKind


class ContainerInput(Input):
    """A container of a workload."""

    workload: ResourceInput
    container: str = Field(pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", examples=["web"])


class Strategy(Input):
    """How to go about it: all clusters at once unless `waves` say otherwise."""

    on_failure: OnFailure = OnFailure.STAY
    waves: list[Annotated[list[Name], Field(min_length=1)]] | None = Field(
        None,
        min_length=1,
        max_length=100,
        description="The target's clusters in groups, one group after the other; all of them, each once.",
        examples=[[["prod-eu"], ["prod-us"]]],
    )


class PromotionRequest(Input):
    """Give the target the images that the source runs, and nothing else."""

    source_environment: Name = Field(examples=["Staging"])
    target_environment: Name = Field(examples=["Production"])
    source_cluster: Name | None = Field(
        None, description="Has to be named where the source's clusters run different images."
    )
    containers: list[ContainerInput] | None = Field(
        None, min_length=1, max_length=2000, description="All that match where it is left out."
    )
    strategy: Strategy = Strategy()
    plan_digest: PlanDigest | None = None


class RollbackRequest(Input):
    """Go back to the images of a former release."""

    release: int = Field(ge=1, le=2_147_483_647, description="Its number in this app environment.", examples=[3])
    strategy: Strategy = Strategy()
    plan_digest: PlanDigest | None = None


class ImageRead(Output):
    """An image."""

    reference: str = Field(
        description="As it stands in a manifest.", examples=["registry.example/shop/web:1.4.2@sha256:0123"]
    )
    repository: str = Field(examples=["registry.example/shop/web"])
    tag: str | None = Field(examples=["1.4.2"])
    digest: str | None


class ImageChangeRead(Output):
    """What would become of one container's image."""

    workload: ResourceRead
    container: str
    init: bool
    before: ImageRead
    after: ImageRead
    unchanged: bool


class ClusterPromotionPlanRead(Output):
    """What a promotion would do on one cluster."""

    cluster: str
    changes: list[ImageChangeRead] = Field(description="Every container that matches, unchanged ones too.")
    problems: list[PlanProblemRead]


class UnmatchedRead(Output):
    """A container that only one side has."""

    workload: ResourceRead
    container: str
    side: str = Field(description="`source` or `target`.", examples=["source"])
    suggestion: str | None = Field(description="A container of the other side with the same repository.")


class ClusterImageRead(Output):
    """What one cluster runs."""

    cluster: str
    image: ImageRead


class SkewRead(Output):
    """A container that the source's clusters run with different images."""

    workload: ResourceRead
    container: str
    images: list[ClusterImageRead]


class PromotionPlanRead(Output):
    """What a promotion or roll-back would do, container by container, on every cluster."""

    digest: str = Field(description="Names this plan when it is carried out.")
    source_environment: str | None = Field(description="Null for a roll-back.")
    source_cluster: str | None
    source_release: int | None = Field(description="Null for a promotion.")
    target_environment: str
    clusters: list[ClusterPromotionPlanRead]
    unmatched: list[UnmatchedRead]
    skew: list[SkewRead] = Field(description="Where the source's clusters differ; name a source cluster then.")
    problems: list[PlanProblemRead] = Field(description="Problems of the whole; each cluster has its own as well.")
    blocked: bool = Field(description="Whether a problem forbids to carry it out.")
    nothing_to_do: bool


class ReleaseImageRead(Output):
    """The image that a release gave one container."""

    workload: ResourceRead
    container: str
    init: bool
    image: ImageRead


class ReleaseRead(Output):
    """The images that a successful operation brought to an app environment."""

    number: int = Field(description="From 1, in this app environment.")
    operation_id: str | None = Field(description="The operation that brought it; null once that is forgotten.")
    kind: OperationKind
    actor: str
    clusters: list[str] = Field(description="The clusters that have it.")
    images: list[ReleaseImageRead]
    created_at: Moment


class ReleasePage(PageRead[ReleaseRead]):
    """Releases, the newest first."""
