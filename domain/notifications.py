"""The catalogue of notifications: each event that people and machines are told of, as a value with typed members.

A feature adds a type (`domain.notification_types`), a value of it here, its reading in `domain.stored.notifications`,
and `tx.outbox.add(value)` in the transaction of the change that it tells of. How a value reads is
`services.planning.notifications.wording`'s. No value holds a secret: names, ids and figures, and the texts that the
console shows, too. Texts that clusters returned are among them, so nobody may take them for markup.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Self

from domain.actors import ActorKind
from domain.hidden_sources import HIDDEN_ENVIRONMENT
from domain.notification_types import NotificationType
from domain.words import OperationKind, Outcome, Reachability

MOST_LISTED = 20  # clusters, or images, that one notification names
LONGEST_TEXT = 500  # characters of a text that a person or a cluster wrote

_Readers = Mapping[str, Callable[[Any], Any]]


@dataclass(frozen=True, kw_only=True)
class Concerns:
    """What a notification is about, by ids: routes with other applications or environments pass it over.

    None is all of them, as for a freeze of everything. `app_environment` stands for its application and environment.
    `source` is the app environment that it takes from: a channel whose routes pass that one over is not told its name.
    """

    applications: frozenset[str] | None = None
    environments: frozenset[str] | None = None
    app_environment: str | None = None
    source: str | None = None


@dataclass(frozen=True, kw_only=True)
class _Value:
    """The members of a notification as plain JSON, and back. Members that a row lacks get their default.

    `_READ` has a function for each member that is no plain JSON.
    """

    _READ: ClassVar[_Readers] = {}

    def to_json(self) -> dict[str, Any]:
        return {each.name: _plain(getattr(self, each.name)) for each in fields(self) if each.name != "concerns"}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        known = {each.name for each in fields(cls)}
        return cls(**{name: cls._read(name, value) for name, value in stored.items() if name in known})

    @classmethod
    def _read(cls, name: str, value: Any) -> Any:
        if value is None:
            return None
        read = cls._READ.get(name)
        if read is None:
            return tuple(value) if isinstance(value, list) else value
        return tuple(map(read, value)) if isinstance(value, list) else read(value)


@dataclass(frozen=True, kw_only=True)
class ClusterOutcome(_Value):
    """How an operation stands on one cluster; no outcome yet is None."""

    _READ: ClassVar[_Readers] = {"outcome": Outcome}

    name: str
    outcome: Outcome | None = None
    detail: str | None = None


@dataclass(frozen=True, kw_only=True)
class Notification(_Value):
    """What all have in common. `subject` names what later notifications are about, too: an operation, a proposal."""

    concerns: Concerns = Concerns()  # for finding the routes; not stored

    @property
    def type(self) -> NotificationType:
        raise NotImplementedError

    @property
    def subject(self) -> str | None:
        """Where a channel can change a message that it sent, the next one of the same subject takes its place."""
        return None

    @property
    def without_source(self) -> Self:
        """As it is told where the environment that it takes from is not to be named."""
        return self


@dataclass(frozen=True, kw_only=True)
class OperationNotification(Notification):
    """An operation that started or ended. `by` is the actor's name, `images` are references that it brings."""

    _READ: ClassVar[_Readers] = {
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
    """A proposal waits for votes. `groups` are those whose votes count; empty: anybody with the right."""

    _READ: ClassVar[_Readers] = {"by_kind": ActorKind, "kind": OperationKind, "expires_at": datetime.fromisoformat}

    proposal: str
    kind: OperationKind
    application: str
    environment: str
    by: str
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
        return f"proposal/{self.proposal}"


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
class FreezeBegan(Notification):
    """A freeze window opened. `until` None: until somebody ends it. Empty names: all of them."""

    _READ: ClassVar[_Readers] = {"began_at": datetime.fromisoformat, "until": datetime.fromisoformat}

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

    _READ: ClassVar[_Readers] = {"by_kind": ActorKind, "kind": OperationKind}

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

    _READ: ClassVar[_Readers] = {
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
class DivergedImage(_Value):
    """The image of a container on one cluster; `expected` is the last release's, `by` the field manager that wrote it.

    Images are texts that people recognise, with a digest where that is what differs.
    """

    cluster: str
    image: str
    expected: str | None = None
    by: str | None = None


@dataclass(frozen=True, kw_only=True)
class DivergedFields(_Value):
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

    _READ: ClassVar[_Readers] = {
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


def _plain(value: Any) -> Any:
    if isinstance(value, _Value):
        return value.to_json()
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, str):
        return value if len(value) <= LONGEST_TEXT else f"{value[: LONGEST_TEXT - 1]}…"
    if isinstance(value, tuple):
        return [_plain(each) for each in value[:MOST_LISTED]]
    return value
