"""The interface between the engine and what changes clusters: one `Worker` for each kind of operation.

The engine passes a `ClusterTask`, which holds all that the rows hold. In the process that started the operation it also
passes, once, what the use case has built already (`prepared`). After a crash `prepared` is None, and the worker builds
it again from the task.
"""

from dataclasses import dataclass, field
from typing import Protocol

from db.records.inventory import AppEnvironmentRecord, ClusterRecord
from db.records.operations import OperationRecord
from domain.secret_text import SecretValues
from domain.stored.rollouts import ExpectedRollout, UndoImages
from domain.stored.spec import OperationSpec
from services.execution.progress import Cancelled, ClusterResult, Progress
from services.kube.deadline import Deadline
from services.kube.gateway import ClusterGateway


@dataclass(frozen=True, kw_only=True)
class ClusterTask:
    """An operation's part on one cluster. `secrets` are the values typed in: never reported, never stored again.

    `undo` is what an earlier try of the same operation on this cluster gave to `Progress.store_undo`, if any.
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
        """The namespace that the plan is for."""
        return self.spec.plan.leaves.namespace


class Worker(Protocol):
    """Executes operations of one or more kinds. Every method converges: it may run again after its effect was done.

    `stores_undo`: whether `apply` changes nothing before it has awaited `Progress.store_undo`, which also commits that
    the cluster has begun. For a worker that stores nothing, the engine commits that itself.
    """

    @property
    def stores_undo(self) -> bool: ...

    async def bring(
        self, task: ClusterTask, gateway: ClusterGateway, log: Progress, *, deadline: Deadline, cancelled: Cancelled
    ) -> ClusterResult | None:
        """Write what hooks before the change have to find: the keys that the plan brings. None where it has none.

        Nothing of it is undone. `apply` brings them as well, where no hook comes before it. Raises as `apply` does.
        """

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
        """Watch the rollouts; the result has an outcome, except where `cancelled` ended the watching."""

    async def undo(
        self, task: ClusterTask, gateway: ClusterGateway, log: Progress, *, deadline: Deadline
    ) -> ClusterResult:
        """Restore the previous images of `task.undo` (never None here): `rolled-back`, or `failed` with the reason."""
