"""An operation whose process is killed ends like an undisturbed one, and nothing is written afterwards."""

from collections import Counter

from tests.support.crash_stage import at, moment

PRODUCTION = ("prod-eu", "prod-us")


async def test_a_killed_import_ends_the_same_when_the_process_restarts(stage):
    await stage.caller.end_of(await stage.caller.start_import("Staging"))
    stage.slow_down(*PRODUCTION)
    operation = await stage.caller.start_import("Production")
    await stage.until_written("prod-eu", 5)
    await stage.process.kill()
    written = len(stage.writes(*PRODUCTION))
    await stage.process.start()
    ended = await stage.caller.end_of(operation)
    events = await stage.caller.events_of(operation)
    assert ended["state"] == "succeeded", ended
    assert written < len(stage.writes(*PRODUCTION)), "it was killed too late to show anything"
    assert stage.content("prod-eu") == stage.content("prod-us") == stage.content("staging-1")
    assert [each["type"] for each in events].count("operation.resumed") == 1


async def test_a_killed_promotion_ends_the_same_when_the_process_restarts(stage):
    await stage.ready_to_promote()
    await stage.caller.end_of(await stage.caller.start_promotion("Staging"))
    stage.slow_down(*PRODUCTION)
    operation = await stage.caller.start_promotion("Production")
    await stage.until_written("prod-eu", 1)
    await stage.process.kill()
    await stage.process.start()
    ended = await stage.caller.end_of(operation)
    release = (await stage.caller.get("/applications/shop/environments/Production/releases"))["items"][0]
    assert ended["state"] == "succeeded", ended
    assert stage.images("prod-eu") == stage.images("prod-us") == stage.images("staging-1")
    assert stage.new_image in str(stage.images("prod-eu"))
    assert (release["operation_id"], release["clusters"]) == (operation, list(PRODUCTION))


async def test_another_process_takes_a_killed_one_s_import_over_and_writes_nothing_after_its_end(stage):
    await stage.caller.end_of(await stage.caller.start_import("Staging"))
    stage.slow_down(*PRODUCTION)
    async with stage.another_process() as other, at(other) as here:
        operation = await stage.caller.start_import("Production")
        await stage.until_written("prod-eu", 5)
        await stage.process.kill()
        written = len(stage.writes("prod-eu"))
        ended = await here.end_of(operation)
        await stage.until_quiet(*PRODUCTION)
    assert ended["state"] == "succeeded", ended
    assert written < len(stage.writes("prod-eu")), "it was killed too late to show anything"
    assert stage.content("prod-eu") == stage.content("prod-us") == stage.content("staging-1")
    # An object whose write the dead process did not record is written once more, and none more often.
    assert max(Counter(each.path for each in stage.writes("prod-eu")).values()) <= 2
    end = moment(ended["ended_at"])
    assert [each for each in stage.writes(*PRODUCTION) if moment(each.time) > end] == []


async def test_another_process_takes_a_killed_one_s_promotion_over(stage):
    await stage.ready_to_promote()
    stage.slow_down(*PRODUCTION)
    async with stage.another_process() as other, at(other) as here:
        operation = await stage.caller.start_promotion("Production")
        await stage.until_written("prod-eu", 1)
        await stage.process.kill()
        ended = await here.end_of(operation)
    assert ended["state"] == "succeeded", ended
    assert stage.images("prod-eu") == stage.images("prod-us")
    assert stage.new_image in str(stage.images("prod-us"))


async def test_the_operation_of_a_living_process_is_not_taken_over(stage):
    # Slow enough for several looks of the second process at the first one's work.
    stage.slow_down(*PRODUCTION, milliseconds=500)
    async with stage.another_process():
        ended = await stage.caller.end_of(await stage.caller.start_import("Production"))
    assert ended["state"] == "succeeded", ended
    for cluster in PRODUCTION:
        assert set(Counter(each.path for each in stage.writes(cluster)).values()) == {1}


async def test_a_cancelled_import_reports_what_stays_and_stops_writing(stage):
    stage.slow_down(*PRODUCTION, milliseconds=200)
    operation = await stage.caller.start_import("Production")
    await stage.until_written("prod-eu", 3)
    await stage.caller.post(f"/operations/{operation}/cancel")
    ended = await stage.caller.end_of(operation)
    written = len(stage.writes(*PRODUCTION))
    await stage.until_quiet(*PRODUCTION)
    assert ended["state"] == "cancelled", ended
    assert [(each["outcome"], each["code"]) for each in ended["clusters"]] == [("failed", "cancelled")] * 2
    assert all("stay" in each["detail"] for each in ended["clusters"])
    assert len(stage.writes(*PRODUCTION)) == written


