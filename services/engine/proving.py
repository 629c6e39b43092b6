"""What a ring has to pass besides its rollouts: hooks before its clusters are changed, then its soak and its checks.

A step that runs again finds in the operation's row when the soak began, so that the soak ends when it would have ended.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from db.events import NewEvent
from db.records.operations import OperationClusterRecord
from db.transaction import Database
from domain.stored.hooks import HookMoment
from domain.stored.ring_runs import RingRuns
from domain.words import ClusterPhase, EventType, Outcome
from services.engine.journal import OperationTakenOverError
from services.engine.phases import CANCELLED, WAVE_BLOCKED
from services.engine.ring_work import RingFailure, RingTask, RingWork, ring_event
from services.engine.step_run import StepRun
from services.execution.progress import ClusterResult
from services.execution.soaking import Soaker

_STOPPED_SOAKING = "Cancelled while it was soaking or checked. What was changed stays."


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


class Proving:
    """The rings of one operation, in one run of a step. Only for operations that have rings to prove."""

    def __init__(
        self,
        run: StepRun,
        *,
        database: Database,
        work: RingWork,
        soaker: Soaker,
        clock: Callable[[], datetime] = now,
    ) -> None:
        self._run = run
        self._database = database
        self._snapshot = run.snapshot
        self._journal = run.journal
        self._work = work
        self._soaker = soaker
        self._clock = clock

    async def before(self, wave: int) -> None:
        """The hooks before the clusters of a ring are changed. Where they fail, no image of it is changed.

        They come after the keys that the operation brings there, because a migration may need what the new image needs.
        """
        phases = self._run.phases
        waiting = phases.in_phases(ClusterPhase.WAITING, wave=wave)
        if phases.runs is None or not _any_before(phases.runs) or not waiting or await self._run.cancelled():
            return
        waiting = await self._bring(waiting)
        if not waiting or await self._run.cancelled():
            return
        failure = await self._run.writing(self._task(wave, waiting), self._work.before)
        if failure is None:
            return
        named = failure.clusters
        for cluster in waiting:
            if named is None or cluster.cluster_name in named:
                self._run.record(cluster, phases.after_proving(cluster, _result_of(failure)))
            elif not phases.go_on_without_some:
                self._run.skip(cluster, code=failure.code, why=failure.detail)

    async def _bring(self, clusters: Sequence[OperationClusterRecord]) -> tuple[OperationClusterRecord, ...]:
        """Those that have their keys. Where one fails, the others do not begin, unless the policy goes on without."""
        phases = self._run.phases
        results = await asyncio.gather(*map(self._run.bring, clusters))
        if await self._run.cancelled():
            return ()
        brought = []
        for cluster, result in zip(clusters, results, strict=True):
            if result.outcome is not None and not result.outcome.good:
                self._run.record(cluster, phases.after_proving(cluster, result))
            else:
                brought.append(cluster)
        if len(brought) == len(clusters) or phases.go_on_without_some:
            return tuple(brought)
        for cluster in brought:
            self._run.skip(cluster, code=WAVE_BLOCKED)
        return ()

    async def prove(self, wave: int) -> None:
        """The soak and the checks of a ring, and after the last one the hooks after the change."""
        phases = self._run.phases
        if phases.runs is None or not phases.runs.has_to_prove(wave):
            return
        if phases.runs.rings[wave].ring.soak_seconds and phases.runs.rings[wave].soaked_at is None:
            await self._soak(wave)
        if not phases.verdict(wave).holds or await self._ended_by_cancel(wave):
            return
        good = [each for each in phases.in_phases(ClusterPhase.ENDED, wave=wave) if each.outcome and each.outcome.good]
        failure = await self._run.writing(self._task(wave, good), self._work.after)
        if failure is None:
            if not await self._ended_by_cancel(wave):
                await self._change(wave, proven_at=self._clock())
            return
        for cluster in good:
            if failure.clusters is None or cluster.cluster_name in failure.clusters:
                self._run.record(cluster, phases.after_proving(cluster, _result_of(failure)))

    async def _soak(self, wave: int) -> None:
        """Watch every cluster that is changed so far until the soak ends. Those that fail are recorded so."""
        phases = self._run.phases
        assert phases.runs is not None
        run = phases.runs.rings[wave]
        changed = [
            each
            for each in phases.in_phases(ClusterPhase.ENDED)
            if each.wave <= wave and each.outcome is Outcome.SUCCEEDED and each.expected
        ]
        if all(each.wave != wave for each in changed):
            return  # nothing of the ring has rolled out, so there is nothing new to watch
        began = run.soak_began_at
        if began is None:
            began = self._clock()
            event = ring_event(EventType.SOAK_STARTED, wave, seconds=run.ring.soak_seconds)
            await self._change(wave, event, soak_began_at=began)
        ends = began + timedelta(seconds=run.ring.soak_seconds)
        failed = await asyncio.gather(*(self._soak_cluster(each, began, ends) for each in changed))
        if await self._run.cancelled():
            return
        event = ring_event(EventType.SOAK_ENDED, wave, passed=not any(failed))
        if any(failed):
            self._journal.add(event)  # with what is recorded of the clusters
        else:
            await self._change(wave, event, soaked_at=self._clock())

    async def _soak_cluster(self, cluster: OperationClusterRecord, began: datetime, ends: datetime) -> bool:
        """Whether it has failed."""
        expected = cluster.expected or ()

        async def call(task: Any, gateway: Any, log: Any) -> ClusterResult:
            del log
            return await self._soaker.soak(
                expected, gateway, task.namespace, began=began, ends=ends, cancelled=self._run.cancelled
            )

        result = await self._run.calls.result(cluster, call)
        assert result is not None, "soaking writes nothing"
        if result.outcome is None or result.outcome.good:
            return False
        self._run.record(cluster, self._run.phases.after_proving(cluster, result))
        return True

    async def _ended_by_cancel(self, wave: int) -> bool:
        """After a cancellation: the clusters of the ring have not proved themselves, so they have not succeeded."""
        if not await self._run.cancelled():
            return False
        cancelled = ClusterResult(outcome=Outcome.FAILED, code=CANCELLED, detail=_STOPPED_SOAKING)
        for cluster in self._run.phases.in_phases(ClusterPhase.ENDED, wave=wave):
            if cluster.outcome is Outcome.SUCCEEDED:
                self._run.record(cluster, self._run.phases.after_proving(cluster, cancelled))
        return True

    async def _change(self, wave: int, event: NewEvent | None = None, **changes: Any) -> None:
        """Record it and tell it in one transaction: after a crash in between, nobody would tell it any more."""
        operation_id = self._snapshot.operation.id
        await self._journal.written()
        async with self._database.begin() as tx:
            if not await tx.operation_lifecycle.hold(operation_id):
                raise OperationTakenOverError(operation_id)
            self._run.phases.runs = await tx.operation_lifecycle.change_ring(operation_id, wave, **changes)
            if event is not None:
                await tx.events.append(operation_id, [event])

    def _task(self, wave: int, clusters: Iterable[OperationClusterRecord]) -> RingTask:
        runs: RingRuns | None = self._run.phases.runs
        assert runs is not None
        known = self._snapshot.clusters
        return RingTask(
            operation=self._snapshot.operation,
            spec=self._snapshot.spec,
            target=self._snapshot.target,
            runs=runs,
            wave=wave,
            clusters=tuple(found for each in clusters if (found := known.get(each.cluster_id or "")) is not None),
            gateway=self._run.calls.gateway,
            told=self._journal.written,
            cancelled=self._run.cancelled,
        )


def _any_before(runs: RingRuns) -> bool:
    return any(hook.when is HookMoment.BEFORE for hook in runs.hooks)


def _result_of(failure: RingFailure) -> ClusterResult:
    outcome = Outcome.UNREACHABLE if failure.unreachable else Outcome.FAILED
    return ClusterResult(outcome=outcome, code=failure.code, detail=failure.detail, resource=failure.resource)
