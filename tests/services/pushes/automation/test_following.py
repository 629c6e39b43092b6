"""Production follows Staging on practice clusters: what has proven itself there is promoted, once."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from db.app_environments import AppEnvironmentFields
from domain.actors import ActorKind
from domain.follows import FollowCode
from domain.notification_types import NotificationType
from domain.stored.requests import DeployRequest, RollbackRequest
from domain.stored.strategies import Amount, BySize, Remaining, Ring, Strategy
from domain.words import DeployMode, OperationState
from services.inventory.follow_settings import FollowRequest
from services.people.access import Access
from services.people.holding import Holding
from services.reading.permissions import Permissions
from tests.support.actors import ADMINISTRATOR, ANN
from tests.support.channels import make_channel, told
from tests.support.follow_stage import MINUTES, FollowStage, follow_stage, pinned
from tests.support.image_push_stage import WEB, ImagePushStage, until


@pytest.fixture
async def stage(image_pushes: ImagePushStage) -> FollowStage:
    return await follow_stage(image_pushes)


async def test_what_is_healthy_for_long_enough_is_promoted_once_by_its_digest(stage: FollowStage):
    await stage.release("1.1.0")
    first = await stage.look()
    proving = await stage.standing()
    early = await stage.later(MINUTES - 1)
    none_yet = await stage.pushes.operations()
    await stage.later(1)
    operation = await stage.ended()
    await stage.look()
    assert (proving.code, proving.due_at) == (FollowCode.PROVING, first.again_at)
    assert (early.again_at, none_yet) == (proving.due_at, ())
    assert (operation.state, operation.actor_kind, operation.actor) == (
        OperationState.SUCCEEDED,
        ActorKind.AUTOMATION,
        "follow",
    )
    assert operation.source_environment == "Staging"
    assert stage.runs() == {pinned("1.1.0")}
    assert (await stage.standing()).code is FollowCode.UP_TO_DATE
    assert len(await stage.pushes.operations()) == 1


async def test_it_is_promoted_by_the_rings_of_the_environment(stage: FollowStage):
    rings = Strategy(rings=(Ring(selector=BySize(size=Amount(value=1))), Ring(selector=Remaining())))
    async with stage.pushes.database.begin() as tx:
        await tx.environments.change((await stage.target()).environment.id, strategy=rings)
    await stage.proven("1.1.0")
    await stage.look()
    operation = await stage.ended()
    assert [(each.cluster_name, each.wave) for each in operation.clusters] == [("prod-eu", 0), ("prod-us", 1)]
    assert stage.runs() == {pinned("1.1.0")}


async def test_two_processes_promote_once(stage: FollowStage):
    await stage.proven("1.1.0")
    await asyncio.gather(*(stage.process().look(stage.target_id) for _ in range(4)))
    await stage.ended()
    await asyncio.gather(*(stage.process().look(stage.target_id) for _ in range(4)))
    assert len(await stage.pushes.operations()) == 1


async def test_a_process_that_decided_before_another_promoted_is_too_late(stage: FollowStage):
    await stage.proven("1.1.0")
    promoting = stage.pushes.stage.promoting
    late, prepare = stage.process(), promoting.prepare
    other = stage.process()

    async def slowly(*arguments: object, **more: object):
        prepared = await prepare(*arguments, **more)  # type: ignore[arg-type]  # as they came
        promoting.prepare = prepare  # type: ignore[method-assign]
        await other.look(stage.target_id)
        await stage.ended()
        return prepared

    promoting.prepare = slowly  # type: ignore[method-assign]
    looked = await late.look(stage.target_id)
    assert not looked.done
    assert len(await stage.pushes.operations()) == 1


async def test_a_restart_keeps_the_minutes(stage: FollowStage):
    await stage.release("1.1.0")
    await stage.process().look(stage.target_id)
    since = (await stage.standing()).healthy_since
    stage.now += timedelta(minutes=MINUTES)
    await stage.process().look(stage.target_id)
    assert since == stage.now - timedelta(minutes=MINUTES)
    await stage.ended()


async def test_a_cluster_of_the_source_that_is_away_keeps_the_minutes(stage: FollowStage):
    await stage.proven("1.1.0")
    faults = stage.pushes.stage.sandbox.faults("staging-1")
    faults.set({"unreachable": True})
    await stage.look()
    away = await stage.standing()
    faults.set({"unreachable": False})

    async def promoted() -> bool | None:
        stage.pushes.stage.pool.allow_probe(stage.pushes.stage.cluster_ids["staging-1"])
        await stage.look()
        return bool(await stage.pushes.operations()) or None

    await until(promoted)
    assert (away.code, away.healthy_since) == (FollowCode.SOURCE_UNKNOWN, stage.now - timedelta(minutes=MINUTES))
    await stage.ended()


async def test_what_is_unhealthy_for_a_moment_begins_anew(stage: FollowStage):
    await stage.release("1.1.0")
    await stage.look()
    stage.pushes.stage.set_image("staging-1", "web", "web", f"{WEB}:1.2.0-slow")
    await stage.later(5)
    unhealthy = await stage.standing()
    await stage.release("1.1.0")
    await stage.later(5)
    assert (unhealthy.code, unhealthy.healthy_since) == (FollowCode.SOURCE_UNHEALTHY, None)
    assert (await stage.standing()).due_at == stage.now + timedelta(minutes=MINUTES)
    assert await stage.pushes.operations() == ()


async def test_while_it_is_held_nothing_is_promoted(stage: FollowStage):
    holds = Holding(stage.pushes.database, Permissions(stage.pushes.database))
    held = await holds.add(environment="Production", application="shop", reason="Month end.", until=None, actor=ANN)
    await stage.proven("1.1.0")
    await stage.look()
    standing, none_yet = await stage.standing(), await stage.pushes.operations()
    await holds.lift(held.hold.id, actor=ANN)
    await stage.look()
    assert (standing.code, none_yet) == (FollowCode.GATE_CLOSED, ())
    assert "Month end." in standing.detail
    await stage.ended()
    assert stage.runs() == {pinned("1.1.0")}


async def test_a_hold_that_runs_out_by_itself_keeps_nothing_back(stage: FollowStage):
    holds = Holding(stage.pushes.database, Permissions(stage.pushes.database))
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    await holds.add(environment="Production", application="shop", reason="Month end.", until=tomorrow, actor=ANN)
    await stage.proven("1.1.0")
    await stage.look()
    standing, none_yet = await stage.standing(), await stage.pushes.operations()
    async with stage.pushes.database.engine.begin() as connection:
        await connection.execute(text("UPDATE holds SET until = now()"))
    await stage.look()
    assert (standing.code, none_yet) == (FollowCode.GATE_CLOSED, ())
    await stage.ended()
    assert stage.runs() == {pinned("1.1.0")}


async def test_what_was_rolled_back_never_returns_and_the_next_version_comes(stage: FollowStage):
    await stage.proven("1.1.0")
    await stage.look()
    promoted = await stage.ended()
    back = RollbackRequest(operation=promoted.id, reason="Payments fail")
    await stage.pushes.stage.rolling_back.start("shop", "Production", back, actor=ANN, idempotency=None)
    await stage.ended(2)
    holds = Holding(stage.pushes.database, Permissions(stage.pushes.database))
    for each in await holds.list(ANN):
        await holds.lift(each.hold.id, actor=ANN)
    await stage.follow()
    await stage.later(MINUTES)
    await stage.later(24 * 60)
    standing = await stage.standing()
    assert (standing.code, stage.runs()) == (FollowCode.ROLLED_BACK, {f"{WEB}:1.0.0"})
    assert "web 1.1.0" in standing.detail
    await stage.proven("1.2.0")
    await stage.look()
    await stage.ended(3)
    assert stage.runs() == {pinned("1.2.0")}


async def test_what_a_person_deployed_there_by_hand_stays(stage: FollowStage):
    await stage.proven("1.1.0")
    await stage.look()
    await stage.ended()
    hotfix = DeployRequest(image=f"{WEB}:1.0.9")
    await stage.pushes.deploying.start("shop", "Production", hotfix, actor=ANN, idempotency=None)
    await stage.ended(2)
    await stage.later(MINUTES)
    assert (await stage.standing()).code is FollowCode.REPLACED


async def test_a_failed_promotion_is_not_repeated_until_the_setting_is_saved_again(stage: FollowStage):
    faults = stage.pushes.stage.sandbox.faults("prod-eu")
    await stage.proven("1.1.0")
    faults.set({"failures": [{"methods": ["PATCH"], "status": 403, "path": "deployments"}]})
    await stage.look()
    failed = await stage.ended()
    faults.set({"failures": []})
    await stage.later(MINUTES)
    standing, count = await stage.standing(), len(await stage.pushes.operations())
    stage.now += timedelta(minutes=1)
    await stage.follow()
    await stage.look()
    again = await stage.ended(2)
    assert (failed.state, count) == (OperationState.FAILED, 1)
    assert (standing.code, standing.operation) == (FollowCode.FAILED, failed.id)
    assert again.state is OperationState.SUCCEEDED


async def test_what_the_plan_blocks_is_said_and_told_once_and_tried_again(stage: FollowStage):
    channel = await make_channel(stage.pushes.database, events=[NotificationType.AUTOMATION_BLOCKED])
    await stage.proven("1.1.0")
    cluster = stage.pushes.stage.sandbox.cluster("prod-eu")
    paused = stage.pushes.stage.object("prod-eu", "Deployment", "web")
    paused["spec"]["paused"] = True
    cluster.update(paused, manager="kubectl")
    blocked = await stage.look()
    standing = await stage.standing()
    await stage.look()
    (notification,) = await told(stage.pushes.database, channel)
    resumed = stage.pushes.stage.object("prod-eu", "Deployment", "web")
    resumed["spec"]["paused"] = False
    cluster.update(resumed, manager="kubectl")
    await stage.look()
    assert (blocked.done, standing.code) == (False, FollowCode.PLAN_BLOCKED)
    assert "prod-eu" in standing.detail
    assert (notification.code, notification.source_environment) == ("rollout-paused", "Staging")
    assert "prod-eu" in notification.detail
    await stage.ended()


async def test_who_switched_it_on_has_to_have_the_right_at_that_moment(stage: FollowStage):
    await stage.proven("1.1.0")
    await Access(stage.pushes.database).revoke(stage.by.caller.ref.id, caller=ADMINISTRATOR.caller)
    await stage.look()
    standing = await stage.standing()
    assert (standing.code, await stage.pushes.operations()) == (FollowCode.WITHOUT_RIGHT, ())
    assert "'ada'" in standing.detail
    await stage.follow(by=(await stage.pushes.token("bob", stage.by.holdings.bindings[0].role))[1])
    await stage.look()
    await stage.ended()


async def test_a_source_that_changes_while_the_promotion_is_planned_is_not_promoted(stage: FollowStage):
    await stage.proven("1.1.0")
    promoting = stage.pushes.stage.promoting
    prepare = promoting.prepare

    async def meanwhile(*arguments: object, **more: object):
        await stage.release("1.2.0")
        return await prepare(*arguments, **more)  # type: ignore[arg-type]  # as they came

    promoting.prepare = meanwhile  # type: ignore[method-assign]
    looked = await stage.look()
    assert (looked.done, await stage.pushes.operations()) == (False, ())


async def test_switched_to_manual_nothing_is_promoted_and_nothing_is_kept(stage: FollowStage):
    await stage.proven("1.1.0")
    manual: AppEnvironmentFields = {"deploy_mode": DeployMode.MANUAL}
    now = await stage.pushes.applications.change_environment("shop", "Production", manual, actor=ANN)
    await stage.look()
    assert (now.deploy_mode, now.follow, await stage.pushes.operations()) == (DeployMode.MANUAL, None, ())


async def test_what_an_environment_took_over_has_to_prove_itself_there_before_the_next_one_follows(stage: FollowStage):
    await stage.pushes.environment("Development", "staging-2", mode=DeployMode.MANUAL)
    terms = FollowRequest(environment="Development", healthy_minutes=0, checks=())
    await stage.pushes.applications.change_environment(
        "shop", "Staging", {"deploy_mode": DeployMode.FOLLOW}, follow=terms, actor=stage.by
    )
    async with stage.pushes.database.read() as tx:
        follower = await tx.app_environments.find("shop", "Staging")
    assert follower is not None
    assert follower.id is not None
    await stage.look()
    stage.pushes.stage.set_image("staging-2", "web", "web", f"{WEB}:1.1.0")
    await stage.pushes.stage.until_rolled_out("staging-2", "Deployment", "web")
    await stage.process().look(follower.id)
    await stage.ended()
    proving = await stage.later(MINUTES + 1)
    none_yet = stage.runs()
    assert (await stage.standing()).code is FollowCode.PROVING
    assert proving.again_at is not None
    await stage.later(MINUTES)
    await stage.ended(2)
    assert (none_yet, stage.runs()) == ({f"{WEB}:1.0.0"}, {pinned("1.1.0")})
