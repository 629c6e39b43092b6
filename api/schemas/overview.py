"""What runs where, in the contract: one application in full, all applications at a glance."""

from typing import Self

from pydantic import Field

from api.schemas.base import Moment, Output, ResourceRead
from api.schemas.promotions import ImageRead
from domain.words import DeployMode, Pin
from services.planning.health.values import HealthState
from services.reading.matrix import Matrix


class ClusterSeen(Output):
    """Whether a cluster could be asked."""

    cluster: str
    reachable: bool
    error: str | None = Field(description="Why not.")
    stale: bool = Field(description="Whether what is shown of it was read before, not now.")
    read_at: Moment | None = Field(description="When what is shown of it was read.")


class WorkloadHealth(Output):
    """How a workload does on one cluster."""

    cluster: str
    health: HealthState
    reason: str | None = Field(examples=["CrashLoopBackOff"])
    message: str | None = Field(description="In plain words.")
    ready: int | None = Field(description="Pods that are ready.")
    desired: int | None = Field(description="Pods that are wanted.")


class ClusterContainerImage(Output):
    """What one cluster runs in a container."""

    cluster: str
    image: ImageRead


class OfferedImage(Output):
    """A different image that the environment before runs."""

    environment: str
    image: ImageRead


class PushedImage(Output):
    """A pushed image that waits for somebody to deploy it."""

    push: int = Field(description="Counts up in the order of pushes.")
    repository: str = Field(description="With its registry.", examples=["registry.example/shop/web"])
    tag: str
    digest: str | None
    arrived_at: Moment


class ContainerOverview(Output):
    """A container over the clusters of an environment."""

    name: str
    init: bool
    images: list[ClusterContainerImage]
    skew: bool = Field(description="Whether the clusters run different images.")
    offered: OfferedImage | None
    pushed: PushedImage | None = Field(description="The newest pushed image that is offered to it.")


class WorkloadOverview(Output):
    """A workload over the clusters of an environment."""

    resource: ResourceRead
    containers: list[ContainerOverview]
    health: list[WorkloadHealth]


class EnvironmentOverview(Output):
    """An application in one environment."""

    environment: str
    rank: int
    configured: bool
    namespace: str | None
    deploy_mode: DeployMode
    pin: Pin
    clusters: list[ClusterSeen] = Field(description="The first is the primary.")
    workloads: list[WorkloadOverview]
    health: HealthState = Field(description="The worst of all.")
    skew: bool
    stale: bool = Field(description="Whether a cluster could not be asked.")
    active_operation: str | None = Field(description="The id of the operation that is under way here.")


class ApplicationOverviewRead(Output):
    """An application in all environments, by rank."""

    application: str
    environments: list[EnvironmentOverview]
    read_at: Moment


class MatrixImage(Output):
    """The tag that a workload's container runs."""

    workload: str = Field(description="Kind and name.", examples=["Deployment/web"])
    container: str
    tag: str | None
    digest: str | None


class MatrixCell(Output):
    """An application in one environment, at a glance."""

    environment: str
    configured: bool
    deploy_mode: DeployMode
    images: list[MatrixImage] = Field(description="As the primary cluster runs them; init containers are left out.")
    health: HealthState
    skew: bool
    stale: bool = Field(description="Whether a cluster could not be asked, so that this is less than the whole truth.")
    active_operation: str | None = Field(description="The id of the operation that is under way here.")


class MatrixRow(Output):
    """An application over all environments."""

    application: str
    description: str
    cells: list[MatrixCell] = Field(description="One for each environment, in the order of `environments`.")


class MatrixRead(Output):
    """Applications by environments: one page of rows."""

    environments: list[str] = Field(description="By rank.")
    items: list[MatrixRow]
    next_cursor: str | None
    read_at: Moment

    @classmethod
    def of(cls, matrix: Matrix, *, next_cursor: str | None) -> Self:
        return cls.model_validate({**vars(matrix), "next_cursor": next_cursor})
