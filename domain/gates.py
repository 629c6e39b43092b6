"""Gates: what keeps a change from being written for a while. Values only; `services.planning.people` decides."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from domain.actors import ActorRef
from domain.rights import EVERYWHERE, Scope
from domain.sentences import as_sentence


class GateKind(StrEnum):
    """What kind of gate is closed."""

    FREEZE = "freeze"  # a window in which nothing, or only something, is deployed
    HOLD = "hold"  # automation leaves this place alone
    STOP = "stop"  # nobody writes
    APPROVAL = "approval"  # a proposal has to be approved first
    RING = "ring"  # the strategy waits for a person after a ring


@dataclass(frozen=True, kw_only=True)
class Gate:
    """A closed gate: why, until when as far as it is known (UTC), and who can open it.

    `id` is of the freeze, hold, stop or proposal; None where none exists yet. Of a ring it is its position, from 1.
    """

    kind: GateKind
    id: str | None
    reason: str
    until: datetime | None
    opened_by: str

    def __str__(self) -> str:
        until = f" until {self.until:%Y-%m-%d %H:%M} UTC" if self.until is not None else ""
        return as_sentence(f"{self.kind.value.capitalize()}{until}: {self.reason}")


class FreezeEffect(StrEnum):
    """`deny`: nothing is deployed while it is open. `allow`: something is deployed only while it is open."""

    DENY = "deny"
    ALLOW = "allow"


@dataclass(frozen=True, kw_only=True)
class Window:
    """A span of wall-clock time in a time zone, once or recurring.

    `starts` and `ends` have no zone of their own: they are what a clock on the wall shows in `zone` (an IANA name).
    `rrule` repeats the span as RFC 5545 has it, once a day at most: `FREQ=WEEKLY;BYDAY=FR`.
    """

    starts: datetime
    ends: datetime
    zone: str
    rrule: str | None = None

    @property
    def length(self) -> timedelta:
        """What passes on the wall clock."""
        return self.ends - self.starts


@dataclass(frozen=True, kw_only=True)
class Freeze:
    """A window for some applications in some environments."""

    id: str
    name: str
    effect: FreezeEffect
    window: Window
    reason: str
    scope: Scope = field(default=EVERYWHERE)


@dataclass(frozen=True, kw_only=True)
class Hold:
    """Automation leaves the environment, or one application in it, alone, until `until` (UTC; None: until lifted).

    `operation` is the roll-back whose request set it, if one did.
    """

    id: str
    environment_id: str
    application_id: str | None
    reason: str
    by: ActorRef
    created_at: datetime
    until: datetime | None = None
    operation: str | None = None


@dataclass(frozen=True, kw_only=True)
class Stop:
    """Stagecoach writes to no cluster, to none of one environment, or not to one cluster."""

    id: str
    environment_id: str | None
    cluster_id: str | None
    reason: str
    by: ActorRef
    created_at: datetime

    def covers(self, *, environment_id: str, cluster_id: str | None) -> bool:
        """Whether it keeps an operation of this environment from writing to this cluster."""
        if self.environment_id is not None:
            return self.environment_id == environment_id
        return self.cluster_id is None or self.cluster_id == cluster_id
