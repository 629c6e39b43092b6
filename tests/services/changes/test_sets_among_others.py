"""What a promotion set does where its applications have lives of their own: rights, gates, other operations."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from db.events import NewEvent
from db.freezes import FreezeFields
from db.transaction import Database
from domain.gates import FreezeEffect, Window
from domain.grants import Actor
from domain.rights import Scope
from domain.stored.requests import PromotionRequest, RollbackRequest
from domain.stored.strategies import Strategy
from domain.words import EventType, FailurePolicy, OperationState, Outcome, Role
from sandbox.server import Sandbox
from services.changes.promotion_sets import SetRollbackRequest
from services.changes.retrying import SupersededError
from services.changes.set_reading import SetView
from services.errors import ForbiddenError, OperationUnderwayError
from services.people.gates import GateClosedError
from tests.support.actors import ANN, actor_with
from tests.support.promotion_stage import CLUSTERS, PromotionStage, image, staged
from tests.support.set_stage import BOTH, PAUSING, outcomes, promote, refuse, shop, tags, until_paused

ALONE = PromotionRequest(source_environment="Staging", target_environment="Production")


@pytest.fixture(scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(CLUSTERS, speed=20) as sandbox:
        yield sandbox


@pytest.fixture
async def stage(database: Database, database_url: str, sandbox: Sandbox) -> AsyncIterator[PromotionStage]:
    async with staged(database, database_url, sandbox) as stage:
        yield stage


async def application_id(stage: PromotionStage, name: str) -> str:
    async with stage.database.read() as tx:
        found = await tx.applications.find(name)
    assert found is not None
    return found.id


async def promoter_of(stage: PromotionStage, name: str) -> Actor:
    """Who may promote this application alone, and sees all of them."""
    scope = Scope(applications=frozenset({await application_id(stage, name)}))
    promoter, viewer = actor_with(Role.PROMOTER, scope=scope), actor_with(Role.VIEWER)
    both = (*promoter.holdings.bindings, *viewer.holdings.bindings)
    return replace(promoter, holdings=replace(promoter.holdings, bindings=both))


async def freeze(stage: PromotionStage, name: str) -> None:
    now = datetime.now(UTC).replace(tzinfo=None)
    fields = FreezeFields(
        name="sale",
        effect=FreezeEffect.DENY,
        window=Window(starts=now - timedelta(hours=1), ends=now + timedelta(hours=12), zone="UTC"),
        reason="Sale.",
        scope=Scope(applications=frozenset({await application_id(stage, name)})),
    )
    async with stage.database.begin() as tx:
        await tx.freezes.add(fields, by=ANN.caller.ref)


async def under_way(stage: PromotionStage) -> int:
    async with stage.database.read() as tx:
        return len(await tx.place_operations.active())


async def test_applications_are_called_as_they_are_however_a_request_spells_them(stage):
    await shop(stage)
    spelled = replace(BOTH, applications=("API", "Web"))
    previewed = await stage.sets.preview(spelled, actor=ANN)
    assert [each.application for each in previewed.members] == ["api", "web"]
    ended = await promote(stage, replace(spelled, plan_digest=previewed.digest))
    assert ended.record.state is OperationState.SUCCEEDED, ended.record.message


async def test_of_two_sets_that_overlap_and_are_started_at_once_one_begins_and_the_other_starts_nothing(stage):
    await shop(stage, ["api", "web", "mail"])
    first = replace(BOTH, applications=("api", "web", "mail"), strategy=PAUSING)
    second = replace(BOTH, applications=("mail", "web", "api"), strategy=PAUSING)
    starts = [stage.sets.start(each, actor=ANN, idempotency=None) for each in (first, second) * 3]
    async with asyncio.timeout(60):
        answers = await asyncio.gather(*starts, return_exceptions=True)
    begun = [each for each in answers if isinstance(each, SetView)]
    refused = [each for each in answers if isinstance(each, OperationUnderwayError)]
    assert (len(begun), len(refused)) == (1, 5), answers
    await stage.set_decisions.undo(begun[0].record.id, actor=ANN)
    await stage.end_of_set(begun[0].record.id)


async def test_what_executes_a_set_goes_on_while_somebody_decides_about_it(stage):
    await shop(stage)
    started = await stage.sets.start(replace(BOTH, strategy=PAUSING), actor=ANN, idempotency=None)
    await until_paused(stage, started.record.id)
    member = started.record.members[0].id
    told = NewEvent(type=EventType.OPERATION_CONTINUED)
    async with stage.database.begin() as deciding, asyncio.timeout(60):
        await deciding.promotion_sets.lock(started.record.id)
        async with stage.database.begin() as executing:
            await executing.events.append(member, [told])  # the row of the member is written twice: it is checked then
            await executing.events.append(member, [told])  # that its set exists
    await stage.set_decisions.undo(started.record.id, actor=ANN)
    await stage.end_of_set(started.record.id)


async def test_who_may_not_promote_one_application_promotes_none(stage):
    await shop(stage)
    promoter = await promoter_of(stage, "api")
    with pytest.raises(ForbiddenError, match="'web' in 'Production'"):
        await stage.sets.start(BOTH, actor=promoter, idempotency=None)
    assert await under_way(stage) == 0


async def test_a_freeze_of_one_application_keeps_the_set_from_beginning_and_names_it(stage):
    await shop(stage)
    await freeze(stage, "web")
    with pytest.raises(GateClosedError, match="because of 'web'"):
        await stage.sets.start(BOTH, actor=ANN, idempotency=None)
    assert await under_way(stage) == 0


async def test_a_retry_is_refused_as_a_whole_where_one_application_was_promoted_since_and_names_it(stage):
    await shop(stage)
    refuse(stage, "prod-us", "web")
    failed = await promote(stage)
    stage.sandbox.faults("prod-us").clear()
    alone = await stage.promoting.start("web", ALONE, actor=ANN, idempotency=None)
    await stage.end_of(alone.id)
    with pytest.raises(SupersededError) as refused:
        await stage.set_decisions.retry(failed.record.id, actor=ANN)
    assert refused.value.detail.startswith("'web': ")
    assert await under_way(stage) == 0


async def test_a_rollback_of_a_set_says_that_it_takes_back_what_one_application_got_since(stage):
    await shop(stage)
    done = await promote(stage)
    stage.set_image("staging-1", "web", "web", image("web:3"), namespace=stage.namespace_of("web"))
    await stage.until_rolled_out("staging-1", "Deployment", "web", stage.namespace_of("web"))
    alone = await stage.promoting.start("web", ALONE, actor=ANN, idempotency=None)
    await stage.end_of(alone.id)
    plan = await stage.sets.preview_rollback(done.record.id, SetRollbackRequest(), actor=ANN)
    warned = {each.application: {one.code for one in each.plan.all_problems} for each in plan.members}
    assert "changed-since-operation" in warned["web"]
    assert "changed-since-operation" not in warned["api"]
    back = await stage.sets.roll_back(done.record.id, SetRollbackRequest(), actor=ANN, idempotency=None)
    assert (await stage.end_of_set(back.record.id)).record.state is OperationState.SUCCEEDED
    assert tags(stage, "prod-eu") == tags(stage, "prod-us") == {"api": "1", "web": "1"}


async def test_a_person_who_rolls_one_application_back_while_the_set_is_under_way_stops_all_of_it_first(stage):
    await shop(stage)
    started = await stage.sets.start(replace(BOTH, strategy=PAUSING), actor=ANN, idempotency=None)
    await until_paused(stage, started.record.id)
    web = next(each for each in started.record.members if each.application == "web")
    request = RollbackRequest(operation=web.id, preempt=True)
    back = await stage.rolling_back.start("web", "Production", request, actor=ANN, idempotency=None)
    await stage.end_of(back.id)
    ended = await stage.end_of_set(started.record.id)
    assert ended.record.state is OperationState.CANCELLED
    assert tags(stage, "prod-eu") == tags(stage, "prod-us") == {"api": "1", "web": "1"}


async def test_who_may_not_decide_about_the_whole_set_does_not_stop_it_for_one_application(stage):
    await shop(stage)
    started = await stage.sets.start(replace(BOTH, strategy=PAUSING), actor=ANN, idempotency=None)
    await until_paused(stage, started.record.id)
    web = next(each for each in started.record.members if each.application == "web")
    request = RollbackRequest(operation=web.id, preempt=True)
    promoter = await promoter_of(stage, "web")
    with pytest.raises(ForbiddenError, match="'api' in 'Production'"):
        await stage.rolling_back.start("web", "Production", request, actor=promoter, idempotency=None)
    assert await under_way(stage) == 2
    await stage.set_decisions.undo(started.record.id, actor=ANN)
    await stage.end_of_set(started.record.id)


async def test_a_set_that_is_cancelled_while_one_application_rolls_out_takes_the_other_back_as_well(
    database: Database, database_url: str
):
    # Slower than the other tests' clusters, so that the slow image is still rolling out when the set is cancelled.
    async with Sandbox(CLUSTERS, speed=2) as sandbox, staged(database, database_url, sandbox) as stage:
        await shop(stage)
        stage.set_image("staging-1", "web", "web", image("web:2-slow"), namespace=stage.namespace_of("web"))
        await stage.until_rolled_out("staging-1", "Deployment", "web", stage.namespace_of("web"))
        started = await stage.sets.start(BOTH, actor=ANN, idempotency=None)
        await until_ended(stage, started.record.id, "api")
        await stage.set_decisions.cancel(started.record.id, actor=ANN)
        ended = await stage.end_of_set(started.record.id)
        assert ended.record.state is OperationState.CANCELLED, ended.record.message
        assert outcomes(ended)["api"] == [Outcome.ROLLED_BACK] * 2
        assert tags(stage, "prod-eu") == tags(stage, "prod-us") == {"api": "1", "web": "1"}


async def test_a_cluster_that_does_not_answer_gets_the_whole_set_by_a_retry(stage):
    await shop(stage)
    stage.sandbox.faults("prod-us").set({"unreachable": True})
    left = await promote(stage, replace(BOTH, strategy=Strategy(failure=FailurePolicy.BEST_EFFORT)))
    assert outcomes(left) == {name: [Outcome.SUCCEEDED, Outcome.UNREACHABLE] for name in ("api", "web")}
    stage.sandbox.faults("prod-us").set({"unreachable": False})
    await stage.set_decisions.retry(left.record.id, actor=ANN)
    ended = await stage.end_of_set(left.record.id)
    assert ended.record.state is OperationState.SUCCEEDED, ended.record.message
    assert tags(stage, "prod-eu") == tags(stage, "prod-us") == {"api": "2", "web": "2"}


async def until_ended(stage: PromotionStage, set_id: str, application: str) -> None:
    """The application has its new image on all clusters."""
    async with asyncio.timeout(60):
        while True:
            found = await stage.set_reading.read(set_id, actor=ANN)
            member = next(each for each in found.record.members if each.application == application)
            if all(each.outcome is not None for each in member.clusters):
                return
            await asyncio.sleep(0.02)
