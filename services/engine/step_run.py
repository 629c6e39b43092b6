"""One run of one step: all its clusters at once. What a cluster's result means for it, `phases` decides."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable

from db.events import NewEvent
from db.operation_clusters import ClusterUpdate
from db.records.operations import OperationClusterRecord
from domain.stored.plans import StoredImagePlan
from domain.stored.requests import CopyRequest
from domain.words import ClusterPhase, EventType, OperationKind, OperationState, Outcome, PauseDecision
from services.engine.cancelling import CancelFlag
from services.engine.cluster_calls import Call, ClusterCalls, failed
from services.engine.journal import ClusterLog, Journal
from services.engine.pausing import Pausing
from services.engine.phases import (
    CANCELLED,
    WAVE_BLOCKED,
    ClusterPhases,
    bringing,
    brought,
    ended,
    ended_event,
    reason_of,
    skipped,
)
from services.engine.preflight import Preflight
from services.engine.ring_work import RingFailure, RingTask
from services.engine.snapshot import OperationSnapshot
from services.errors import NamespaceNotGivenError
from services.execution.gated_gateway import WritePausedError
from services.execution.progress import ClusterResult
from services.execution.worker import ClusterTask, Worker
from services.kube.deadline import Deadline
from services.kube.gateway import ClusterGateway, Clusters
from services.limits import Limits
from services.reading.given_namespaces import require_given

_BROKEN_OFF = ClusterResult(
    outcome=Outcome.FAILED,
    code=CANCELLED,
    detail="The operation was cancelled as it began here. Check which images run before you retry it.",
)
_LEFT = ClusterResult(
    outcome=Outcome.FAILED,
    code=CANCELLED,
    detail="The operation was cancelled while a stop kept it from writing here. What was changed before stays.",
)
_NOT_UNDONE = ClusterResult(
    outcome=Outcome.FAILED,
    code="not-undone",
    detail="The operation was cancelled while a stop kept it from restoring the previous images. Check what runs here.",
)

Cluster = OperationClusterRecord


class StepRun:
    """One run of one step of an operation, on the clusters that the step calls it with."""

    def __init__(
        self,
        *,
        snapshot: OperationSnapshot,
        journal: Journal,
        clusters: Clusters,
        worker: Worker,
        limits: Limits,
        cancel: CancelFlag,
        pausing: Pausing,
        preflight: Preflight,
    ) -> None:
        self.phases = ClusterPhases(snapshot.operation)
        self.snapshot = snapshot
        self.journal = journal
        self.calls = ClusterCalls(
            snapshot=snapshot,
            journal=journal,
            phases=self.phases,
            clusters=clusters,
            pausing=pausing,
            silence=limits.silence,
        )
        self._worker = worker
        self._limits = limits
        self._cancel = cancel
        cancel.on_undo = self.phases.undo_on_failure
        self._pausing = pausing
        self._preflight = preflight
        plan = snapshot.spec.plan
        self._brings = isinstance(plan, StoredImagePlan) and plan.brings is not None
        # The timeline does not have the start of clusters yet that began as the operation was queued.
        self._first = snapshot.operation.state is OperationState.QUEUED

    async def each(self, clusters: Iterable[Cluster], call: Callable[[Cluster], Awaitable[None]]) -> None:
        await asyncio.gather(*(call(cluster) for cluster in clusters))

    async def pass_gates(self, wave: int, *, warm: bool) -> None:
        """Wait while a gate is closed before a wave that has not begun, or while the operation is paused.

        `warm`: the transaction that queued the operation a moment ago has asked.
        """
        clusters = self.phases.in_phases(ClusterPhase.WAITING, ClusterPhase.APPLYING, wave=wave)
        begins = any(each.phase is ClusterPhase.WAITING for each in clusters) or self._first
        if self.snapshot.operation.pause is None and (warm or not begins):
            return
        ids = [each.cluster_id for each in clusters if each.cluster_id]
        self._decide(await self._pausing.before_wave(ids, wave=wave))

    async def judge(self, wave: int, *, warm: bool) -> None:
        """End a wave that has not begun where pre-flight finds by now what blocks it: nothing of it is written.

        The clusters that are blocked fail with the finding, and the others of the wave are skipped, unless the failure
        policy lets them go on without. `warm`: the plan was made a moment ago. A wave of which a cluster has begun was
        judged before a crash. The way back is not judged: it goes to images that ran.
        """
        waiting = self.phases.in_phases(ClusterPhase.WAITING, wave=wave)
        begun = self.phases.in_phases(ClusterPhase.APPLYING, ClusterPhase.WATCHING, ClusterPhase.UNDOING, wave=wave)
        snapshot = self.snapshot
        back = snapshot.operation.kind is OperationKind.ROLLBACK
        if warm or back or begun or not waiting or await self._cancel.raised():
            return
        ids = {each.cluster_id for each in waiting}
        known = [cluster for cluster in snapshot.clusters.values() if cluster.id in ids]
        found = await self._preflight.blocking(snapshot.target, snapshot.spec.plan, known)
        if not found:
            return
        for cluster in waiting:
            finding = found.get(cluster.cluster_name)
            if finding is not None:
                blocked = failed(finding.code, finding.detail, resource=finding.resource)
                self.record(cluster, ended(cluster, blocked))
            elif not self.phases.go_on_without_some:
                self.skip(cluster, code=WAVE_BLOCKED)

    async def start(self, wave: int) -> None:
        """All waiting clusters of the wave begin; where a cancellation came first, they are skipped.

        Where the application may no longer use a namespace, nothing more is written: not even to undo.

        Their start is committed before anything is changed, so that no process reports them as untouched after a crash.
        """
        cancelled = await self._cancel.raised()
        waiting = self.phases.in_phases(ClusterPhase.WAITING, wave=wave)
        begun = self.phases.in_phases(ClusterPhase.APPLYING, wave=wave) if self._first else ()
        if cancelled:
            for cluster in begun:
                self.record(cluster, self.phases.after_applying(cluster, _BROKEN_OFF))
            for cluster in waiting:
                self.skip(cluster, code=CANCELLED)
            return
        taken = self._namespace_taken()
        if taken is not None:
            for cluster in self.phases.in_phases(ClusterPhase.WAITING, ClusterPhase.APPLYING, wave=wave):
                self.record(cluster, ended(cluster, taken))
            return
        for cluster in waiting:
            self.record(cluster, ClusterUpdate(position=cluster.position, phase=ClusterPhase.APPLYING))
        for cluster in (*begun, *waiting):
            self.journal.add(NewEvent(type=EventType.CLUSTER_STARTED, cluster=cluster.cluster_name))
        if waiting and not self._worker.stores_undo:  # else their start is committed together with it
            await self.journal.written()

    def _namespace_taken(self) -> ClusterResult | None:
        """The end of a cluster where the target's namespace, or the one that is copied from, is no longer given."""
        snapshot = self.snapshot
        request = snapshot.spec.request
        used = [(snapshot.target, snapshot.spec.plan.leaves.namespace)]
        if isinstance(request, CopyRequest) and request.source is not None and snapshot.source is not None:
            used.append((snapshot.source, request.source.namespace))
        try:
            for app_environment, namespace in used:
                require_given(app_environment, namespace)
        except NamespaceNotGivenError as error:
            return failed(error.code, error.detail)
        return None

    async def bring(self, cluster: Cluster) -> ClusterResult:
        """Write what hooks before the change have to find on the cluster, which waits on. Nothing to bring is good."""
        unchanged = ClusterResult(outcome=Outcome.UNCHANGED)
        if not self._brings:
            return unchanged

        async def call(task: ClusterTask, gateway: ClusterGateway, log: ClusterLog) -> ClusterResult:
            deadline = Deadline.after(self._limits.apply)
            result = await self._worker.bring(task, gateway, log, deadline=deadline, cancelled=self._cancel.raised)
            return result or unchanged

        self.record(cluster, bringing(cluster))
        await self.journal.written()  # before anything is: after a crash, a cancellation says what may be there
        result = await self._write(cluster, call)
        if result.outcome is None or result.outcome.good:
            self.record(cluster, brought(cluster))
        return result

    async def apply(self, cluster: Cluster, prepared: object | None) -> None:
        """Write to the cluster; `prepared` is what the use case built for the worker."""
        at_hand = [prepared]

        async def call(task: ClusterTask, gateway: ClusterGateway, log: ClusterLog) -> ClusterResult:
            # A second call finds a part of it done: the worker compares with what is live, as after a crash.
            work = at_hand.pop() if at_hand else None
            deadline = Deadline.after(self._limits.apply)
            return await self._worker.apply(task, work, gateway, log, deadline=deadline, cancelled=self._cancel.raised)

        self.record(cluster, self.phases.after_applying(cluster, await self._write(cluster, call)))

    async def _write(self, cluster: Cluster, call: Call) -> ClusterResult:
        """The worker's result of what writes; while a stop is in the way, it waits, and calls again."""
        while (result := await self.calls.patiently(cluster, call, cancelled=self._cancel.raised)) is None:
            decision = await self._pausing.after_refused_write(cluster.cluster_id or "")
            self._decide(decision)
            if decision is not PauseDecision.CONTINUE:
                return _LEFT
        return result

    async def watch(self, cluster: Cluster) -> None:
        """Watch the rollouts that the cluster expects."""
        expected = cluster.expected or ()

        async def call(task: ClusterTask, gateway: ClusterGateway, log: ClusterLog) -> ClusterResult:
            deadline = Deadline.after(self._limits.watch_cap)
            return await self._worker.watch(
                task, expected, gateway, log, deadline=deadline, cancelled=self._cancel.raised
            )

        result = await self.calls.result(cluster, call)
        assert result is not None, "watching writes nothing"
        self.record(cluster, self.phases.after_watching(cluster, result))

    async def undo(self, cluster: Cluster) -> None:
        """Restore the previous images. A cluster that is away is waited for though the operation is cancelled: mostly,
        it goes back because it is.
        """

        async def call(task: ClusterTask, gateway: ClusterGateway, log: ClusterLog) -> ClusterResult:
            return await self._worker.undo(task, gateway, log, deadline=Deadline.after(self._limits.apply))

        # Paused when the step before ended, or this process began: a person decides, though no stop may be left.
        result = (
            None
            if self.snapshot.operation.pause is not None
            else await self.calls.patiently(cluster, call, cancelled=_never)
        )
        while result is None:
            decision = await self._pausing.after_refused_write(cluster.cluster_id or "", undoing=True)
            if decision is PauseDecision.CANCEL:
                result = _NOT_UNDONE
            else:
                result = await self.calls.patiently(cluster, call, cancelled=_never)
        self.record(cluster, self.phases.after_undoing(cluster, result, brings=self._brings))

    async def settle(self, wave: int) -> None:
        """Let clusters go back that had succeeded: after a cancellation, or because others of the operation failed."""
        cancelled = await self._cancel.raised()
        if cancelled and await self._pausing.stays():
            return
        for update in (*(self.phases.to_recall() if cancelled else ()), *self.phases.to_take_back(wave)):
            if self.phases.at(update.position).phase is not ClusterPhase.UNDOING:
                self.record(self.phases.at(update.position), update)

    def skip(self, cluster: Cluster, *, code: str, why: str | None = None) -> None:
        """End a cluster that waits, and say so where keys were brought to it already, which stay."""
        self.record(cluster, skipped(self.phases.at(cluster.position), code=code, why=why))

    async def cancelled(self) -> bool:
        """Whether a person has requested the cancellation."""
        return await self._cancel.raised()

    async def writing(
        self, task: RingTask, call: Callable[[RingTask], Awaitable[RingFailure | None]]
    ) -> RingFailure | None:
        """What runs around a ring; while a stop is in the way of its writes, it waits as a worker does."""
        while True:
            try:
                return await call(task)
            except WritePausedError:
                decision = await self._pausing.after_refused_write(task.clusters[0].id if task.clusters else "")
                self._decide(decision)
                if decision is not PauseDecision.CONTINUE:
                    return None

    def _decide(self, decision: PauseDecision) -> None:
        """What a person has decided about a pause holds for all clusters at once."""
        if decision is PauseDecision.CONTINUE:
            return
        self._cancel.raise_()
        if decision is PauseDecision.UNDO:
            self.phases.undo_on_failure()

    def record(self, cluster: Cluster, update: ClusterUpdate) -> None:
        """Write the new state of a cluster, and what the timeline says of it."""
        self.phases.take(update)
        if update.outcome is not None:
            event = NewEvent(type=EventType.CLUSTER_ENDED, cluster=cluster.cluster_name, data=ended_event(update))
            self.journal.add(event)
        if update.phase is ClusterPhase.UNDOING:
            event = NewEvent(type=EventType.UNDO_STARTED, cluster=cluster.cluster_name, data=reason_of(update))
            self.journal.add(event)
        self.journal.record(update)


async def _never() -> bool:
    return False
