"""A promotion set in a launched engine: it is one workflow, which another process continues."""

import asyncio
import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from db.records.promotion_sets import PromotionSetRecord
from domain.stored.requests import PromotionRequest
from domain.words import OnFailure, OperationKind, OperationState, SetOrder
from services.changes.new_sets import NewSet
from services.changes.set_starting import SetStarter, _queue
from services.engine.engine import Engine
from services.engine.steps import MemberOfSetError
from services.limits import Limits
from services.people.gates import StandingGates
from services.planning.sets.plan import SetPlan
from tests.support.actors import ANN
from tests.support.engine_stage import EngineStage, new_operation, until
from tests.support.fake_workers import SUCCEEDED, TO_WATCH, FakeClusters, FakePreflight, only
from tests.support.rows import Target, make_target
from tests.support.specs import image_spec


@pytest.fixture
async def targets(engine_stage: EngineStage) -> tuple[Target, Target]:
    """Two applications in one environment of two clusters."""
    mark = secrets.token_hex(3)
    api, web = [
        await make_target(engine_stage.database, application=f"{name}-{mark}", environment=f"Production-{mark}")
        for name in ("api", "web")
    ]
    return api, web


def new_set(targets: Sequence[Target], *, one_by_one: bool = False) -> NewSet:
    spec = replace(
        image_spec(),
        request=PromotionRequest(source_environment="Staging", target_environment="Production", in_set=True),
    )
    members = [new_operation(each, spec=spec, on_failure=OnFailure.ROLL_BACK) for each in targets]
    plan = SetPlan(
        kind=OperationKind.PROMOTION,
        source_environment="Staging",
        target_environment=targets[0].app_environment.environment.name,
        order=SetOrder.ONE_BY_ONE if one_by_one else SetOrder.ALL_AT_ONCE,
        members=(),
    )
    staged = tuple((each, position if one_by_one else 0) for position, each in enumerate(members))
    return NewSet(plan=plan, members=staged, caller=ANN.caller)


async def end_of(stage: EngineStage, set_id: str) -> PromotionSetRecord:
    async with asyncio.timeout(60):
        while True:
            async with stage.database.read() as tx:
                found = await tx.promotion_sets.get(set_id)
            assert found is not None
            if found.state.ended:
                return found
            await asyncio.sleep(0.05)


async def test_a_set_is_executed_by_one_workflow(engine_stage, targets):
    started = await SetStarter(engine_stage.database, engine_stage.operations).start(new_set(targets))
    ended = await end_of(engine_stage, started.id)
    assert ended.state is OperationState.SUCCEEDED
    assert sorted(engine_stage.worker.calls) == ["apply prod-eu"] * 2 + ["apply prod-us"] * 2


async def test_a_set_that_was_committed_and_never_started_is_found(engine_stage, targets):
    async with engine_stage.database.begin() as tx:
        set_id = await _queue(tx, new_set(targets), None)
    await engine_stage.engine._takeover._start_orphans(age=timedelta(0))
    assert (await end_of(engine_stage, set_id)).state is OperationState.SUCCEEDED


async def test_a_set_goes_on_in_the_next_process_where_it_was_left(engine_stage, targets):
    engine_stage.worker.applying = lambda _: TO_WATCH
    engine_stage.worker.watching = lambda _: TO_WATCH
    starter = SetStarter(engine_stage.database, engine_stage.operations)
    started = await starter.start(new_set(targets, one_by_one=True))
    await until(lambda: engine_stage.worker.calls.count("watch prod-us") == 1)
    await engine_stage.engine.stop()
    engine_stage.worker.watching = lambda _: SUCCEEDED
    again = Engine(
        database=engine_stage.database,
        url=engine_stage.url,
        clusters=FakeClusters(),
        workers=dict.fromkeys(OperationKind, engine_stage.worker),
        limits=Limits(),
        gates=StandingGates(engine_stage.database),
        preflight=FakePreflight(),
        on_outcast=lambda: None,
    )
    await again.launch()
    try:
        ended = await end_of(engine_stage, started.id)
    finally:
        await again.stop()
    assert ended.state is OperationState.SUCCEEDED
    # The first application was applied once: the step had been recorded. The second came after it.
    assert engine_stage.worker.calls.count("apply prod-eu") == 2
    assert [each.state for each in ended.members] == [OperationState.SUCCEEDED] * 2


async def test_a_set_that_failed_on_one_cluster_has_no_lane_left_with_new_images(engine_stage, targets):
    engine_stage.worker.applying = only("prod-us", RuntimeError("the cluster breaks"))
    started = await SetStarter(engine_stage.database, engine_stage.operations).start(new_set(targets))
    ended = await end_of(engine_stage, started.id)
    assert ended.state is OperationState.FAILED
    assert all(
        each.outcome is not None and not each.outcome.good for member in ended.members for each in member.clusters
    )


async def test_a_member_is_no_operation_that_an_engine_starts_by_itself(engine_stage, targets):
    async with engine_stage.database.begin() as tx:
        set_id = await _queue(tx, new_set(targets), None)
    async with engine_stage.database.read() as tx:
        assert set_id not in {each.promotion_set for each in await tx.operations.unfinished()}
        found = await tx.promotion_sets.get(set_id)
    with pytest.raises(MemberOfSetError):
        await engine_stage.engine._steps.apply(found.members[0].id, 0)
    await engine_stage.engine._takeover._start_orphans(age=timedelta(0))
    await end_of(engine_stage, set_id)
