"""The steps of an operation: apply to a wave of clusters, watch it, undo the clusters that failed, conclude.

A step may run twice (its effects done, its checkpoint lost). So it reads the phase of each cluster, skips the clusters
that are past the step, and calls only workers that converge. Only our own database can fail a step, which then runs
again.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from db.events import NewEvent
from db.operation_clusters import ClusterUpdate
from db.transaction import Database
from domain.words import ClusterPhase, EventType, OperationKind, OperationState
from services.engine.cancelling import CancelFlag
from services.engine.conclusion import conclude
from services.engine.gates import Gates
from services.engine.image_copies import CopyingImages, ImageCopies, NoImageCopies
from services.engine.journal import Journal
from services.engine.notifications import started
from services.engine.patience import probing
from services.engine.pausing import Pausing
from services.engine.preflight import Preflight
from services.engine.proving import Proving
from services.engine.ring_work import NoRingWork, RingWork
from services.engine.snapshot import OperationSnapshot, WarmStart
from services.engine.step_run import StepRun
from services.engine.what_ran import configuration_of, what_ran
from services.execution.soaking import Soaker, Soaking
from services.execution.worker import Worker
from services.kube.gateway import Clusters
from services.limits import Limits
from services.planning.health.values import HealthPolicy
from services.precedence import PRECEDENCE
from services.reading.held_configuration import ReleaseConfigurations


class MemberOfSetError(Exception):
    """A process of a former release took a member of a set for an operation of its own, and has died meanwhile."""

    def __init__(self, operation_id: str) -> None:
        super().__init__(f"Operation {operation_id} is a member of a set, whose workflow executes it.")


class Steps:
    """What the workflow calls. Each step returns the `StepState` that it left, as plain JSON."""

    def __init__(
        self,
        *,
        database: Database,
        clusters: Clusters,
        workers: Mapping[OperationKind, Worker],
        limits: Limits,
        gates: Gates,
        configurations: ReleaseConfigurations | None = None,
        preflight: Preflight,
        soaker: Soaker | None = None,
        ring_work: RingWork | None = None,
        image_copies: ImageCopies | None = None,
    ) -> None:
        """Without `configurations`, releases hold images alone."""
        self._database = database
        self._clusters = clusters
        self._workers = workers
        self._limits = limits
        self._gates = gates
        self._configurations = configurations
        self._preflight = preflight
        self._soaker = soaker or Soaking(HealthPolicy(timeout_cap=limits.watch_cap, silence=limits.silence))
        self._ring_work = ring_work or NoRingWork()
        self._image_copies = image_copies or NoImageCopies()
        self._begun: dict[str, asyncio.Task[dict[str, bool]]] = {}  # first steps, by operation
        self._seen: set[tuple[str, int]] = set()  # the attempts, by operation, that this process has worked on

    async def begin(self, operation_id: str, warm_start: WarmStart, *, undisturbed_for: float = 0.0) -> None:
        """Begin the first step before the durable engine has recorded the workflow.

        Returns when the step has ended, or after `undisturbed_for` seconds, while the step goes on in a task.

        The queued operation is committed, with all that undoing needs: if this process dies, another one finds the
        operation and continues it. Only this step uses the `warm_start`.
        """
        first = asyncio.create_task(self._apply(operation_id, 0, warm_start), name=f"begin {operation_id}")
        self._begun[operation_id] = first
        await asyncio.wait((first,), timeout=undisturbed_for)

    async def abandon(self, *operation_ids: str) -> None:
        """Cancel the first steps of these operations, or of all, that no workflow has taken yet."""
        begun = [self._begun.pop(each) for each in operation_ids or tuple(self._begun) if each in self._begun]
        for task in begun:
            task.cancel()
        await asyncio.gather(*begun, return_exceptions=True)

    async def apply(self, operation_id: str, wave: int) -> dict[str, bool]:
        """Write to every cluster of the wave that is waiting or applying."""
        begun = self._begun.pop(operation_id, None)
        return await (begun or self._apply(operation_id, wave))

    async def _apply(self, operation_id: str, wave: int, warm_start: WarmStart | None = None) -> dict[str, bool]:
        work = warm_start.work if warm_start else None
        async with self._run(operation_id, warm_start.snapshot if warm_start else None) as run:
            warm = await self._admit(run, wave, warm=warm_start is not None)
            with PRECEDENCE.taken():
                await run.judge(wave, warm=warm)
            await self._change(run, wave, work)
        return run.phases.state(wave).to_json()

    async def _change(self, run: StepRun, wave: int, work: object | None = None) -> None:
        await self._proving(run).before(wave)
        with PRECEDENCE.taken():
            await run.start(wave)
            applying = run.phases.in_phases(ClusterPhase.APPLYING, wave=wave)
            await run.each(applying, lambda each: run.apply(each, work))
        await run.settle(wave)

    async def admit(self, operation_id: str, wave: int) -> None:
        """Of a member of a set: let a wave pass gates and pre-flight, and change nothing."""
        async with self._run(operation_id, of_set=True) as run:
            await self._admit(run, wave, warm=False)
            with PRECEDENCE.taken():
                await run.judge(wave, warm=False)

    async def _admit(self, run: StepRun, wave: int, *, warm: bool) -> bool:
        """Let a wave pass its gates, and copy the images that it needs first. Returns whether it is still `warm`."""
        await run.pass_gates(wave, warm=warm)
        if not await CopyingImages(run, self._image_copies).before(wave):
            return warm
        await run.pass_gates(wave, warm=False)  # one may have closed while gigabytes were copied
        return False

    async def apply_admitted(self, operation_id: str, wave: int) -> None:
        """Of a member of a set: as `apply`, for a wave that pre-flight has admitted. Gates may have closed since."""
        async with self._run(operation_id, of_set=True) as run:
            await run.pass_gates(wave, warm=False)
            await self._change(run, wave)

    async def record(self, operation_id: str, updates: Sequence[ClusterUpdate]) -> None:
        """Of a member of a set: write what the set has decided about its clusters."""
        async with self._run(operation_id, of_set=True) as run:
            for update in updates:
                run.record(run.phases.at(update.position), update)

    async def watch(self, operation_id: str, wave: int, *, of_set: bool = False) -> dict[str, bool]:
        """Watch the rollouts of the wave until each is healthy or has failed."""
        async with self._run(operation_id, of_set=of_set) as run:
            await run.each(run.phases.in_phases(ClusterPhase.WATCHING, wave=wave), run.watch)
            await run.settle(wave)
        return run.phases.state(wave).to_json()

    async def prove(self, operation_id: str, wave: int, *, of_set: bool = False) -> dict[str, bool]:
        """The soak and the checks of the wave; those that fail are undone as the failure policy says."""
        async with self._run(operation_id, of_set=of_set) as run:
            await self._proving(run).prove(wave)
            await run.settle(wave)
        return run.phases.state(wave).to_json()

    async def undo(self, operation_id: str, wave: int, *, of_set: bool = False) -> dict[str, bool]:
        """Restore the previous images on every cluster that is undoing, in whichever wave."""
        async with self._run(operation_id, of_set=of_set) as run:
            await run.each(run.phases.in_phases(ClusterPhase.UNDOING), run.undo)
        return run.phases.state(wave).to_json()

    async def conclude(self, operation_id: str) -> None:
        """End the operation: its state, its release, and the app environment free for the next one."""
        seen, held = await asyncio.gather(
            what_ran(self._database, self._clusters, operation_id),
            configuration_of(self._database, self._configurations, operation_id),
        )
        await conclude(self._database, operation_id, seen, held)
        self._seen = {each for each in self._seen if each[0] != operation_id}

    def _proving(self, run: StepRun) -> Proving:
        return Proving(run, database=self._database, work=self._ring_work, soaker=self._soaker)

    @asynccontextmanager
    async def _run(
        self, operation_id: str, known: OperationSnapshot | None = None, *, of_set: bool = False
    ) -> AsyncIterator[StepRun]:
        """A run of a step. Raises `MemberOfSetError` for a member of a set, unless its set takes the step."""
        snapshot = known or await OperationSnapshot.read(self._database, operation_id)
        operation = snapshot.operation
        if operation.promotion_set is not None and not of_set:
            raise MemberOfSetError(operation_id)
        async with (
            Journal(self._database, operation_id) as journal,
            probing(self._clusters, snapshot.clusters.keys()),
        ):
            if operation.state is OperationState.QUEUED:
                journal.begin(started(operation, snapshot.spec.plan))
                journal.add(NewEvent(type=EventType.OPERATION_STARTED, data={"attempt": operation.attempt}))
            elif (operation_id, operation.attempt) not in self._seen:
                journal.add(NewEvent(type=EventType.OPERATION_RESUMED, data={"attempt": operation.attempt}))
            self._seen.add((operation_id, operation.attempt))
            yield StepRun(
                snapshot=snapshot,
                journal=journal,
                clusters=self._clusters,
                worker=self._workers[operation.kind],
                limits=self._limits,
                cancel=CancelFlag(self._database, snapshot),
                pausing=Pausing(database=self._database, gates=self._gates, snapshot=snapshot, journal=journal),
                preflight=self._preflight,
            )
