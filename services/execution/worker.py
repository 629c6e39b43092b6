"""What the engine asks of those who act on clusters: one `Worker` for each kind of operation.

The engine passes a `ClusterTask`, which is all that the rows hold. In the process that started the operation it also
passes, once, what the use case had built already (`prepared`). After a crash `prepared` is None, and the worker builds
it again from the task.
"""

from dataclasses import dataclass, field
from typing import Protocol

from db.records import AppEnvironmentRecord, ClusterRecord, OperationRecord
from domain.secret_text import SecretValues
from domain.stored.rollouts import ExpectedRollout, UndoImages
from domain.stored.spec import OperationSpec
from services.execution.progress import Cancelled, ClusterResult, Progress
from services.kube.deadline import Deadline
from services.kube.gateway import ClusterGateway


@dataclass(frozen=True, kw_only=True)
class ClusterTask:
    """An operation's part on one cluster. `secrets` are the values typed in: never said, never stored anew.

    `undo` is what `Progress.remember` kept in an earlier try of the same operation on this cluster, if any.
    """

    operation: OperationRecord
    spec: OperationSpec
    target: AppEnvironmentRecord
    source: AppEnvironmentRecord | None
    cluster: ClusterRecord
    undo: UndoImages | None
    secrets: SecretValues | None = field(repr=False)

    @property
    def namespace(self) -> str:
        return self.spec.plan.leaves.namespace


class Worker(Protocol):
    """Does one kind of operation. Every method converges: it may run again after its effect was done.

    `remembers`: whether `apply` changes nothing before it has awaited `Progress.remember`, which makes durable too that
    the cluster has begun. For a worker that has nothing to remember, the engine waits for that itself.
    """

    @property
    def remembers(self) -> bool: ...

    async def apply(
        self,
        task: ClusterTask,
        prepared: object | None,
        gateway: ClusterGateway,
        log: Progress,
        *,
        deadline: Deadline,
        cancelled: Cancelled,
    ) -> ClusterResult:
        """Write to the cluster. May raise `StagecoachError`s: the engine turns them into outcomes."""

    async def watch(
        self,
        task: ClusterTask,
        expected: tuple[ExpectedRollout, ...],
        gateway: ClusterGateway,
        log: Progress,
        *,
        deadline: Deadline,
        cancelled: Cancelled,
    ) -> ClusterResult:
        """Follow the rollouts; the result has an outcome, except where `cancelled` ended the watching."""

    async def undo(
        self, task: ClusterTask, gateway: ClusterGateway, log: Progress, *, deadline: Deadline
    ) -> ClusterResult:
        """Undo `task.undo` (never None here): `rolled-back`, or `failed` and why."""
