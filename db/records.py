"""What the repositories return: frozen values that stay readable after their transaction.

Times are in UTC. A `dict` in a record is plain JSON; treat it as read-only.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

from db.keys import Locked
from domain.actors import ActorKind, ActorRef
from domain.images import ContainerImage, ContainerRef
from domain.namespaces import GivenNamespace
from domain.resources import ResourceId
from domain.rights import ApplicationRef, EnvironmentRef, Scope, Subject
from domain.stored.consents import StoredConsent
from domain.stored.deliveries import ReportedEvent
from domain.stored.pauses import StoredPause
from domain.stored.policies import StoredPolicies
from domain.stored.receivers import ReceiverSettings
from domain.stored.rollouts import ExpectedRollout, UndoImages
from domain.stored.spec import OperationSpec
from domain.words import (
    ClusterPhase,
    CredentialKind,
    DeliveryFate,
    DeployMode,
    EventType,
    ImagePushOrigin,
    ImagePushState,
    OnFailure,
    OperationKind,
    OperationState,
    Outcome,
    PauseDecision,
    Pin,
    Provider,
    Reachability,
    Role,
    Verdict,
)

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Page(Generic[T]):
    """A page of a list. `next` is the `after` of the next page, and None on the last one."""

    items: tuple[T, ...]
    next: str | None


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
class AppEnvironmentRecord:
    """An application in an environment; without a row (`id` None) it is unconfigured, with the environment's defaults.

    `automation` is who switched automatic deploys on; None where a former release did, or the environment's default.
    `active_operation` is the id of the operation under way here, if there is one.
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

    @property
    def configured(self) -> bool:
        return self.configured_at is not None


@dataclass(frozen=True, kw_only=True)
class OperationClusterRecord:
    """The state of an operation on one cluster. `cluster_id` is None once the cluster has been deleted.

    `undo` is what undoing needs, `expected` the rollouts to watch.
    """

    cluster_id: str | None
    cluster_name: str
    position: int
    wave: int
    phase: ClusterPhase
    outcome: Outcome | None
    code: str | None
    detail: str | None
    resource: ResourceId | None
    undo: UndoImages | None
    expected: tuple[ExpectedRollout, ...] | None
    started_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class EndedOperation:
    """An operation that has ended, in brief."""

    id: str
    kind: OperationKind
    state: OperationState


@dataclass(frozen=True, kw_only=True)
class PauseState:
    """What a paused operation looks at: whether a person has decided, and what."""

    paused: bool
    decision: PauseDecision | None
    cancel_requested: bool
    ended: bool


@dataclass(frozen=True, kw_only=True)
class OperationRecord:
    """An operation without its spec, which may be large. Names are the present ones."""

    id: str
    kind: OperationKind
    state: OperationState
    app_environment_id: str
    application: str
    environment: str
    source_app_environment_id: str | None
    source_environment: str | None
    actor: str
    actor_kind: ActorKind | None
    actor_id: str | None
    token_id: str | None
    plan_digest: str
    on_failure: OnFailure
    secret_names: tuple[str, ...]
    attempt: int
    waves: int
    last_event: int
    cancel_requested_at: datetime | None
    cancelled_by: str | None
    clusters: tuple[OperationClusterRecord, ...]
    message: str | None
    created_at: datetime
    updated_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    idempotency_fingerprint: str | None
    reason: str | None = None
    pause: StoredPause | None = None


@dataclass(frozen=True, kw_only=True)
class OperationDetailRecord(OperationRecord):
    """An operation with its spec."""

    spec: OperationSpec


@dataclass(frozen=True, kw_only=True)
class EventRecord:
    """An entry of an operation's timeline; `seq` counts from 1 without gaps."""

    operation_id: str
    seq: int
    at: datetime
    type: EventType
    cluster: str | None
    resource: ResourceId | None
    data: dict[str, Any]

    @property
    def former_type(self) -> str | None:
        """What the former release called the type, if it was renamed since."""
        return self.type.former


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


@dataclass(frozen=True, kw_only=True)
class TokenRecord:
    """A bearer token, of which only the hash is stored (and not read back).

    Without a subject it acts as itself, with its role everywhere. With one it acts for that subject, with at most its
    role in its scope.
    """

    id: str
    name: str
    role: Role
    subject: Subject | None
    scope: Scope
    created_by: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class SignInRecord:
    """A console session, or a one-time code for one, and the token or the person that it acts for.

    `parent_id`: the session that asked for the code, whose end is `parent_expires_at`. `provider`: of a session that
    began at an OpenID provider.
    """

    id: str
    token: TokenRecord | None
    person_id: str | None
    expires_at: datetime
    provider: str | None = None
    parent_id: str | None = None
    parent_expires_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class SessionRecord:
    """A session as its owner sees it in a list. Times are UTC."""

    id: str
    provider: str | None
    address: str | None
    user_agent: str | None
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class ReceiverRecord:
    """An address for a registry's reports; `application` is the name of the only one that it is for, None for all.

    `secrets` are those that count now: the current one, and the former one until `former_until`.
    """

    id: str
    name: str
    provider: Provider
    application_id: str | None
    application: str | None
    settings: ReceiverSettings
    secrets: tuple[str, ...] = field(repr=False)
    former_until: datetime | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, kw_only=True)
class DeliveryRecord:
    """A request to a receiver. `events` are the parsed ones; `kept` says whether its body is stored."""

    id: str
    receiver_id: str
    received_at: datetime
    provider_key: str | None
    fate: DeliveryFate
    code: str | None
    reason: str | None
    events: tuple[ReportedEvent, ...]
    headers: dict[str, str]
    kept: bool


@dataclass(frozen=True, kw_only=True)
class ImagePushRecord:
    """An image push. `resolved`: its registry returned the digest. `repository` is normalised, with the registry."""

    push: int
    repository: str
    tag: str
    digest: str | None
    resolved: bool
    media_type: str | None
    platforms: tuple[str, ...]
    built_at: datetime | None
    origin: ImagePushOrigin
    application_id: str | None
    delivery_id: str | None
    state: ImagePushState
    code: str | None
    reason: str | None
    attempts: int
    next_try_at: datetime
    discovered_at: datetime

    @property
    def reference(self) -> str:
        return f"{self.repository}:{self.tag}"


@dataclass(frozen=True, kw_only=True)
class VerdictRecord:
    """What becomes of an image push in one app environment; `by_push` is the push that superseded it."""

    push: int
    app_environment_id: str
    verdict: Verdict
    code: str | None
    reason: str | None
    containers: tuple[ContainerRef, ...]
    by_push: int | None
    operation_id: str | None
    decided_at: datetime


@dataclass(frozen=True, kw_only=True)
class RunningImageRecord:
    """The image that a container was last known to have: `reference` in its template.

    `kept` are the images that its pods run, where these are not the template's alone (OnDelete, a partition).
    """

    app_environment_id: str
    resource: ResourceId
    container: str
    init: bool
    repository: str
    reference: str
    kept: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class RegistryRecord:
    """A registry with its credential; `host` is as in image references."""

    id: str
    host: str
    plain_http: bool
    kind: CredentialKind
    username: str | None
    secret: str | None = field(repr=False)
    last_seen_at: datetime | None
    last_error: str | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, kw_only=True)
class PollRecord:
    """A repository that is polled every `seconds`."""

    id: str
    repository: str
    seconds: int
    next_at: datetime
    last_at: datetime | None
    last_error: str | None
    created_at: datetime
    updated_at: datetime
