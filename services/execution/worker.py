"""What the engine asks of those who act on clusters: one `Worker` for each kind of operation.

The engine gives an `Assignment`, which is all that the rows hold, and, the first time in the process that started the
operation, what the use case had built already (`handed`). After a crash `handed` is None and the worker builds it again
from the assignment.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from db.records import AppEnvironmentRecord, ClusterRecord, OperationOrder, OperationRecord
from services.execution.progress import ClusterResult, ExpectedRollout, Progress
from services.kube.deadline import Deadline
from services.kube.gateway import ClusterGateway


@dataclass(frozen=True, kw_only=True)
class Assignment:
    """An operation's part on one cluster. `secrets` are the values typed in: never said, never stored anew.

    `before` is what `Progress.remember` kept in an earlier try of the same operation on this cluster, if any.
    """

    operation: OperationRecord
    order: OperationOrder
    target: AppEnvironmentRecord
    source: AppEnvironmentRecord | None
    cluster: ClusterRecord
    before: dict[str, Any] | None
    secrets: dict[str, Any] | None = field(repr=False)


class Worker(Protocol):
    """Does one kind of operation. Every method converges: it may run again after its effect was done.

    `remembers`: whether `act` changes nothing before it has waited for `Progress.remember`, which makes durable as well
    that the cluster has begun. The engine waits for that itself where a worker has nothing to remember.
    """

    @property
    def remembers(self) -> bool: ...

    async def act(
        self,
        assignment: Assignment,
        handed: object | None,
        gateway: ClusterGateway,
        log: Progress,
        *,
        deadline: Deadline,
        cancelled: Callable[[], Awaitable[bool]],
    ) -> ClusterResult:
        """Write to the cluster. May raise `StagecoachError`s: the engine turns them into outcomes."""

    async def watch(
        self,
        assignment: Assignment,
        expected: tuple[ExpectedRollout, ...],
        gateway: ClusterGateway,
        log: Progress,
        *,
        deadline: Deadline,
        cancelled: Callable[[], Awaitable[bool]],
    ) -> ClusterResult:
        """Follow the rollouts; the result has an outcome, except where `cancelled` ended the watching."""

    async def undo(
        self, assignment: Assignment, gateway: ClusterGateway, log: Progress, *, deadline: Deadline
    ) -> ClusterResult:
        """Put back `assignment.before` (never None here): `rolled-back`, or `failed` and why."""
