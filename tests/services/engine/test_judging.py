"""Before a wave begins the engine asks pre-flight; what blocks ends the wave before anything of it is written."""

import pytest

from domain.problems import Problem, Severity
from domain.resources import ResourceId
from domain.stored.requests import RollbackRequest
from domain.stored.ring_runs import RingRun, RingRuns
from domain.stored.spec import OperationSpec
from domain.stored.strategies import Remaining, Ring
from domain.words import FailurePolicy, OnFailure, OperationKind
from services.engine.snapshot import OperationSnapshot, WarmStart
from services.engine.steps import Steps
from services.limits import Limits
from services.people.gates import StandingGates
from tests.support.fake_workers import TO_WATCH, FakeClusters, FakePreflight, FakeWorker
from tests.support.ring_stage import RingStage
from tests.support.rows import make_operation, make_target
from tests.support.specs import image_spec

WEB = ResourceId.of("apps/v1", "Deployment", "web")
NO_ROOM = Problem(
    code="quota-stalls-rollout", severity=Severity.BLOCKS, detail="Quota few is full.", cluster="prod-us", resource=WEB
)


@pytest.fixture
def worker() -> FakeWorker:
    return FakeWorker()


@pytest.fixture
def preflight() -> FakePreflight:
    return FakePreflight()


@pytest.fixture
def steps(database, worker, preflight) -> Steps:
    return Steps(
        database=database,
        clusters=FakeClusters(),
        workers=dict.fromkeys(OperationKind, worker),
        limits=Limits(silence=0.1),
        gates=StandingGates(database),
        preflight=preflight,
    )


async def _operation(database) -> str:
    return await make_operation(database, await make_target(database), kind=OperationKind.PROMOTION)


async def _clusters(database, operation_id) -> dict[str, tuple[str | None, str | None, str | None]]:
    async with database.read() as tx:
        operation = await tx.operations.get(operation_id)
    return {each.cluster_name: (each.outcome, each.code, each.detail) for each in operation.clusters}


async def test_a_finding_ends_the_wave_before_it_begins(database, steps, worker, preflight):
    preflight.found = {"prod-us": NO_ROOM}
    operation_id = await _operation(database)
    assert await steps.apply(operation_id, 0) == {"watching": False, "undoing": False, "go_on": False}
    assert worker.calls == []
    ended = await _clusters(database, operation_id)
    assert ended["prod-us"] == ("failed", "quota-stalls-rollout", "Quota few is full.")
    assert ended["prod-eu"][:2] == ("skipped", "wave-blocked")


async def test_a_step_that_runs_again_after_the_end_of_its_wave_leaves_it_ended(database, steps, worker, preflight):
    preflight.found = {"prod-us": NO_ROOM}
    operation_id = await _operation(database)
    await steps.apply(operation_id, 0)
    before = await _clusters(database, operation_id)
    preflight.found = {}
    assert await steps.apply(operation_id, 0) == {"watching": False, "undoing": False, "go_on": False}
    assert await _clusters(database, operation_id) == before
    assert worker.calls == []


async def test_a_wave_without_a_finding_begins(database, steps, worker, preflight):
    operation_id = await _operation(database)
    assert (await steps.apply(operation_id, 0))["go_on"]
    assert preflight.asked == [("prod-eu", "prod-us")]
    assert sorted(worker.calls) == ["apply prod-eu", "apply prod-us"]


async def test_a_wave_that_has_begun_before_a_crash_is_not_judged_again(database, steps, worker, preflight):
    worker.applying = lambda _: TO_WATCH
    operation_id = await _operation(database)
    await steps.apply(operation_id, 0)
    preflight.found = {"prod-us": NO_ROOM}
    await steps.apply(operation_id, 0)
    assert len(preflight.asked) == 1
    assert {outcome for outcome, _, _ in (await _clusters(database, operation_id)).values()} == {None}


async def test_a_start_that_has_just_been_planned_is_not_judged_again(database, steps, preflight):
    operation_id = await _operation(database)
    snapshot = await OperationSnapshot.read(database, operation_id)
    await steps.begin(operation_id, WarmStart(snapshot=snapshot, work=None), undisturbed_for=60)
    await steps.apply(operation_id, 0)
    assert preflight.asked == []


async def test_the_way_back_is_not_judged(database, steps, worker, preflight):
    preflight.found = {"prod-us": NO_ROOM}
    spec = OperationSpec(request=RollbackRequest(release=1), plan=image_spec().plan)
    operation_id = await make_operation(database, await make_target(database), kind=OperationKind.ROLLBACK, spec=spec)
    await steps.apply(operation_id, 0)
    assert preflight.asked == []
    assert sorted(worker.calls) == ["apply prod-eu", "apply prod-us"]


@pytest.mark.parametrize(
    ("policy", "outcomes"),
    [
        (None, {"a": "succeeded", "b": "failed", "c": "skipped", "d": None}),
        (FailurePolicy.STOP, {"a": "succeeded", "b": "failed", "c": "skipped", "d": None}),
        (FailurePolicy.ALL_OR_NOTHING, {"a": "rolled-back", "b": "failed", "c": "skipped", "d": None}),
        (FailurePolicy.BEST_EFFORT, {"a": "succeeded", "b": "failed", "c": "succeeded", "d": "succeeded"}),
        (FailurePolicy.QUORUM, {"a": "succeeded", "b": "failed", "c": "succeeded", "d": "succeeded"}),
    ],
)
async def test_what_a_blocked_cluster_means_to_the_others_is_the_failure_policys(policy, outcomes):
    ring = RingRun(ring=Ring(selector=Remaining()))
    stage = RingStage(
        clusters={"a": 0, "b": 1, "c": 1, "d": 2},
        runs=RingRuns(rings=(ring,) * 3, failure=policy, quorum=3 if policy is FailurePolicy.QUORUM else None),
        on_failure=OnFailure.STAY if policy is None else OnFailure.ROLL_BACK,
    )
    stage.worker.applying = lambda _: TO_WATCH
    stage.preflight.found = {"b": NO_ROOM}
    await stage.run()
    assert stage.outcomes == outcomes
    assert "apply b" not in stage.worker.calls
