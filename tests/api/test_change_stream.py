"""A viewer's stream of changes, from its first event to the end of its rights."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import orjson
import pytest

from api.change_stream import ChangeStream, encode_changes
from api.schemas.changes import StreamedChangesRead
from db.feeds import RIGHTS, Feed
from domain.grants import Actor
from domain.rights import Holdings, RoleBinding, Scope, Subject, SubjectKind
from domain.words import Role
from services.planning.live.change_events import ChangeEvent, ChangeTopic
from services.reading.change_feed import Position
from tests.support.actors import ANN
from tests.support.change_feeds import SEES_SHOP, SEES_STORE, FeedStage, changes

HELLO = b"retry: 2000\n\n"


def actor_who_sees(*scopes: Scope) -> Actor:
    subject = Subject(kind=SubjectKind.TOKEN, id="viewer")
    bindings = tuple(RoleBinding(id=None, subject=subject, role=Role.VIEWER, scope=each) for each in scopes)
    return Actor(caller=ANN.caller, holdings=Holdings(bindings=bindings))


@dataclass
class Viewer:
    """Who reads a stream, and how often that was asked."""

    actor: Actor | None = field(default_factory=lambda: actor_who_sees(*SEES_SHOP))
    asked: int = 0

    async def now(self) -> Actor | None:
        self.asked += 1
        return self.actor


@asynccontextmanager
async def following(
    stage: FeedStage, viewer: Viewer, rights: Feed, position: Position | None = None, **seconds: float
) -> AsyncIterator[AsyncIterator[str]]:
    """The stream's events, each as its name and the changes that it tells."""
    stream = ChangeStream(stage.feed, rights, viewer.now, **seconds).events(position)
    assert await anext(stream) == HELLO
    try:
        yield _read(stream)
    finally:
        await stream.aclose()


async def _read(stream: AsyncIterator[bytes]) -> AsyncIterator[str]:
    async for piece in stream:
        for each in piece.decode().removesuffix("\n\n").split("\n\n"):
            lines = dict(line.split(": ", 1) for line in each.split("\n"))
            assert Position.parsed(lines["id"]) is not None
            StreamedChangesRead.model_validate_json(lines["data"])
            yield ", ".join([lines["event"], *changes(lines["data"].encode())])


@pytest.fixture
def rights() -> Feed:
    feed = Feed(RIGHTS)
    feed.begin()
    return feed


async def test_a_stream_begins_with_reset_and_tells_what_is_seen(rights: Feed):
    stage = await FeedStage().connected()
    async with asyncio.timeout(60), following(stage, Viewer(), rights) as events:
        assert await anext(events) == "reset"
        await stage.change("store-place")
        await stage.change("shop-place")
        assert await anext(events) == "changed, operation shop Staging"


async def _position(stage: FeedStage, viewer: Viewer, rights: Feed) -> Position:
    """That of a stream's first event."""
    stream = ChangeStream(stage.feed, rights, viewer.now).events(None)
    await anext(stream)
    first = (await anext(stream)).decode()
    await stream.aclose()
    found = Position.parsed(first.partition("\n")[0].removeprefix("id: "))
    assert found is not None
    return found


async def test_a_stream_is_resumed_with_what_was_missed(rights: Feed):
    stage, viewer = await FeedStage().connected(), Viewer()
    position = await _position(stage, viewer, rights)
    await stage.change("shop-place")
    async with asyncio.timeout(60), following(stage, viewer, rights, position) as events:
        assert [await anext(events), await anext(events)] == ["changed, operation shop Staging", "resumed"]
    foreign = replace(position, boot="other")
    async with asyncio.timeout(60), following(stage, viewer, rights, foreign) as events:
        assert await anext(events) == "reset"


async def test_whoever_sees_other_things_than_when_its_stream_was_lost_reads_all_again(rights: Feed):
    stage, viewer = await FeedStage().connected(), Viewer(actor_who_sees(*SEES_SHOP, *SEES_STORE))
    position = await _position(stage, viewer, rights)
    for now, first in (((*SEES_STORE, *SEES_SHOP), "resumed"), (SEES_SHOP, "reset")):
        viewer.actor = actor_who_sees(*now)
        async with asyncio.timeout(60), following(stage, viewer, rights, position) as events:
            assert await anext(events) == first


async def test_a_stream_ends_as_soon_as_its_caller_is_nobody(rights: Feed):
    stage, viewer = await FeedStage().connected(), Viewer()
    async with asyncio.timeout(60), following(stage, viewer, rights, ask_every=3600) as events:
        await anext(events)
        viewer.actor = None
        rights.hear("tokens")
        await stage.change("shop-place")
        assert [each async for each in events] == []


async def test_whoever_sees_other_things_than_before_reads_all_again(rights: Feed):
    stage, viewer = await FeedStage().connected(), Viewer()
    async with asyncio.timeout(60), following(stage, viewer, rights, ask_every=3600) as events:
        await anext(events)
        viewer.actor = actor_who_sees(*SEES_STORE)
        rights.hear("bindings")
        await stage.change("shop-place")
        assert await anext(events) == "reset"
        await stage.change("shop-place")
        await stage.change("store-place")
        assert await anext(events) == "changed, operation store Staging"


async def test_rights_are_asked_now_and_then_and_before_each_event_while_nobody_tells_of_them(rights: Feed):
    stage, viewer = await FeedStage().connected(), Viewer()
    async with asyncio.timeout(60), following(stage, viewer, rights, ask_every=0.02, heartbeat=0.1) as events:
        assert await anext(events) == "reset"
        while viewer.asked < 3:
            assert await anext(events) == "heartbeat"
    rights.end()
    async with asyncio.timeout(60), following(stage, viewer, rights, ask_every=3600) as events:
        await anext(events)
        viewer.actor = None
        await stage.change("shop-place")
        assert [each async for each in events] == []


async def test_a_stream_says_nothing_before_the_feed_stands_and_ends_where_it_does_not_soon(rights: Feed):
    stage = FeedStage()
    async with asyncio.timeout(60), following(stage, Viewer(), rights, patience=5.0) as events:
        first = asyncio.ensure_future(anext(events))
        await asyncio.sleep(0.05)
        assert not first.done()
        await stage.connected()
        assert await first == "reset"
        stage.feed.rows.end()
        await stage.connected()
        assert await anext(events) == "reset"
    async with asyncio.timeout(60), following(FeedStage(), Viewer(), rights, patience=0.1) as events:
        assert [each async for each in events] == []


async def test_a_reader_that_leaves_is_forgotten(rights: Feed):
    stage = await FeedStage().connected()
    async with asyncio.timeout(60), following(stage, Viewer(), rights) as events:
        await anext(events)
        assert len(stage.feed._told) == 1
    assert (len(stage.feed._told), rights._told) == (0, [])


def test_changes_on_the_wire_are_what_the_contract_says():
    event = ChangeEvent(topic=ChangeTopic.HOLD, environment="Staging", id="h")
    written = encode_changes([event])
    assert StreamedChangesRead.model_validate_json(written).model_dump(mode="json") == orjson.loads(written)
    assert b"\n" not in written
