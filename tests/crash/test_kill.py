"""Killed in the middle, an operation comes to the same end as an undisturbed one, and nothing is written after it."""

import asyncio
from collections import Counter

from tests.crash.conftest import at, moment

PRODUCTION = ("prod-eu", "prod-us")


async def test_a_killed_import_comes_to_the_same_end_when_the_process_comes_back(stage):
    stage.slow_down(*PRODUCTION)
    process = stage.process()
    async with process, at(process) as caller:
        await caller.end_of(await caller.start_import("Staging"))
        operation = await caller.start_import("Production")
        await stage.until_written("prod-eu", 5)
        await process.kill()
        written = len(stage.writes(*PRODUCTION))
        await process.start()
        ended = await caller.end_of(operation)
        events = await caller.events_of(operation)
    assert ended["state"] == "succeeded", ended
    assert written < len(stage.writes(*PRODUCTION)), "it was killed too late to show anything"
    assert stage.content("prod-eu") == stage.content("prod-us") == stage.content("staging-1")
    assert [each["type"] for each in events].count("operation.resumed") == 1


async def test_a_killed_promotion_comes_to_the_same_end_when_the_process_comes_back(stage):
    process = stage.process()
    async with process, at(process) as caller:
        await stage.ready_to_promote(caller)
        await caller.end_of(await caller.start_promotion("Staging"))
        stage.slow_down(*PRODUCTION)
        operation = await caller.start_promotion("Production")
        await stage.until_written("prod-eu", 1)
        await process.kill()
        await process.start()
        ended = await caller.end_of(operation)
        release = (await caller.get("/applications/shop/environments/Production/releases"))["items"][0]
    assert ended["state"] == "succeeded", ended
    assert stage.images("prod-eu") == stage.images("prod-us") == stage.images("staging-1")
    assert stage.new_image in str(stage.images("prod-eu"))
    assert (release["operation_id"], release["clusters"]) == (operation, list(PRODUCTION))


async def test_another_process_takes_the_work_of_a_killed_one_over(stage):
    stage.slow_down(*PRODUCTION)
    async with stage.process() as first, stage.process() as second, at(first) as there, at(second) as here:
        await there.end_of(await there.start_import("Staging"))
        operation = await there.start_import("Production")
        await stage.until_written("prod-eu", 5)
        await first.kill()
        written = Counter(each.path for each in stage.writes("prod-eu"))
        ended = await here.end_of(operation)
    assert ended["state"] == "succeeded", ended
    assert stage.content("prod-eu") == stage.content("staging-1")
    again = [each.path for each in stage.writes("prod-eu") if each.status < 400]
    assert [path for path, count in Counter(again).items() if count > 2] == []
    assert len(again) > sum(written.values()), "it was killed too late to show anything"


async def test_another_process_takes_a_promotion_over(stage):
    async with stage.process() as first, stage.process() as second, at(first) as there, at(second) as here:
        await stage.ready_to_promote(there)
        stage.slow_down(*PRODUCTION)
        operation = await there.start_promotion("Production")
        await stage.until_written("prod-eu", 1)
        await first.kill()
        ended = await here.end_of(operation)
    assert ended["state"] == "succeeded", ended
    assert stage.images("prod-eu") == stage.images("prod-us")
    assert stage.new_image in str(stage.images("prod-us"))


async def test_the_work_of_a_living_process_is_left_to_it(stage):
    # Slow enough for several looks of the second process at the first one's work.
    stage.slow_down(*PRODUCTION, milliseconds=500)
    async with stage.process() as first, stage.process(), at(first) as caller:
        operation = await caller.start_import("Production")
        ended = await caller.end_of(operation)
    assert ended["state"] == "succeeded", ended
    for cluster in PRODUCTION:
        assert set(Counter(each.path for each in stage.writes(cluster)).values()) == {1}


async def test_nothing_is_written_after_the_end(stage):
    stage.slow_down(*PRODUCTION)
    async with stage.process() as first, stage.process() as second, at(first) as there, at(second) as here:
        operation = await there.start_import("Production")
        await stage.until_written("prod-us", 3)
        await first.kill()
        ended = await here.end_of(operation)
        await asyncio.sleep(3)  # time enough for a look of the takeover, and for any straggler
    end = moment(ended["ended_at"])
    assert [each for each in stage.writes(*PRODUCTION) if moment(each.time) > end] == []


async def test_a_cancelled_import_says_what_stays(stage):
    stage.slow_down(*PRODUCTION)
    async with stage.process() as process, at(process) as caller:
        operation = await caller.start_import("Production")
        await stage.until_written("prod-eu", 3)
        await caller.post(f"/operations/{operation}/cancel")
        ended = await caller.end_of(operation)
        written = len(stage.writes(*PRODUCTION))
        await asyncio.sleep(1)
    assert ended["state"] == "cancelled", ended
    assert {each["outcome"] for each in ended["clusters"]} == {"failed"}
    assert all("stay" in each["detail"] for each in ended["clusters"])
    assert len(stage.writes(*PRODUCTION)) == written


async def test_a_cancelled_promotion_goes_back_on_every_changed_cluster_if_that_is_the_policy(stage):
    async with stage.process() as process, at(process) as caller:
        await stage.ready_to_promote(caller, image=stage.slow_image)
        former = stage.images("prod-eu")
        operation = await caller.start_promotion("Production", on_failure="roll-back")
        await stage.until_written("prod-eu", 1)
        await stage.until_written("prod-us", 1)
        await caller.post(f"/operations/{operation}/cancel")
        ended = await caller.end_of(operation)
    assert ended["state"] == "cancelled", ended
    assert [each["outcome"] for each in ended["clusters"]] == ["rolled-back", "rolled-back"]
    assert stage.images("prod-eu") == stage.images("prod-us") == former


async def test_a_cancelled_promotion_stays_where_that_is_the_policy(stage):
    async with stage.process() as process, at(process) as caller:
        await stage.ready_to_promote(caller, image=stage.slow_image)
        operation = await caller.start_promotion("Production", on_failure="stay")
        await stage.until_written("prod-eu", 1)
        await stage.until_written("prod-us", 1)
        await caller.post(f"/operations/{operation}/cancel")
        ended = await caller.end_of(operation)
    assert ended["state"] == "cancelled", ended
    assert [(each["outcome"], each["code"]) for each in ended["clusters"]] == [("failed", "cancelled")] * 2
    assert stage.slow_image in str(stage.images("prod-eu"))


async def test_a_cancellation_that_was_asked_for_before_the_kill_still_counts(stage):
    process = stage.process()
    async with process, at(process) as caller:
        await stage.ready_to_promote(caller, image=stage.slow_image)
        former = stage.images("prod-eu")
        stage.slow_down(*PRODUCTION)
        operation = await caller.start_promotion("Production", on_failure="roll-back")
        await stage.until_written("prod-eu", 1)
        await asyncio.gather(caller.post(f"/operations/{operation}/cancel"))
        await process.kill()
        await process.start()
        ended = await caller.end_of(operation)
    assert ended["state"] == "cancelled", ended
    assert stage.images("prod-eu") == former