async def test_a_cancelled_promotion_is_undone_on_every_changed_cluster_if_that_is_the_policy(stage):
    await stage.ready_to_promote(image=stage.slow_image)
    former = stage.images("prod-eu")
    operation = await stage.caller.start_promotion("Production", on_failure="roll-back")
    await stage.until_written("prod-eu", 1)
    await stage.until_written("prod-us", 1)
    await stage.caller.post(f"/operations/{operation}/cancel")
    ended = await stage.caller.end_of(operation)
    assert ended["state"] == "cancelled", ended
    assert [(each["outcome"], each["code"]) for each in ended["clusters"]] == [("rolled-back", "cancelled")] * 2
    assert stage.images("prod-eu") == stage.images("prod-us") == former


async def test_a_cancelled_promotion_stays_where_that_is_the_policy(stage):
    await stage.ready_to_promote(image=stage.slow_image)
    operation = await stage.caller.start_promotion("Production", on_failure="stay")
    await stage.until_written("prod-eu", 1)
    await stage.until_written("prod-us", 1)
    await stage.caller.post(f"/operations/{operation}/cancel")
    ended = await stage.caller.end_of(operation)
    assert ended["state"] == "cancelled", ended
    assert [(each["outcome"], each["code"]) for each in ended["clusters"]] == [("failed", "cancelled")] * 2
    assert stage.slow_image in str(stage.images("prod-eu"))


async def test_a_cancellation_that_was_requested_before_the_kill_is_executed(stage):
    await stage.ready_to_promote(image=stage.slow_image)
    former = stage.images("prod-eu")
    stage.slow_down(*PRODUCTION)
    operation = await stage.caller.start_promotion("Production", on_failure="roll-back")
    await stage.until_written("prod-eu", 1)
    await stage.caller.post(f"/operations/{operation}/cancel")
    await stage.process.kill()
    await stage.process.start()
    ended = await stage.caller.end_of(operation)
    assert ended["state"] == "cancelled", ended
    assert stage.images("prod-eu") == stage.images("prod-us") == former


async def test_an_operation_that_a_stop_paused_is_still_paused_after_a_kill_and_goes_on_when_a_person_says_so(stage):
    await stage.ready_to_promote()
    await stage.caller.end_of(await stage.caller.start_promotion("Staging"))
    stage.slow_down(*PRODUCTION)
    operation = await stage.caller.start_promotion("Production", waves=[["prod-eu"], ["prod-us"]])
    await stage.until_written("prod-eu", 1)
    stop = await stage.caller.post("/stops", {"environment": "Production", "reason": "Look first."})
    paused = await stage.caller.until_paused(operation)
    written = len(stage.writes(*PRODUCTION))
    await stage.process.kill()
    await stage.process.start()
    resumed = await stage.caller.until_paused(operation)
    await stage.caller.delete(f"/stops/{stop['id']}")
    assert (await stage.caller.get(f"/operations/{operation}"))["pause"] == paused["pause"] == resumed["pause"]
    assert len(stage.writes(*PRODUCTION)) == written
    await stage.caller.post(f"/operations/{operation}/continue")
    ended = await stage.caller.end_of(operation)
    assert ended["state"] == "succeeded", ended
    assert stage.images("prod-eu") == stage.images("prod-us") == stage.images("staging-1")


async def test_a_killed_promotion_set_ends_the_same_when_the_process_restarts(stage):
    await stage.ready_to_promote()
    await stage.caller.end_of(await stage.caller.start_promotion("Staging"))
    stage.slow_down(*PRODUCTION)
    order = {"source_environment": "Staging", "target_environment": "Production", "applications": ["shop"]}
    started = await stage.caller.post("/promotion-sets", order)
    await stage.until_written("prod-eu", 1)
    await stage.process.kill()
    await stage.process.start()
    ended = await stage.caller.end_of_set(started["id"])
    await stage.until_quiet(*PRODUCTION)
    assert ended["state"] == "succeeded", ended
    assert stage.images("prod-eu") == stage.images("prod-us") == stage.images("staging-1")
    assert ended["members"][0]["release"] is not None
    end = moment(ended["ended_at"])
    assert [each for each in stage.writes(*PRODUCTION) if moment(each.time) > end] == []
