"""Values of an application overview: what was read of clusters, and what the overview shows.

Pure. The rules are in `application`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from domain.cluster_api import ClusterFailure
from domain.divergences import OpenDivergence
from domain.follows import Follow
from domain.image_mappings import ImageMapping
from domain.images import ContainerKey, Image
from domain.resources import ResourceId
from domain.tag_directions import Direction
from domain.words import DeployMode, OperationKind, OperationState, Pin
from services.planning.comparing.missing import MissingKeys
from services.planning.health.values import HealthState
from services.planning.images.running import ClusterFacts


@dataclass(frozen=True, kw_only=True)
class SeenCluster:
    """What was last read of one cluster: `facts` as of `read_at`, None where it was never read.

    `failure` says why it cannot be read now; facts beside a failure are stale. `live`: changes arrive by themselves, or
    not, and `since` when that is so. `lacks` is what another cluster of the environment has and this one does not.
    """

    cluster: str
    facts: ClusterFacts | None
    read_at: datetime | None
    failure: ClusterFailure | None
    health: HealthState = HealthState.UNKNOWN
    live: bool = False
    since: datetime | None = None
    lacks: tuple[ResourceId, ...] = ()

    @property
    def reachable(self) -> bool:
        return self.failure is None

    @property
    def stale(self) -> bool:
        return self.failure is not None and self.facts is not None

    @property
    def code(self) -> str | None:
        return self.failure.code if self.failure else None

    @property
    def error(self) -> str | None:
        return self.failure.detail if self.failure else None


@dataclass(frozen=True, kw_only=True)
class PushedImage:
    """A pushed image that waits for a person to deploy it; `push` is its number, `direction` where it leads."""

    push: int
    repository: str
    tag: str
    digest: str | None
    discovered_at: datetime
    direction: Direction = Direction.UNKNOWN


@dataclass(frozen=True, kw_only=True)
class BlockedPush:
    """A pushed image that automation would deploy, if nothing stood in the way: the problem's `code` and `reason`."""

    push: int
    repository: str
    tag: str
    digest: str | None
    discovered_at: datetime
    code: str | None
    reason: str | None


@dataclass(frozen=True, kw_only=True)
class LastOperation:
    """The last operation that has ended in an app environment."""

    id: str
    kind: OperationKind
    state: OperationState


@dataclass(frozen=True, kw_only=True)
class SeenEnvironment:
    """An application in an environment, from rows and clusters; the first of `clusters` is the primary.

    `resources` are its workloads, `custom` its custom resources. `pushed` holds the image push that is offered to each
    container. `missing_keys` is None where nothing is known to be missing. By `image_mappings` what is promoted into it
    gets its name.
    """

    environment: str
    rank: int
    configured: bool
    namespace: str | None
    deploy_mode: DeployMode
    pin: Pin
    active_operation: str | None
    resources: tuple[ResourceId, ...]
    clusters: tuple[SeenCluster, ...]
    pushed: Mapping[ContainerKey, PushedImage] = field(default_factory=dict)
    blocked: BlockedPush | None = None
    last_operation: LastOperation | None = None
    divergences: tuple[OpenDivergence, ...] = ()
    missing_keys: MissingKeys | None = None
    custom: tuple[ResourceId, ...] = ()
    image_mappings: tuple[ImageMapping, ...] = ()
    follow: Follow | None = None


@dataclass(frozen=True, kw_only=True)
class WorkloadHealth:
    """The health of a workload on one cluster; `ready` of `desired` pods, None where pods are not counted.

    `held`: its pods keep a former template until a person acts.
    """

    cluster: str
    health: HealthState
    reason: str | None
    message: str | None
    ready: int | None
    desired: int | None
    held: bool = False


@dataclass(frozen=True, kw_only=True)
class ClusterContainerImage:
    """The image that a container's pods run on one cluster; `written` is that of its template where it is another.

    `written_by` is the field manager that wrote it last, None for Stagecoach.
    """

    cluster: str
    image: Image
    written: Image | None = None
    written_by: str | None = None


@dataclass(frozen=True, kw_only=True)
class OfferedImage:
    """A different image that the environment before this one runs, which need not be a newer one."""

    environment: str
    image: Image
    direction: Direction


@dataclass(frozen=True, kw_only=True)
class ContainerOverview:
    """A container on all clusters of an environment."""

    name: str
    init: bool
    images: tuple[ClusterContainerImage, ...]
    skew: bool
    offered: OfferedImage | None
    pushed: PushedImage | None


@dataclass(frozen=True, kw_only=True)
class WorkloadOverview:
    """A workload on all clusters of an environment."""

    resource: ResourceId
    containers: tuple[ContainerOverview, ...]
    health: tuple[WorkloadHealth, ...]


@dataclass(frozen=True, kw_only=True)
class CustomResourceHealth:
    """The health of a custom resource on one cluster; `since` where the object itself says since when."""

    cluster: str
    health: HealthState
    reason: str | None
    message: str | None
    since: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class ClusterImage:
    """An image on one cluster."""

    cluster: str
    image: Image


@dataclass(frozen=True, kw_only=True)
class CustomImageOverview:
    """The image that a field of a custom resource names on each cluster, as `spec.image`."""

    path: str
    images: tuple[ClusterImage, ...]
    differs: bool


@dataclass(frozen=True, kw_only=True)
class CustomResourceOverview:
    """A custom resource on all clusters of an environment."""

    resource: ResourceId
    health: tuple[CustomResourceHealth, ...]
    images: tuple[CustomImageOverview, ...] = ()


@dataclass(frozen=True, kw_only=True)
class EnvironmentOverview:
    """An application in one environment; `stale` if a cluster could not be read.

    `health` is the worst of its workloads; where it has none, of its custom resources.
    `promotes_to` are the configured environments after it. `skew` is as of now, `divergences` are those that lasted.
    `blocked` is the newest pushed image that automation cannot bring.
    """

    environment: str
    rank: int
    configured: bool
    namespace: str | None
    deploy_mode: DeployMode
    pin: Pin
    clusters: tuple[SeenCluster, ...]
    workloads: tuple[WorkloadOverview, ...]
    health: HealthState
    skew: bool
    stale: bool
    active_operation: str | None
    promotes_to: tuple[str, ...] = ()
    last_operation: LastOperation | None = None
    divergences: tuple[OpenDivergence, ...] = ()
    missing_keys: MissingKeys | None = None
    custom_resources: tuple[CustomResourceOverview, ...] = ()
    follow: Follow | None = None
    blocked: BlockedPush | None = None


@dataclass(frozen=True, kw_only=True)
class ApplicationOverview:
    """An application in all environments, by rank."""

    application: str
    environments: tuple[EnvironmentOverview, ...]
    read_at: datetime
