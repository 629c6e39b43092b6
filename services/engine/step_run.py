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
from services.engine.phases import CANCELLED, Standing, ended_event, skipped
from services.engine.snapshot import Brief
from services.errors import StagecoachError
from services.execution.progress import ClusterResult, ExpectedRollout
from services.execution.worker import Assignment, Worker
from services.kube.deadline import Deadline
from services.kube.errors import ClusterUnreachableError
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

    def __init__(self, database: Database, brief: Brief) -> None:
        self._database = database
        self._operation_id = brief.operation.id
        self._raised = brief.operation.cancel_requested_at is not None
        self._looked = brief.read_at
        self._looking = asyncio.Lock()

    async def raised(self) -> bool:
        async with self._looking:
            if not self._raised and time.monotonic() - self._looked >= _CANCEL_LOOK:
                try:
                    async with self._database.glance() as tx:
                        self._raised = await tx.operations.cancel_requested(self._operation_id)
                except Exception as error:  # noqa: BLE001 - of the driver's many kinds; the journal raises if it lasts
                    _log.warning("could not look for a cancellation: %s", type(error).__name__)
                self._looked = time.monotonic()
            return self._raised


class StepRun:
    def __init__(
        self,
        *,
        brief: Brief,
        journal: Journal,
        clusters: Clusters,
        worker: Worker,
        limits: Limits,
        cancel: CancelFlag,
    ) -> None:
        self.standing = Standing(brief.operation)
        self._brief = brief
        self._journal = journal
        self._clusters = clusters
        self._worker = worker
        self._limits = limits
        self._cancel = cancel
        # Clusters that began as the operation was queued have not been told of yet.
        self._first = brief.operation.state is OperationState.QUEUED

    async def each(self, clusters: Iterable[Cluster], call: Callable[[Cluster], Awaitable[None]]) -> None:
        await asyncio.gather(*(call(cluster) for cluster in clusters))

    async def start(self, wave: int) -> None:
        """All waiting clusters of the wave begin; or are left alone, if a cancellation came first.

        That they begin is on disk before anything is changed: after a crash nobody will say that they were not touched.
        """
        cancelled = await self._cancel.raised()
        waiting = self.standing.in_phases(ClusterPhase.WAITING, wave=wave)
        begun = self.standing.in_phases(ClusterPhase.ACTING, wave=wave) if self._first else ()
        if cancelled:
            for cluster in begun:
                self._record(cluster, self.standing.after_acting(cluster, _BROKEN_OFF))
            for cluster in waiting:
                self._record(cluster, skipped(cluster, code=CANCELLED))
            return
        for cluster in waiting:
            self._record(cluster, ClusterUpdate(position=cluster.position, phase=ClusterPhase.ACTING))
        for cluster in (*begun, *waiting):
            self._journal.say(NewEvent(type=EventType.CLUSTER_STARTED, cluster=cluster.cluster_name))
        if waiting and not self._worker.remembers:  # else it is written together with what they remember
            await self._journal.written()

    async def act(self, cluster: Cluster, handed: object | None) -> None:
        async def call(assignment: Assignment, gateway: ClusterGateway, log: ClusterLog) -> ClusterResult:
            deadline = Deadline.after(self._limits.apply)
            return await self._worker.act(
                assignment, handed, gateway, log, deadline=deadline, cancelled=self._cancel.raised
            )

        result = await self._result(cluster, call)
        self._record(cluster, self.standing.after_acting(cluster, result))

    async def watch(self, cluster: Cluster) -> None:
        expected = tuple(ExpectedRollout.from_json(each) for each in cluster.expected or ())

        async def call(assignment: Assignment, gateway: ClusterGateway, log: ClusterLog) -> ClusterResult:
            deadline = Deadline.after(self._limits.watch_cap)
            return await self._worker.watch(
                assignment, expected, gateway, log, deadline=deadline, cancelled=self._cancel.raised
            )

        result = await self._result(cluster, call)
        self._record(cluster, self.standing.after_watching(cluster, result))

    async def undo(self, cluster: Cluster) -> None:
        async def call(assignment: Assignment, gateway: ClusterGateway, log: ClusterLog) -> ClusterResult:
            return await self._worker.undo(assignment, gateway, log, deadline=Deadline.after(self._limits.apply))

        result = await self._result(cluster, call)
        self._record(cluster, self.standing.after_undoing(cluster, result))

    async def recall_if_cancelled(self) -> None:
        if await self._cancel.raised():
            for update in self.standing.to_recall():
                self._record(self.standing.at(update.position), update)

    async def _result(
        self,
        cluster: Cluster,
        call: Callable[[Assignment, ClusterGateway, ClusterLog], Awaitable[ClusterResult]],
    ) -> ClusterResult:
        """What the worker makes of it; every error is a value from here on."""
        known = self._brief.clusters.get(cluster.cluster_id or "")
        if known is None:
            return _failed("cluster-forgotten", "The cluster is not registered any more.")
        log = ClusterLog(self._journal, cluster=cluster.cluster_name, position=cluster.position, standing=self.standing)
        # Somebody wants this done here, perhaps as a retry because the cluster is back: it is not judged by the past.
        self._clusters.look_now(known.id)
        try:
            gateway = await self._clusters.gateway(credential_of(known))
            return await call(self._assignment(cluster, known), gateway, log)
        except ClusterUnreachableError as error:
            return ClusterResult(outcome=Outcome.UNREACHABLE, code=error.code, detail=error.detail)
        except StagecoachError as error:
            return _failed(error.code, error.detail, resource=error.extra.get("resource"))
        except Exception as error:  # noqa: BLE001 - one cluster's surprise must not take the others down
            _log_surprise(self._brief.operation, cluster, error)
            return _failed("internal-error", "Something went wrong inside Stagecoach; its log says where.")

    def _assignment(self, cluster: Cluster, known: ClusterRecord) -> Assignment:
        return Assignment(
            operation=self._brief.operation,
            order=self._brief.order,
            target=self._brief.target,
            source=self._brief.source,
            cluster=known,
            before=cluster.before,
            secrets=self._brief.secrets,
        )

    def _record(self, cluster: Cluster, update: ClusterUpdate) -> None:
        self.standing.take(update)
        if update.outcome is not None:
            event = NewEvent(type=EventType.CLUSTER_ENDED, cluster=cluster.cluster_name, data=ended_event(update))
            self._journal.say(event)
        if update.phase is ClusterPhase.UNDOING:
            reason = {"code": update.code, "detail": update.detail, "resource": update.resource}
            self._journal.say(NewEvent(type=EventType.ROLLBACK_STARTED, cluster=cluster.cluster_name, data=reason))
        self._journal.record(update)


def _failed(code: str, detail: str, *, resource: str | None = None) -> ClusterResult:
    return ClusterResult(outcome=Outcome.FAILED, code=code, detail=detail, resource=resource)


def _log_surprise(operation: OperationRecord, cluster: Cluster, error: Exception) -> None:
    """Where it happened, not what it said: the text of an unknown exception may quote anything."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else "nowhere"
    _log.error("operation %s on cluster %s: %s at %s", operation.id, cluster.cluster_name, type(error).__name__, where)
