"""The catalogue of notifications: each event that people and machines are told of, as a value with typed members.

A feature adds a type (`domain.notification_types`), a value of it here, its reading in `domain.stored.notifications`,
and `tx.outbox.add(value)` in the transaction of the change that it tells of. How a value reads is
`services.planning.notifications.wording`'s. No value holds a secret: names, ids and figures, and the texts that the
console shows, too. Texts that clusters returned are among them, so nobody may take them for markup.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar, Self

from domain.actors import ActorKind
from domain.hidden_sources import HIDDEN_ENVIRONMENT
from domain.notification_types import NotificationType
from domain.notification_values import Notification, NotificationValue, Readers
from domain.words import OperationKind, Outcome, Reachability


@dataclass(frozen=True, kw_only=True)
class ClusterOutcome(NotificationValue):
    """How an operation stands on one cluster; no outcome yet is None."""

    _READ: ClassVar[Readers] = {"outcome": Outcome}

    name: str
    outcome: Outcome | None = None
    detail: str | None = None


@dataclass(frozen=True, kw_only=True)
class OperationNotification(Notification):
    """An operation that started or ended. `by` is the actor's name, `images` are references that it brings.

    `catching_up` are the clusters for which it was tried again by itself.
    """

    _READ: ClassVar[Readers] = {
        "event": NotificationType,
        "by_kind": ActorKind,
        "kind": OperationKind,
        "clusters": ClusterOutcome.from_json,
    }

    event: NotificationType
    operation: str
    kind: OperationKind
    application: str
    environment: str
    by: str
    by_kind: ActorKind | None = None
    source_environment: str | None = None
    attempt: int = 1
    catching_up: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    clusters: tuple[ClusterOutcome, ...] = ()
    more_clusters: int = 0
    message: str | None = None

    @property
    def type(self) -> NotificationType:
        return self.event

    @property
    def subject(self) -> str | None:
        return f"operation/{self.operation}"

    @property
    def without_source(self) -> Self:
        return replace(self, source_environment=HIDDEN_ENVIRONMENT) if self.source_environment else self


@dataclass(frozen=True, kw_only=True)
class ApprovalWanted(Notification):
    """A proposal waits for votes. `groups` are those whose votes count; empty: anybody with the right.

    One of a promotion set is told of each application: `together_with` so many others.
    """

    _READ: ClassVar[Readers] = {"by_kind": ActorKind, "kind": OperationKind, "expires_at": datetime.fromisoformat}

    proposal: str
    kind: OperationKind
    application: str
    environment: str
    by: str
    together_with: int = 0
    by_kind: ActorKind | None = None
    votes_needed: int = 1
    groups: tuple[str, ...] = ()
    reason: str | None = None
    images: tuple[str, ...] = ()
    expires_at: datetime | None = None

    @property
    def type(self) -> NotificationType:
        return NotificationType.APPROVAL_WANTED

    @property
    def subject(self) -> str | None:
        return f"proposal/{self.proposal}" + (f"/{self.application}" if self.together_with else "")


@dataclass(frozen=True, kw_only=True)
class ImageOffered(Notification):
    """A pushed image that an app environment accepts and a person can deploy."""

    push: int
    application: str
    environment: str
    image: str
    digest: str | None = None

    @property
    def type(self) -> NotificationType:
        return NotificationType.IMAGE_OFFERED


@dataclass(frozen=True, kw_only=True)
class AutomationBlocked(Notification):
    """Automation cannot plan what it would bring to an app environment. `code` and `detail` are of the first problem.

    `images` are references of pushed images; `source_environment` is what the environment follows, None on `auto`.
    """

    application: str
    environment: str
    code: str
    detail: str | None = None
    images: tuple[str, ...] = ()
    source_environment: str | None = None

    @property
    def type(self) -> NotificationType:
        return NotificationType.AUTOMATION_BLOCKED

    @property
    def without_source(self) -> Self:
        if self.source_environment is None:
            return self
        return replace(self, source_environment=HIDDEN_ENVIRONMENT, detail=None)


@dataclass(frozen=True, kw_only=True)
class FreezeBegan(Notification):
    """A freeze window opened. `until` None: until somebody ends it. Empty names: all of them."""

    _READ: ClassVar[Readers] = {"began_at": datetime.fromisoformat, "until": datetime.fromisoformat}

    freeze: str
    reason: str
    by: str
    began_at: datetime
    until: datetime | None = None
    applications: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()

    @property
    def type(self) -> NotificationType:
        return NotificationType.FREEZE_BEGAN

    @property
    def subject(self) -> str | None:
        return f"freeze/{self.freeze}/{self.began_at.isoformat()}"


@dataclass(frozen=True, kw_only=True)
class BreakGlassUsed(Notification):
    """A person passed gates by the right to break the glass. `gates` are their kinds: freeze, hold, approval."""

    _READ: ClassVar[Readers] = {"by_kind": ActorKind, "kind": OperationKind}

    operation: str
    kind: OperationKind
    application: str
    environment: str
    by: str
    reason: str
    gates: tuple[str, ...]
    by_kind: ActorKind | None = None

    @property
    def type(self) -> NotificationType:
        return NotificationType.BREAK_GLASS_USED


@dataclass(frozen=True, kw_only=True)
class ClusterNotification(Notification):
    """A cluster that was lost, or answers again. `since` is when it first did not answer."""

    _READ: ClassVar[Readers] = {
        "event": NotificationType,
        "reachability": Reachability,
        "since": datetime.fromisoformat,
    }

    event: NotificationType
    cluster: str
    reachability: Reachability
    since: datetime
    detail: str | None = None
    environments: tuple[str, ...] = ()

    @property
    def type(self) -> NotificationType:
        return self.event

    @property
    def subject(self) -> str | None:
        return f"cluster/{self.cluster}/{self.since.isoformat()}"


@dataclass(frozen=True, kw_only=True)
class DivergedImage(NotificationValue):
    """The image of a container on one cluster; `expected` is the last release's, `by` the field manager that wrote it.

    Images are texts that people recognise, with a digest where that is what differs.
    """

    cluster: str
    image: str
    expected: str | None = None
    by: str | None = None


@dataclass(frozen=True, kw_only=True)
class DivergedFields(NotificationValue):
    """Fields of an object that differ on one cluster, the first few by their paths; no value is told.

    `more` is how many there are besides, `by` the field managers that wrote them.
    """

    cluster: str
    fields: tuple[str, ...]
    more: int = 0
    by: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class DivergenceNotification(Notification):
    """A container or an object drifted from the last release, or clusters differ; or that is over.

    Of an object, `container` is empty and `fields` tell what differs; `found` does for a container.
    """

    _READ: ClassVar[Readers] = {
        "event": NotificationType,
        "since": datetime.fromisoformat,
        "found": DivergedImage.from_json,
        "fields": DivergedFields.from_json,
    }

    event: NotificationType
    application: str
    environment: str
    workload: str
    container: str
    since: datetime
    found: tuple[DivergedImage, ...] = ()
    fields: tuple[DivergedFields, ...] = ()

    @property
    def type(self) -> NotificationType:
        return self.event

    @property
    def subject(self) -> str | None:
        what = self.event.partition(".")[0]
        place = f"{self.application}/{self.environment}/{self.workload}/{self.container}"
        return f"{what}/{place}/{self.since.isoformat()}"


@dataclass(frozen=True, kw_only=True)
class Trial(Notification):
    """A person tries a channel."""

    channel: str
    by: str

    @property
    def type(self) -> NotificationType:
        return NotificationType.TEST
