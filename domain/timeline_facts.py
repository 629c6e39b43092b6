"""What the database knows anyway of what happened in an app environment, as its timeline shows it. Pure values."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.divergences import Divergence
from domain.gates import Freeze
from domain.images import ContainerImage
from domain.rights import EnvironmentRef
from domain.words import OperationKind, OperationState


@dataclass(frozen=True, kw_only=True)
class Mark:
    """Which entry of a timeline it is: when it began, where it is from, and the key of its row there."""

    at: datetime
    source: str
    key: str | int


@dataclass(frozen=True, kw_only=True)
class OperationFact:
    """An operation; `source` is the environment that it takes from. `paused_by` are reasons of gates."""

    id: str
    kind: OperationKind
    state: OperationState
    actor: str
    at: datetime
    ended_at: datetime | None
    message: str | None
    cancelled_by: str | None
    source: EnvironmentRef | None
    paused_by: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ReleaseFact:
    """A release. Without an operation it was adopted or accepted."""

    id: str
    number: int
    actor: str
    at: datetime
    operation: str | None
    images: tuple[ContainerImage, ...]


@dataclass(frozen=True, kw_only=True)
class DivergenceFact:
    """Drift or skew that lasted, and has closed unless `closed_at` is None."""

    id: str
    divergence: Divergence
    since: datetime
    closed_at: datetime | None


class GateChange(StrEnum):
    """What became of a hold or a stop."""

    HOLD_SET = "hold.created"
    HOLD_LIFTED = "hold.lifted"
    HOLD_EXPIRED = "hold.expired"
    STOP_SET = "stop.created"
    STOP_LIFTED = "stop.lifted"


@dataclass(frozen=True, kw_only=True)
class GateFact:
    """Somebody set or lifted a hold or a stop, or a hold's time was over. `until` is when a hold was to end.

    `everywhere`: it was about the whole environment, or a stop about everything. `cluster` is that of a stop.
    """

    key: str | int
    change: GateChange
    at: datetime
    actor: str
    reason: str | None
    until: datetime | None = None
    everywhere: bool = False
    cluster: str | None = None


@dataclass(frozen=True, kw_only=True)
class FreezeFact:
    """A freeze, and since when it has been as it is: what its window was before, nobody knows."""

    freeze: Freeze
    since: datetime
