"""The feed of changes keeps what changed, tells each viewer its own, and knows when it does not know."""

import asyncio

import pytest

from domain.changed_rows import KnownPlaces
from domain.rights import EVERYWHERE, Scope
from services.planning.live.change_events import Viewer
from services.reading import change_feed
from services.reading.change_feed import Position
from tests.support.change_feeds import KNOWN, SEES_SHOP, SEES_STORE, SHOP, STAGING, STORE, FeedStage, changes


def told(stage: FeedStage, position: Position | None, seen: tuple[Scope, ...]) -> list[str] | None:
    found = stage.feed.after(position, Viewer(seen=seen))
    return None if found is None else [each for _, data in found for each in changes(data)]


async def test_each_viewer_is_told_what_it_sees_alone():
    stage = await FeedStage().connected()
    before = stage.feed.now()
    await stage.change("shop-place")
    await stage.change("store-place")
    assert told(stage, before, SEES_SHOP) == ["operation shop Staging"]
    assert told(stage, before, SEES_STORE) == ["operation store Staging"]
    assert told(stage, before, (EVERYWHERE,)) == ["operation shop Staging", "operation store Staging"]
    assert told(stage, before, ()) == []
    assert told(stage, stage.feed.now(), (EVERYWHERE,)) == []


async def test_a_change_is_encoded_once_for_all_who_see_the_same():
    stage = await FeedStage().connected()
    before = stage.feed.now()
    await stage.change("shop-place")
    for _ in range(50):
        assert told(stage, before, SEES_SHOP) == ["operation shop Staging"]
        assert told(stage, before, SEES_STORE) == []
    assert stage.encoded == 1


async def test_a_person_s_own_is_told_to_that_person_and_the_rest_is_encoded_once_for_all_others():
    stage = await FeedStage().connected()
    before = stage.feed.now()
    stage.seconds += 0.1
    stage.feed.rows.hear("tokens ann -")
    stage.feed.rows.hear("operations shop-place op")
    await stage.feed.tell()
    for each in ("ann", "ben", "cem", "dan"):
        found = stage.feed.after(before, Viewer(seen=SEES_SHOP, own=frozenset({each})))
        assert found is not None
        expected = ["operation shop Staging"]
        assert [changes(data) for _, data in found] == [["token - -", *expected] if each == "ann" else expected]
    assert stage.encoded == 2


async def test_what_changes_together_is_one_batch_and_told_once():
    stage = await FeedStage().connected()
    before = stage.feed.now()
    for _ in range(3):
        stage.feed.rows.hear("operations shop-place op")
    stage.feed.rows.hear("holds staging-id - h")
    stage.feed.overviews_changed([(SHOP.id, STAGING.id)])
    await stage.feed.tell()
    found = stage.feed.after(before, Viewer(seen=SEES_SHOP))
    assert found is not None
    assert [changes(data) for _, data in found] == [
        ["operation shop Staging", "hold - Staging", "overview shop Staging"]
    ]


async def test_the_position_tells_nothing_of_changes_that_are_not_seen():
    quiet, busy = await FeedStage().connected(), await FeedStage().connected()
    for _ in range(5):
        await busy.change("store-place")
        quiet.seconds += 0.1
    assert quiet.feed.now().at == busy.feed.now().at
    assert quiet.feed.now().at > 0


