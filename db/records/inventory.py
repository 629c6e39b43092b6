"""Clusters, environments, applications and their releases."""

from dataclasses import dataclass
from datetime import datetime

from db.keys import Locked
from domain.actors import ActorRef
from domain.declared_kinds import NONE_DECLARED, DeclaredKinds
from domain.follows import Follow
from domain.image_mappings import ImageMapping
from domain.images import ContainerImage
from domain.namespaces import GivenNamespace
from domain.resources import ResourceId
from domain.rights import ApplicationRef, EnvironmentRef
from domain.stored.consents import StoredConsent
from domain.stored.git_folders import GitFolder
from domain.stored.image_deliveries import REFUSED, ImageDeliveries, SetImageDeliveries
from domain.stored.policies import StoredPolicies
from domain.stored.strategies import Strategy
from domain.words import DeployMode, OperationKind, Pin, Reachability


@dataclass(frozen=True, kw_only=True)
class ClusterRecord:
    """`credential` is the vetted kubeconfig, still sealed, or None for the cluster that Stagecoach itself runs in."""

    id: str
    name: str
    labels: dict[str, str]
    server: str | None
    credential: Locked | None
    credential_version: int
    reachability: Reachability
    server_version: str | None
    last_seen_at: datetime | None
    last_error: str | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, kw_only=True)
class EnvironmentRecord:
    """`clusters` are in their order; the first is the primary. `rank` counts from 1, without gaps after a reorder.

    `given` are the namespaces that applications may use here, `allowed_dangers` the consents that hold for good.
    `releases_keep_secrets`: releases hold the values of Secrets, sealed, and not only fingerprints. `catch_up`: a
    cluster that an operation did not reach gets it when it answers. By `image_mappings` its clusters pull what is
    promoted into it. `strategy` is what operations go by that name none: None is all clusters at once.
    """

    id: str
    name: str
    rank: int
    clusters: tuple[ClusterRecord, ...]
    default_namespace: str | None
    deploy_mode: DeployMode
    pin: Pin
    given: tuple[GivenNamespace, ...]
    allowed_dangers: tuple[str, ...]
    created_at: datetime
    updated_at: datetime
    releases_keep_secrets: bool = False
    catch_up: bool = True
    image_mappings: tuple[ImageMapping, ...] = ()
    strategy: Strategy | None = None

    @property
    def primary(self) -> ClusterRecord:
        return self.clusters[0]


@dataclass(frozen=True, kw_only=True)
class ApplicationRecord:
    id: str
    name: str
    description: str
    labels: dict[str, str]
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, kw_only=True)
class NamespaceUse:
    """An application that is configured in a namespace of a cluster, and the environment by which it is."""

    environment: EnvironmentRef
    application: ApplicationRef
    cluster_id: str


@dataclass(frozen=True, kw_only=True)
class AppEnvironmentState:
    """What operations change of an app environment; members are as in its record."""

    namespace: str | None
    resources: tuple[ResourceId, ...]
    last_release: int
    active_operation: str | None


@dataclass(frozen=True, kw_only=True)
class AppEnvironmentRecord:
    """An application in an environment; without a row (`id` None) it is unconfigured, with the environment's defaults.

    `automation` is who switched automatic deploys or promotions on; None where a former release did, or the
    environment's default. `follow` is None but in the deploy mode `follow`. `active_operation` is the id of the
    operation under way here, if there is one. `declared` are the declared kinds of which it has resources. `git_folder`
    is where configuration is copied to instead of the clusters; None where nowhere.
    """

    id: str | None
    application: ApplicationRecord
    environment: EnvironmentRecord
    namespace: str | None
    deploy_mode: DeployMode
    pin: Pin
    image_policies: StoredPolicies
    consents: tuple[StoredConsent, ...]
    automation: ActorRef | None
    configured_at: datetime | None
    resources: tuple[ResourceId, ...]
    last_release: int
    active_operation: str | None
    follow: Follow | None = None
    image_deliveries: SetImageDeliveries | None = None
    declared: DeclaredKinds = NONE_DECLARED
    git_folder: GitFolder | None = None

    @property
    def deliveries(self) -> ImageDeliveries:
        """How new images reach its workloads."""
        return self.image_deliveries.deliveries if self.image_deliveries is not None else REFUSED

    @property
    def configured(self) -> bool:
        return self.configured_at is not None

    @property
    def state(self) -> AppEnvironmentState:
        return AppEnvironmentState(
            namespace=self.namespace,
            resources=self.resources,
            last_release=self.last_release,
            active_operation=self.active_operation,
        )


@dataclass(frozen=True, kw_only=True)
class ReleaseRecord:
    """`images` are those of all containers; `clusters` are the names of the clusters that run them."""

    id: str
    app_environment_id: str
    number: int
    operation_id: str | None
    kind: OperationKind
    actor: str
    images: tuple[ContainerImage, ...]
    clusters: tuple[str, ...]
    created_at: datetime
