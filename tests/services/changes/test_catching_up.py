"""A cluster that an operation did not reach gets it when it answers: once, visibly, and against nobody's will."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from db.transaction import Database
from domain.actors import ActorKind, ActorRef
from domain.stored.requests import PromotionRequest, RollbackRequest
from domain.words import EventType, OperationState, Outcome, Reachability
from sandbox.server import Sandbox
from services.changes.catching_up import CatchingUp
from services.limits import Limits
from services.people.access import system_actor
from services.planning.releases.catching_up import CAUGHT_UP_FOR, CatchUpHindrance
from tests.support.actors import ANN
from tests.support.promotion_stage import CLUSTERS, PromotionStage, image, staged, workload

BY = system_actor("command line")  # whose rights are known: it answers for what it started
TO_PRODUCTION = PromotionRequest(source_environment="Staging", target_environment="Production")


@pytest.fixture(scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(CLUSTERS, speed=20) as sandbox:
        yield sandbox


@pytest.fixture
async def stage(database: Database, database_url: str, sandbox: Sandbox) -> AsyncIterator[PromotionStage]:
    async with staged(database, database_url, sandbox) as stage:
        web = (workload("web", {"web": image("web:1")}),)
        await stage.environment("Staging", {"staging-1": (workload("web", {"web": image("web:2")}),)})
        await stage.environment("Production", {"prod-eu": web, "prod-us": web})
        yield stage


@pytest.fixture
def catching_up(stage: PromotionStage) -> CatchingUp:
    return catcher(stage)


def catcher(stage: PromotionStage) -> CatchingUp:
    return CatchingUp(stage.database, stage.pool, stage.operations, Limits(probe=2.0))


async def promoted_without(stage: PromotionStage, *away: str):
    """The promotion to Production while these clusters do not answer."""
    for cluster in away:
        stage.sandbox.cut_off(cluster)
    started = await stage.promoting.start("shop", TO_PRODUCTION, actor=BY, idempotency=None)
    return await stage.end_of(started.id)


def answers_again(stage: PromotionStage, cluster: str) -> None:
    stage.sandbox.faults(cluster).unreachable = False


async def place(stage: PromotionStage) -> str:
    async with stage.database.read() as tx:
        found = await tx.app_environments.find("shop", "Production")
    assert found is not None
    assert found.id is not None
    return found.id


async def caught_up(stage: PromotionStage, catching_up: CatchingUp, operation_id: str):
    """The operation after what the work queue does, to its end."""
    await catching_up.bring_level(await place(stage))
    return await stage.end_of(operation_id)


def web(stage: PromotionStage, cluster: str) -> str:
    return stage.images(cluster, "web")["web"].partition("@")[0]


async def hindrance(catching_up: CatchingUp) -> CatchUpHindrance | None:
    [found] = await catching_up.of("shop", actor=ANN)
    return found.hindrance


async def test_a_cluster_that_answers_again_gets_what_it_missed_and_the_others_are_left_alone(stage, catching_up):
    ended = await promoted_without(stage, "prod-us")
    writes = len(stage.writes("prod-eu"))
    [said] = await catching_up.of("shop", actor=ANN)
    assert (said.environment, said.clusters, said.hindrance) == ("Production", ("prod-us",), None)
    answers_again(stage, "prod-us")
    again = await caught_up(stage, catching_up, ended.id)
    assert (again.state, again.attempt) == (OperationState.SUCCEEDED, 2)
    assert web(stage, "prod-us") == image("web:2")
    assert len(stage.writes("prod-eu")) == writes
    assert [each.clusters for each in await stage.releases_of("Production")] == [("prod-eu", "prod-us")]
    assert await catching_up.of("shop", actor=ANN) == ()


async def test_the_timeline_says_why_it_was_tried_again_and_where(stage, catching_up):
    ended = await promoted_without(stage, "prod-us")
    answers_again(stage, "prod-us")
    await caught_up(stage, catching_up, ended.id)
    [retried] = [each for each in await stage.events_of(ended.id) if each.type is EventType.OPERATION_RETRIED]
    assert retried.data == {
        "by": "catch-up for command line",
        "attempt": 2,
        "cause": "catch-up",
        "clusters": ["prod-us"],
    }


async def test_while_the_cluster_does_not_answer_nothing_is_tried(stage, catching_up):
    ended = await promoted_without(stage, "prod-us")
    again = await caught_up(stage, catching_up, ended.id)
    assert again.attempt == 1


async def test_of_two_clusters_each_catches_up_when_it_answers(stage, catching_up):
    ended = await promoted_without(stage, "prod-eu", "prod-us")
    answers_again(stage, "prod-us")
    first = await caught_up(stage, catching_up, ended.id)
    assert {each.cluster_name: each.outcome for each in first.clusters} == {
        "prod-eu": Outcome.UNREACHABLE,
        "prod-us": Outcome.SUCCEEDED,
    }
    answers_again(stage, "prod-eu")
    second = await caught_up(stage, catching_up, ended.id)
    assert (second.state, second.attempt) == (OperationState.SUCCEEDED, 3)


async def test_a_cluster_that_was_away_during_a_rollback_catches_up_with_the_rollback(stage, catching_up):
    bad = await promoted_without(stage, "prod-us")
    back = await stage.rolling_back.start(
        "shop", "Production", RollbackRequest(operation=bad.id), actor=BY, idempotency=None
    )
    await stage.end_of(back.id)
    answers_again(stage, "prod-us")
    again = await caught_up(stage, catching_up, back.id)
    assert again.state is OperationState.SUCCEEDED  # though the rollback holds the place against automation
    assert (web(stage, "prod-eu"), web(stage, "prod-us")) == (image("web:1"), image("web:1"))
    assert (await stage.operations.stored(bad.id)).attempt == 1


async def test_a_cluster_that_has_the_bad_image_and_is_away_during_the_rollback_gives_it_up_later(stage, catching_up):
    bad = await promoted_without(stage)
    stage.sandbox.cut_off("prod-us")
    back = await stage.rolling_back.start(
        "shop", "Production", RollbackRequest(operation=bad.id), actor=BY, idempotency=None
    )
    await stage.end_of(back.id)
    answers_again(stage, "prod-us")
    await caught_up(stage, catching_up, back.id)
    assert (web(stage, "prod-eu"), web(stage, "prod-us")) == (image("web:1"), image("web:1"))


async def test_two_processes_retry_it_once(stage):
    ended = await promoted_without(stage, "prod-us")
    answers_again(stage, "prod-us")
    where = await place(stage)
    await asyncio.gather(*(catcher(stage).bring_level(where) for _ in range(4)))
    again = await stage.end_of(ended.id)
    assert again.attempt == 2


async def test_what_was_queued_by_a_process_that_died_is_not_queued_again(stage, catching_up, monkeypatch):
    ended = await promoted_without(stage, "prod-us")
    answers_again(stage, "prod-us")

    async def killed(*_: object, **__: object) -> None:
        raise asyncio.CancelledError

    with monkeypatch.context() as dying:
        dying.setattr(stage.operations, "pass_to_engine", killed)
        with pytest.raises(asyncio.CancelledError):
            await catching_up.bring_level(await place(stage))
    await catching_up.bring_level(await place(stage))
    found = await stage.operations.stored(ended.id)
    assert (found.state, found.attempt) == (OperationState.QUEUED, 2)
    await stage.engine.start(ended.id, attempt=2, waves=found.waves)  # as another engine does with what is queued
    again = await stage.end_of(ended.id)
    assert (again.state, again.attempt) == (OperationState.SUCCEEDED, 2)
    assert len(stage.writes("prod-us")) == 1


async def test_an_environment_can_switch_it_off(stage, catching_up):
    ended = await promoted_without(stage, "prod-us")
    async with stage.database.begin() as tx:
        found = await tx.environments.find("Production")
        await tx.environments.change(found.id, catch_up=False)
        assert await tx.missed_operations.answering(since=datetime.now(UTC) - CAUGHT_UP_FOR) == frozenset()
    answers_again(stage, "prod-us")
    assert await hindrance(catching_up) is CatchUpHindrance.SWITCHED_OFF
    assert (await caught_up(stage, catching_up, ended.id)).attempt == 1


async def test_a_hold_that_somebody_set_keeps_it_back_until_it_is_lifted(stage, catching_up):
    ended = await promoted_without(stage, "prod-us")
    answers_again(stage, "prod-us")
    async with stage.database.begin() as tx:
        found = await tx.app_environments.get(ended.app_environment_id)
        hold = await tx.holds.add(
            environment_id=found.environment.id,
            application_id=found.application.id,
            reason="quiet week",
            until=None,
            by=ANN.caller.ref,
            operation_id=None,
        )
    [said] = await catching_up.of("shop", actor=ANN)
    assert said.hindrance is CatchUpHindrance.GATE_CLOSED
    assert "quiet week" in said.sentence
    assert (await caught_up(stage, catching_up, ended.id)).attempt == 1
    async with stage.database.begin() as tx:
        await tx.holds.remove(hold.hold.id)
    assert (await caught_up(stage, catching_up, ended.id)).attempt == 2


async def test_whoever_lost_the_right_since_then_lets_nothing_catch_up(stage, catching_up, raw):
    ended = await promoted_without(stage, "prod-us")
    answers_again(stage, "prod-us")
    gone = ActorRef(kind=ActorKind.PERSON, id="00000000-0000-0000-0000-000000000000", name="gone")
    await raw(
        f"UPDATE operations SET actor = '{gone.name}', actor_kind = '{gone.kind}', actor_id = '{gone.id}' "
        f"WHERE id = '{ended.id}' RETURNING 1"
    )
    assert await hindrance(catching_up) is CatchUpHindrance.WITHOUT_RIGHT
    assert (await caught_up(stage, catching_up, ended.id)).attempt == 1


async def test_what_people_changed_there_meanwhile_is_not_overwritten(stage, catching_up):
    started = await stage.promoting.prepare("shop", TO_PRODUCTION, actor=BY)  # read while it answered
    stage.sandbox.cut_off("prod-us")
    operation = await stage.operations.start(started.new)
    await stage.end_of(operation.id)
    answers_again(stage, "prod-us")
    stage.set_image("prod-us", "web", "web", image("web:9"))
    again = await caught_up(stage, catching_up, operation.id)
    late = next(each for each in again.clusters if each.cluster_name == "prod-us")
    assert late.outcome is Outcome.FAILED
    assert web(stage, "prod-us") == image("web:9")
    assert await catching_up.of("shop", actor=ANN) == ()  # once: people look at it now


async def test_a_cluster_that_probes_do_not_reach_is_not_asked(stage):
    await promoted_without(stage, "prod-us")
    since = datetime.now(UTC) - timedelta(days=1)
    async with stage.database.begin() as tx:
        assert await tx.missed_operations.answering(since=since) == {await place(stage)}
        await tx.clusters.missed(stage.cluster_ids["prod-us"], reachability=Reachability.UNREACHABLE, error="away")
        assert await tx.missed_operations.answering(since=since) == frozenset()
        await tx.clusters.seen(stage.cluster_ids["prod-us"], server_version="v1.36.0")
        assert await tx.missed_operations.answering(since=since) == {await place(stage)}
        assert await tx.missed_operations.answering(since=datetime.now(UTC) + timedelta(days=1)) == frozenset()
