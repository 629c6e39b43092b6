"""A process that loses its life lock, or is frozen until another process takes over, writes nothing afterwards."""

import os
from collections import Counter

from tests.support.crash_stage import at, moment

PRODUCTION = ("prod-eu", "prod-us")
REQUESTS_AT_ONCE = 8  # to one cluster


async def test_a_lost_lock_is_regained_and_the_operation_goes_on_once(stage):
    stage.slow_down(*PRODUCTION, milliseconds=300)
    operation = await stage.caller.start_import("Production")
    await stage.until_written("prod-eu", 2)
    await stage.process.lose_lock_connection()
    ended = await stage.caller.end_of(operation)
    events = await stage.caller.events_of(operation)
    assert ended["state"] == "succeeded", ended
    for cluster in PRODUCTION:
        assert set(Counter(each.path for each in stage.writes(cluster)).values()) == {1}
    assert "operation.resumed" not in [each["type"] for each in events]


async def test_a_frozen_process_that_was_taken_for_dead_ends_when_it_wakes_up_and_adds_nothing(stage):
    await stage.caller.end_of(await stage.caller.start_import("Staging"))
    stage.slow_down(*PRODUCTION)
    operation = await stage.caller.start_import("Production")
    await stage.until_written("prod-eu", 5)
    stage.process.freeze()
    await stage.process.lose_lock_connection()
    async with stage.another_process() as other, at(other) as here:
        ended = await here.end_of(operation)
        await stage.until_quiet(*PRODUCTION)
        content = [stage.content(cluster) for cluster in PRODUCTION]
        stage.process.thaw()
        exit_code = await stage.process.exit_code()
        again = await here.get(f"/operations/{operation}")
    end = moment(ended["ended_at"])
    late = {cluster: [each for each in stage.writes(cluster) if moment(each.time) > end] for cluster in PRODUCTION}
    assert ended["state"] == "succeeded", ended
    assert again == ended
    assert [stage.content(cluster) for cluster in PRODUCTION] == content
    assert content[0] == content[1] == stage.content("staging-1")
    # It ends as soon as it finds that others have its work; what it was sending just then cannot be called back.
    assert exit_code == os.EX_TEMPFAIL
    for cluster in PRODUCTION:
        assert len(late[cluster]) <= REQUESTS_AT_ONCE