async def test_a_position_of_another_process_or_of_the_future_or_too_old_is_not_known(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(change_feed, "_KEPT", 3)
    stage = await FeedStage().connected()
    first = stage.feed.now()
    for _ in range(3):
        await stage.change("shop-place")
    assert told(stage, first, SEES_SHOP) == ["operation shop Staging"] * 3
    await stage.change("shop-place")
    for position in (first, None, Position(boot="other", at=first.at), Position(boot=first.boot, at=10**9)):
        assert told(stage, position, SEES_SHOP) is None


async def test_a_storm_of_changes_shortens_how_long_they_are_kept(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(change_feed, "_KEPT_EVENTS", 6)
    stage = await FeedStage().connected()
    first = stage.feed.now()
    for number in range(4):
        before = stage.feed.now()
        stage.feed.rows.hear(f"operations shop-place a{number}")
        stage.feed.rows.hear(f"operations shop-place b{number}")
        await stage.change("shop-place", f"c{number}")
        assert told(stage, before, SEES_SHOP) == ["operation shop Staging"] * 3
    assert told(stage, first, SEES_SHOP) is None
    assert sum(len(batch.events) for batch in stage.feed._batches) == 6


async def test_what_was_encoded_is_kept_of_the_latest_changes_alone(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(change_feed, "_KEPT_ENCODED", 1)
    stage = await FeedStage().connected()
    before = stage.feed.now()
    for _ in range(2):
        await stage.change("shop-place")
        told(stage, before, SEES_SHOP)
    await stage.change("shop-place")
    assert [len(batch.encoded) for batch in stage.feed._batches] == [1, 0, 0]
    assert told(stage, before, SEES_SHOP) == ["operation shop Staging"] * 3


async def test_a_position_that_was_given_comes_before_every_later_change():
    stage = await FeedStage().connected()
    given = stage.feed.now()
    stage.feed.rows.hear("operations shop-place op")
    await stage.feed.tell()  # in the same millisecond
    assert told(stage, given, SEES_SHOP) == ["operation shop Staging"]


async def test_after_a_lost_connection_nobody_is_told_that_nothing_changed():
    stage = await FeedStage().connected()
    before = stage.feed.now()
    stage.feed.rows.end()
    assert not stage.feed.stands
    stage.feed.rows.begin()
    assert not stage.feed.stands
    await stage.feed.tell()
    assert (stage.feed.stands, told(stage, before, SEES_SHOP)) == (True, None)
    assert told(stage, stage.feed.now(), SEES_SHOP) == []


async def test_places_are_read_again_only_when_they_change():
    stage = await FeedStage().connected()
    for _ in range(3):
        await stage.change("shop-place")
    assert stage.database.reads == 1
    before = stage.feed.now()
    stage.database.known = KnownPlaces(environments=KNOWN.environments, app_environments=KNOWN.app_environments)
    stage.feed.rows.hear("applications shop-id")
    stage.feed.rows.hear("app_environments shop-place")
    stage.feed.rows.hear("operations shop-place op")
    await stage.feed.tell()
    assert stage.database.reads == 2
    expected = ["application shop -", "application shop Staging", "operation shop Staging"]
    assert told(stage, before, SEES_SHOP) == expected  # who saw the application is told that it is gone
    assert told(stage, before, SEES_STORE) == []


async def test_what_could_not_be_looked_up_is_told_once_the_database_answers():
    stage = await FeedStage().connected()
    before = stage.feed.now()
    stage.database.fails = OSError("away")
    stage.feed.rows.hear("applications store-id")
    with pytest.raises(OSError, match="away"):
        await stage.feed.tell()
    stage.database.fails = None
    async with asyncio.timeout(10):
        running = asyncio.create_task(stage.feed.run())
        while told(stage, before, SEES_STORE) != [f"application {STORE.name} -"]:
            await asyncio.sleep(0.01)
    running.cancel()


async def test_all_places_may_look_different():
    stage = await FeedStage().connected()
    before = stage.feed.now()
    stage.feed.overviews_changed(None)
    await stage.feed.tell()
    assert told(stage, before, SEES_SHOP) == ["overview shop Staging"]


def test_only_what_was_given_is_taken_for_a_position():
    for given in (Position(boot="3fa9c1d2", at=1234), Position(boot="3fa9c1d2", at=1234, seen="0a1b2c3d")):
        assert Position.parsed(str(given)) == given
    for text in (None, "", "12", "-12", "a-", "a-x", "a-²", "a-" + "9" * 16):
        assert Position.parsed(text) is None
