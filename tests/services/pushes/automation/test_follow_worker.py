"""The worker of environments that follow: when it looks, and that two of them promote once."""

import pytest

from domain.follows import FollowCode
from domain.words import DeployMode
from services.people.holding import Holding
from services.pushes.automation.follow_worker import FollowWorker
from services.reading.permissions import Permissions
from tests.support.actors import ANN
from tests.support.follow_stage import MINUTES, FollowStage, follow_stage, pinned
from tests.support.image_push_stage import ImagePushStage, until


@pytest.fixture
async def stage(image_pushes: ImagePushStage) -> FollowStage:
    stage = await follow_stage(image_pushes)
    await stage.release("1.1.0")
    return stage


async def until_standing(stage: FollowStage, worker: FollowWorker, code: FollowCode) -> None:
    async def there() -> bool | None:
        await worker.idle()
        follow = (await stage.target()).follow
        return (follow is not None and follow.standing is not None and follow.standing.code is code) or None

    await until(there)


async def test_it_promotes_when_the_time_has_come_that_the_last_look_named(stage: FollowStage):
    async with stage.worker() as worker:
        await until_standing(stage, worker, FollowCode.PROVING)
        stage.now = (await stage.standing()).due_at or stage.now
        await worker.idle()
        await stage.ended()
        await until_standing(stage, worker, FollowCode.UP_TO_DATE)
    assert stage.runs() == {pinned("1.1.0")}


async def test_it_looks_again_when_a_hold_is_lifted(stage: FollowStage):
    holds = Holding(stage.pushes.database, Permissions(stage.pushes.database))
    held = await holds.add(environment="Production", application="shop", reason="Look.", until=None, actor=ANN)
    await stage.look()
    await stage.later(MINUTES)
    async with stage.worker() as worker:
        await until_standing(stage, worker, FollowCode.GATE_CLOSED)
        await holds.lift(held.hold.id, actor=ANN)
        await stage.ended()


async def test_it_looks_when_an_environment_begins_to_follow(stage: FollowStage):
    await stage.pushes.applications.change_environment(
        "shop", "Production", {"deploy_mode": DeployMode.MANUAL}, actor=ANN
    )
    async with stage.worker() as worker:
        await worker.idle()
        await stage.follow(minutes=0)
        await stage.ended()


async def test_two_workers_promote_once(stage: FollowStage):
    await stage.look()
    stage.now = (await stage.standing()).due_at or stage.now
    async with stage.worker(), stage.worker():
        await stage.ended()
    async with stage.worker() as worker:
        await until_standing(stage, worker, FollowCode.UP_TO_DATE)
    assert len(await stage.pushes.operations()) == 1
