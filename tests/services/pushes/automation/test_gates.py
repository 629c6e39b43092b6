"""Automation waits at a closed gate and brings the newest afterwards; a person's roll-back sets a hold."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from domain.stored.requests import DeployRequest, RollbackRequest
from domain.words import OperationKind
from services.people.holding import Holding
from services.reading.permissions import Permissions
from tests.support.actors import ANN
from tests.support.image_push_stage import WEB, ImagePushStage
from tests.support.promotion_stage import digest


def holding(image_pushes: ImagePushStage) -> Holding:
    return Holding(image_pushes.database, Permissions(image_pushes.database))


async def test_while_held_pushes_wait_and_then_the_newest_alone_goes(image_pushes: ImagePushStage):
    await image_pushes.environment("Development", "staging-1")
    holds = holding(image_pushes)
    held = await holds.add(environment="Development", application="shop", reason="Look.", until=None, actor=ANN)
    async with image_pushes.worker():
        (first,) = await image_pushes.push("1.1.0")
        await image_pushes.until_verdict("Development", first, "pending")
        (second,) = await image_pushes.push("1.2.0")
        await image_pushes.until_verdict("Development", second, "pending")
        why = await image_pushes.images.why("shop", "Development", "1.2.0", actor=ANN, repository=None)
        none_yet = await image_pushes.operations()
        await holds.lift(held.hold.id, actor=ANN)
        (operation,) = await image_pushes.until_ended()
    assert (why.answer.code, none_yet) == ("gate-closed", ())
    assert "Look." in why.answer.sentence
    assert operation.state == "succeeded"
    assert image_pushes.runs("staging-1") == f"{WEB}:1.2.0@{digest('web:1.2.0')}"


async def test_a_hold_that_runs_out_by_itself_lets_the_newest_go(image_pushes: ImagePushStage):
    await image_pushes.environment("Development", "staging-1")
    holds, tomorrow = holding(image_pushes), datetime.now(UTC) + timedelta(days=1)
    await holds.add(environment="Development", application="shop", reason="Look.", until=tomorrow, actor=ANN)
    async with image_pushes.worker():
        (pushed,) = await image_pushes.push("1.1.0")
        await image_pushes.until_verdict("Development", pushed, "pending")
        none_yet = await image_pushes.operations()
        async with image_pushes.database.engine.begin() as connection:  # nobody is notified, as nobody lifts it
            await connection.execute(text("UPDATE holds SET until = now()"))
        (operation,) = await image_pushes.until_ended()
    assert (none_yet, operation.state) == ((), "succeeded")
    assert image_pushes.runs("staging-1") == f"{WEB}:1.1.0@{digest('web:1.1.0')}"
    assert await holds.list(ANN) == ()


async def test_a_roll_back_holds_automation_and_deploying_the_newest_lets_it_go(image_pushes: ImagePushStage):
    await image_pushes.environment("Development", "staging-1")
    async with image_pushes.worker():
        await image_pushes.push("1.1.0")
        (deployed,) = await image_pushes.until_ended()
        back = RollbackRequest(operation=deployed.id, reason="Payments fail")
        rolled_back = await image_pushes.stage.rolling_back.start(
            "shop", "Development", back, actor=ANN, idempotency=None
        )
        [hold] = await holding(image_pushes).list(ANN)
        await image_pushes.until_ended(2)
        (newer,) = await image_pushes.push("1.2.0")
        await image_pushes.until_verdict("Development", newer, "pending")
        assert image_pushes.runs("staging-1") == f"{WEB}:1.0.0"
        await image_pushes.deploying.start(
            "shop", "Development", DeployRequest(image=f"{WEB}:1.2.0"), actor=ANN, idempotency=None
        )
        *_, last = sorted(await image_pushes.until_ended(3), key=lambda each: each.id)
    assert (hold.hold.operation, hold.hold.reason) == (rolled_back.id, "ann requested a roll-back: Payments fail")
    assert (last.kind, last.actor) == (OperationKind.DEPLOY, "ann")
    assert await holding(image_pushes).list(ANN) == ()
