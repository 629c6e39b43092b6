"""Ready image pushes are judged in the order of their numbers, and waiting ones again after an operation."""

from domain.stored.requests import PromotionRequest
from domain.words import DeployMode
from services.pushes.automation.index_backfill import IndexBackfill
from services.pushes.automation.ready_pushes import ReadyPushes
from services.pushes.codes import AS_REPORTED
from tests.support.actors import ANN
from tests.support.image_push_stage import LIMITS
from tests.support.live_stage import unread
from tests.support.promotion_stage import image


async def _ready(image_pushes, *tags, **pushed):
    """Pushes that are ready to be judged, in app environments that are indexed."""
    await IndexBackfill(image_pushes.database, image_pushes.stage.pool, LIMITS, unread(image_pushes.database)).fill()
    pushes = await image_pushes.push(*tags, **pushed)
    async with image_pushes.database.begin() as tx:
        await tx.lookups.unresolved(pushes, code=AS_REPORTED, reason=None)
    return pushes


async def test_a_push_of_a_repository_that_does_not_run_is_unmatched(image_pushes):
    await image_pushes.environment("Development", "staging-1")
    async with image_pushes.worker():
        (push,) = await image_pushes.push("9.9.9", repository="registry.example/other/thing")
        await image_pushes.until_state(push, "decided")
        asked = await image_pushes.images.why(
            "shop", "Development", "9.9.9", repository="registry.example/other/thing", actor=ANN
        )
    assert asked.answer.code == "unmatched"


async def test_an_offer_that_came_by_a_promotion_is_none_any_more(image_pushes):
    await image_pushes.environment(
        "Development", "staging-2", mode=DeployMode.MANUAL, image=image("web:1.1.0", pinned=True)
    )
    await image_pushes.environment("Staging", "staging-1", mode=DeployMode.MANUAL)
    async with image_pushes.worker():
        (push,) = await image_pushes.push("1.1.0")
        await image_pushes.until_verdict("Staging", push, "offered")
        request = PromotionRequest(source_environment="Development", target_environment="Staging")
        await image_pushes.stage.promoting.start("shop", request, actor=ANN, idempotency=None)
        await image_pushes.until_verdict("Staging", push, "unchanged")


async def test_without_a_ready_push_there_is_nothing_to_judge(image_pushes):
    await image_pushes.push("1.1.0")  # its tag is not resolved yet
    assert not await ReadyPushes(image_pushes.database).judge()


async def test_of_pushes_that_are_ready_together_the_newest_counts(image_pushes):
    await image_pushes.environment("Staging", "staging-1", mode=DeployMode.MANUAL)
    old, new = await _ready(image_pushes, "1.1.0", "1.2.0")
    assert await ReadyPushes(image_pushes.database).judge()
    verdicts = [await image_pushes.verdict("Staging", push) for push in (old, new)]
    assert [each.verdict for each in verdicts] == ["superseded", "offered"]
    assert verdicts[0].by_push == new


async def test_a_push_is_judged_once(image_pushes):
    await image_pushes.environment("Staging", "staging-1", mode=DeployMode.MANUAL)
    (push,) = await _ready(image_pushes, "1.1.0")
    ready_pushes = ReadyPushes(image_pushes.database)
    assert [await ready_pushes.judge(), await ready_pushes.judge()] == [True, False]
    assert (await image_pushes.image_push(push)).state == "decided"


async def test_a_push_is_judged_in_every_app_environment_that_runs_its_repository(image_pushes):
    await image_pushes.environment("Development", "staging-1", mode=DeployMode.AUTO)
    await image_pushes.environment("Staging", "staging-2", mode=DeployMode.MANUAL)
    (push,) = await _ready(image_pushes, "1.1.0")
    await ReadyPushes(image_pushes.database).judge()
    verdicts = [await image_pushes.verdict(name, push) for name in ("Development", "Staging")]
    assert [each.verdict for each in verdicts] == ["pending", "offered"]
