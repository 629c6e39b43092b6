"""What runs around a ring besides its rollouts: hooks before and after it, and the checks that it has to pass.

The engine calls it inside a step, which may run again after a crash: every call converges.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from db.events import NewEvent
from db.records.inventory import AppEnvironmentRecord, ClusterRecord
from db.records.operations import OperationRecord
from domain.resources import ResourceId
from domain.stored.ring_runs import RingRuns
from domain.stored.spec import OperationSpec
from domain.words import EventType
from services.kube.gateway import ClusterGateway


@dataclass(frozen=True, kw_only=True)
class RingTask:
    """One ring of an operation. `clusters` are those that are changed in it, or were; `wave` counts from 0.

    `gateway` opens a cluster; a write through it raises `WritePausedError` under a stop, which is not to be caught: the
    engine waits, and calls again. `told` returns when the operation's timeline has all that came before: what the ring
    runs is told in the transaction that records it. `cancelled` is whether a person has requested the cancellation.
    """

    operation: OperationRecord
    spec: OperationSpec
    target: AppEnvironmentRecord
    runs: RingRuns
    wave: int
    clusters: tuple[ClusterRecord, ...]
    gateway: Callable[[ClusterRecord], Awaitable[ClusterGateway]]
    told: Callable[[], Awaitable[None]]
    cancelled: Callable[[], Awaitable[bool]]

    @property
    def first(self) -> bool:
        return self.wave == 0

    @property
    def last(self) -> bool:
        return self.wave == len(self.runs.rings) - 1


def ring_event(type_: EventType, wave: int, *, cluster: str | None = None, **data: object) -> NewEvent:
    """An entry in an operation's timeline that speaks of a ring, or of a cluster in it."""
    return NewEvent(type=type_, cluster=cluster, data={"ring": wave + 1, **data})


@dataclass(frozen=True, kw_only=True)
class RingFailure:
    """Why a ring goes no further: a stable code, and what was expected and what came.

    `clusters` are the names of those that failed; None where it failed as a whole. `unreachable`: they did not answer.
    """

    code: str
    detail: str
    clusters: frozenset[str] | None = None
    unreachable: bool = False
    resource: ResourceId | None = None


class RingWork(Protocol):
    """Each call returns None where all has passed, and where a cancellation ended it."""

    async def before(self, ring: RingTask) -> RingFailure | None:
        """The hooks before its clusters are changed. Of the first ring, also those that run once for the operation."""

    async def after(self, ring: RingTask) -> RingFailure | None:
        """The checks, after its rollouts and its soak, then the hooks after the change.

        Of the latter those for its clusters; of the last ring also those that run once for the operation.
        """


class NoRingWork:
    """No hooks and no checks."""

    async def before(self, ring: RingTask) -> RingFailure | None:
        del ring
        return None

    async def after(self, ring: RingTask) -> RingFailure | None:
        del ring
        return None
