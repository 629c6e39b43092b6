"""The workflow and the steps of an operation with rings, on fake clusters and without a database or a durable engine.

What is real: the workflow, the steps, the phases and what proves a ring. The rows are kept in memory.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

from db.operation_clusters import ClusterUpdate
from db.records.operations import OperationClusterRecord, OperationRecord
from domain.stored.ring_runs import RingRuns
from domain.words import ClusterPhase, OnFailure, OperationKind, OperationState, Outcome, PauseDecision
from services.engine.cancelling import CancelFlag
from services.engine.ring_work import RingFailure, RingTask
from services.engine.snapshot import OperationSnapshot
from services.engine.step_run import StepRun
from services.engine.steps import Steps
from services.engine.workflows import execute
from services.execution.progress import ClusterResult
from services.limits import Limits
from services.planning.conclusion import Conclusion, conclude
from services.planning.rings.failing import met
from tests.support.fake_workers import ROLLOUT, FakeClusters, FakePreflight, FakeWorker
from tests.support.records import app_environment_record, cluster_record
from tests.support.specs import bringing_spec, image_spec

AT = datetime(2026, 12, 1, 12, tzinfo=UTC)


@dataclass
class RingStage:
    """An operation on clusters by their waves, as its rows would be, and what runs on each cluster."""

    clusters: Mapping[str, int]
    runs: RingRuns | None
    on_failure: OnFailure = OnFailure.STAY
    worker: FakeWorker = field(default_factory=FakeWorker)
    soaks: Callable[[str], ClusterResult | Exception] = lambda _: ClusterResult(outcome=Outcome.SUCCEEDED)
    before: Callable[[RingTask], RingFailure | None] = lambda _: None
    after: Callable[[RingTask], RingFailure | None] = lambda _: None
    preflight: FakePreflight = field(default_factory=FakePreflight)
    cancelled: bool = False
    steps_run: list[str] = field(default_factory=list)
    events: list[Any] = field(default_factory=list)
    committed: list[ClusterUpdate] = field(default_factory=list)  # before a step has ended, because it waited for that

    def __post_init__(self) -> None:
        names = tuple(self.clusters)
        self.place = app_environment_record(clusters=names)
        rows = tuple(
            OperationClusterRecord(
                cluster_id=cluster_record(name).id,
                cluster_name=name,
                position=position,
                wave=wave,
                phase=ClusterPhase.WAITING,
                outcome=None,
                code=None,
                detail=None,
                resource=None,
                undo=None,
                expected=None,
                started_at=None,
                ended_at=None,
            )
            for position, (name, wave) in enumerate(self.clusters.items())
        )
        members: dict[str, Any] = dict.fromkeys(OperationRecord.__dataclass_fields__)
        self.operation = OperationRecord(
            **{
                **members,
                "id": "op-1",
                "kind": OperationKind.PROMOTION,
                "state": OperationState.RUNNING,
                "app_environment_id": "shop-in-production",
                "on_failure": self.on_failure,
                "attempt": 1,
                "waves": 1 + max(self.clusters.values()),
                "clusters": rows,
                "rings": self.runs,
            }
        )

    async def run(self) -> None:
        """Execute the operation to its end."""
        await execute(_Runner(self), cast("Steps", _MemorySteps(self)), "op-1", self.operation.waves)

    @property
    def outcomes(self) -> dict[str, Outcome | None]:
        return {each.cluster_name: each.outcome for each in self.operation.clusters}

    def ended(self, name: str) -> OperationClusterRecord:
        return next(each for each in self.operation.clusters if each.cluster_name == name)

    @property
    def conclusion(self) -> Conclusion:
        outcomes = {name: each or Outcome.SKIPPED for name, each in self.outcomes.items()}
        runs = self.operation.rings
        enough = runs is not None and met(runs.failure, tuple(outcomes.values()), quorum=runs.quorum)
        return conclude(outcomes, self.cancelled, enough=enough)


class _Runner:
    def __init__(self, stage: RingStage) -> None:
        self._stage = stage

    async def step(self, name: str, call: Any, *args: Any, **kwargs: Any) -> Any:
        self._stage.steps_run.append(f"{name} {args[-1]}" if len(args) > 1 else name)
        return await call(*args, **kwargs)


class _Memory:
    """A database, a journal, a pausing and a flag of cancellation, as the steps use them."""

    def __init__(self, stage: RingStage) -> None:
        self._stage = stage
        self.operation_lifecycle = self.events = self
        self._recorded: list[ClusterUpdate] = []

    @asynccontextmanager
    async def begin(self) -> AsyncIterator["_Memory"]:
        yield self

    async def hold(self, _: str) -> bool:
        return True

    async def change_ring(self, _: str, wave: int, **changes: Any) -> RingRuns | None:
        runs = self._stage.operation.rings
        assert runs is not None
        self._stage.operation = replace(self._stage.operation, rings=runs.with_ring(wave, **changes))
        return self._stage.operation.rings

    def add(self, event: Any) -> None:
        self._stage.events.append(event)

    async def append(self, _: str, events: Sequence[Any]) -> None:
        self._stage.events += events

    def record(self, update: ClusterUpdate) -> None:
        self._recorded.append(update)

    async def written(self) -> None:
        self._stage.committed += self._recorded
        self._recorded = []

    async def raised(self) -> bool:
        return self._stage.cancelled

    def raise_(self) -> None:
        self._stage.cancelled = True

    async def before_wave(self, _: Any, *, wave: int) -> PauseDecision:
        del wave
        return PauseDecision.CONTINUE

    async def before_write(self, _: str) -> None:
        pass

    async def stays(self) -> bool:
        return False


class _NamedClusters(FakeClusters):
    """Gateways that know whose they are."""

    async def gateway(self, credential: Any) -> Any:
        return SimpleNamespace(cluster=credential.name)


class _MemorySteps(Steps):
    def __init__(self, stage: RingStage) -> None:
        self._stage = stage
        self._memory = cast("Any", _Memory(stage))
        super().__init__(
            database=self._memory,
            clusters=cast("Any", _NamedClusters()),
            workers=dict.fromkeys(OperationKind, stage.worker),
            limits=Limits(silence=0.1),
            gates=cast("Any", None),
            preflight=stage.preflight,
            soaker=cast("Any", self),
            ring_work=cast("Any", self),
        )

    @asynccontextmanager
    async def _run(
        self, operation_id: str, known: OperationSnapshot | None = None, *, of_set: bool = False
    ) -> AsyncIterator[StepRun]:
        del operation_id, known, of_set
        place = self._stage.place
        snapshot = OperationSnapshot(
            operation=self._stage.operation,
            spec=image_spec() if self._stage.worker.bringing is None else bringing_spec(),
            target=place,
            source=None,
            clusters={each.id: each for each in place.environment.clusters},
            secrets=None,
        )
        run = StepRun(
            snapshot=snapshot,
            journal=self._memory,
            clusters=cast("Any", _NamedClusters()),
            worker=self._stage.worker,
            limits=Limits(silence=0.1),
            cancel=cast("CancelFlag", self._memory),
            pausing=self._memory,
            preflight=self._stage.preflight,
        )
        yield run
        written = {each.position: each for each in run.phases.clusters}
        rows = tuple(written.get(each.position, each) for each in self._stage.operation.clusters)
        self._stage.operation = replace(self._stage.operation, clusters=rows)

    async def conclude(self, operation_id: str) -> None:
        del operation_id

    async def soak(self, expected: Any, gateway: Any, namespace: str, **_: Any) -> ClusterResult:
        assert tuple(expected) == (ROLLOUT,)
        del namespace
        result = self._stage.soaks(gateway.cluster)
        if isinstance(result, Exception):
            raise result
        return result

    async def before(self, ring: RingTask) -> RingFailure | None:
        return self._stage.before(ring)

    async def after(self, ring: RingTask) -> RingFailure | None:
        return self._stage.after(ring)
