"""One run of one step: all its clusters at once, each on its own; what happens on one becomes that cluster's result.

This is the edge at which errors turn into values: no exception's text goes further unless it is a `StagecoachError`,
whose detail is made to be shown.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable

from db.events import NewEvent
from db.operation_clusters import ClusterUpdate
from db.records import ClusterRecord, OperationClusterRecord, OperationRecord
from db.transaction import Database
from domain.words import ClusterPhase, EventType, OperationState, Outcome
from services.engine.journal import ClusterLog, Journal
from services.engine.phases import CANCELLED, ClusterPhases, ended_event, skipped
from services.engine.snapshot import OperationSnapshot
from services.errors import StagecoachError
from services.execution.progress import ClusterResult
from services.execution.worker import ClusterTask, Worker
from services.kube.deadline import Deadline
from services.kube.errors import ClusterError, ClusterUnreachableError
from services.kube.gateway import ClusterGateway, Clusters
from services.limits import Limits
from services.reading.credentials import credential_of

_BROKEN_OFF = ClusterResult(
    outcome=Outcome.FAILED,
    code=CANCELLED,
    detail="The operation was cancelled as it began here. Look at which images run before you retry it.",
)
_CANCEL_LOOK = 0.5  # seconds for which an answer "not cancelled" is believed

_log = logging.getLogger("stagecoach.engine")

Cluster = OperationClusterRecord


class CancelFlag:
    """Whether somebody asked to cancel the operation; looks at the table at most twice a second, however many ask.

    While the database is away, what was seen last is believed: that our own table cannot be read says nothing about a
    rollout, and must not end it.
    """

    def __init__(self, database: Database, snapshot: OperationSnapshot) -> None:
        self._database = database
        self._operation_id = snapshot.operation.id
        self._raised = snapshot.operation.cancel_requested_at is not None
        self._looked = snapshot.read_at
        self._looking = asyncio.Lock()

    async def raised(self) -> bool:
        async with self._looking:
            if not self._raised and time.monotonic() - self._looked >= _CANCEL_LOOK:
                try:
                    async with self._database.autocommit_read() as tx:
                        self._raised = await tx.operations.cancel_requested(self._operation_id)
                except Exception as error:  # noqa: BLE001 - of the driver's many kinds; the journal raises if it lasts
                    _log.warning("could not look for a cancellation: %s", type(error).__name__)
                self._looked = time.monotonic()
            return self._raised


class StepRun:
    def __init__(
        self,
        *,
        snapshot: OperationSnapshot,
        journal: Journal,
        clusters: Clusters,
        worker: Worker,
        limits: Limits,
        cancel: CancelFlag,
    ) -> None:
        self.phases = ClusterPhases(snapshot.operation)
        self._snapshot = snapshot
        self._journal = journal
        self._clusters = clusters
        self._worker = worker
        self._limits = limits
        self._cancel = cancel
        # Clusters that began as the operation was queued have not been told of yet.
        self._first = snapshot.operation.state is OperationState.QUEUED

    async def each(self, clusters: Iterable[Cluster], call: Callable[[Cluster], Awaitable[None]]) -> None:
        await asyncio.gather(*(call(cluster) for cluster in clusters))

    async def start(self, wave: int) -> None:
        """All waiting clusters of the wave begin; or are left alone, if a cancellation came first.

        That they begin is on disk before anything is changed: after a crash nobody will say that they were not touched.
        """
        cancelled = await self._cancel.raised()
        waiting = self.phases.in_phases(ClusterPhase.WAITING, wave=wave)
        begun = self.phases.in_phases(ClusterPhase.APPLYING, wave=wave) if self._first else ()
        if cancelled:
            for cluster in begun:
                self._record(cluster, self.phases.after_applying(cluster, _BROKEN_OFF))
            for cluster in waiting:
                self._record(cluster, skipped(cluster, code=CANCELLED))
            return
        for cluster in waiting:
            self._record(cluster, ClusterUpdate(position=cluster.position, phase=ClusterPhase.APPLYING))
        for cluster in (*begun, *waiting):
            self._journal.say(NewEvent(type=EventType.CLUSTER_STARTED, cluster=cluster.cluster_name))
        if waiting and not self._worker.remembers:  # else it is written together with what they remember
            await self._journal.written()

    async def apply(self, cluster: Cluster, warm_start: object | None) -> None:
        async def call(task: ClusterTask, gateway: ClusterGateway, log: ClusterLog) -> ClusterResult:
            deadline = Deadline.after(self._limits.apply)
            return await self._worker.apply(
                task, warm_start, gateway, log, deadline=deadline, cancelled=self._cancel.raised
            )

        result = await self._result(cluster, call)
        self._record(cluster, self.phases.after_applying(cluster, result))

    async def watch(self, cluster: Cluster) -> None:
        expected = cluster.expected or ()

        async def call(task: ClusterTask, gateway: ClusterGateway, log: ClusterLog) -> ClusterResult:
            deadline = Deadline.after(self._limits.watch_cap)
            return await self._worker.watch(
                task, expected, gateway, log, deadline=deadline, cancelled=self._cancel.raised
            )

        result = await self._result(cluster, call)
        self._record(cluster, self.phases.after_watching(cluster, result))

    async def undo(self, cluster: Cluster) -> None:
        async def call(task: ClusterTask, gateway: ClusterGateway, log: ClusterLog) -> ClusterResult:
            return await self._worker.undo(task, gateway, log, deadline=Deadline.after(self._limits.apply))

        result = await self._result(cluster, call)
        self._record(cluster, self.phases.after_undoing(cluster, result))

    async def recall_if_cancelled(self) -> None:
        if await self._cancel.raised():
            for update in self.phases.to_recall():
                self._record(self.phases.at(update.position), update)

    async def _result(
        self,
        cluster: Cluster,
        call: Callable[[ClusterTask, ClusterGateway, ClusterLog], Awaitable[ClusterResult]],
    ) -> ClusterResult:
        """What the worker makes of it; every error is a value from here on."""
        known = self._snapshot.clusters.get(cluster.cluster_id or "")
        if known is None:
            return _failed("cluster-forgotten", "The cluster is not registered any more.")
        log = ClusterLog(self._journal, cluster=cluster.cluster_name, position=cluster.position, phases=self.phases)
        # The operation targets this cluster, perhaps as a retry because it is back: former failures must not bar it.
        self._clusters.allow_probe(known.id)
        try:
            gateway = await self._clusters.gateway(credential_of(known))
            return await call(self._task(cluster, known), gateway, log)
        except ClusterUnreachableError as error:
            return ClusterResult(outcome=Outcome.UNREACHABLE, code=error.code, detail=error.detail)
        except StagecoachError as error:
            return _failed(error.code, error.detail, resource=_resource_of(error))
        except Exception as error:  # noqa: BLE001 - one cluster's surprise must not take the others down
            _log_surprise(self._snapshot.operation, cluster, error)
            return _failed("internal-error", "Something went wrong inside Stagecoach; its log says where.")

    def _task(self, cluster: Cluster, known: ClusterRecord) -> ClusterTask:
        return ClusterTask(
            operation=self._snapshot.operation,
            spec=self._snapshot.spec,
            target=self._snapshot.target,
            source=self._snapshot.source,
            cluster=known,
            undo=cluster.undo,
            secrets=self._snapshot.secrets,
        )

    def _record(self, cluster: Cluster, update: ClusterUpdate) -> None:
        self.phases.take(update)
        if update.outcome is not None:
            event = NewEvent(type=EventType.CLUSTER_ENDED, cluster=cluster.cluster_name, data=ended_event(update))
            self._journal.say(event)
        if update.phase is ClusterPhase.UNDOING:
            reason = {"code": update.code, "detail": update.detail, "resource": update.resource}
            self._journal.say(NewEvent(type=EventType.UNDO_STARTED, cluster=cluster.cluster_name, data=reason))
        self._journal.record(update)


def _resource_of(error: StagecoachError) -> str | None:
    return str(error.resource) if isinstance(error, ClusterError) and error.resource else None


def _failed(code: str, detail: str, *, resource: str | None = None) -> ClusterResult:
    return ClusterResult(outcome=Outcome.FAILED, code=code, detail=detail, resource=resource)


def _log_surprise(operation: OperationRecord, cluster: Cluster, error: Exception) -> None:
    """Where it happened, not what it said: the text of an unknown exception may quote anything."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else "nowhere"
    _log.error("operation %s on cluster %s: %s at %s", operation.id, cluster.cluster_name, type(error).__name__, where)
