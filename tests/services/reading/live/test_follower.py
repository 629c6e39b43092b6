"""A follower says honestly when it hears nothing, and leaves out what it cannot read."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import cast

import orjson

from db.errors import DatabaseUnreachableError
from db.live_records import Batch, StoredKey
from db.transaction import Database, Transaction
from services.reading.live import follower
from services.reading.live.changes import StreamState
from services.reading.live.follower import Follower
from services.reading.live.stored import begun_anew, kind_states, stand, stored_key, stored_states, unwatched
from tests.support.live_rows import claimed, make_clusters, process
from tests.support.replicas import LONG_AGO, Memory, key, record, state, until


@dataclass
class Stage:
    database: Database
    now: float = 100.0
    away: bool = False
    seconds: float = 0.0  # that an answer takes

    @asynccontextmanager
    async def autocommit_read(self) -> AsyncIterator[Transaction]:
        if self.away:
            raise DatabaseUnreachableError
        await asyncio.sleep(self.seconds)
        async with self.database.autocommit_read() as tx:
            yield tx


async def _write(database: Database, bodies: dict[StoredKey, bytes | None]) -> str:
    (cluster_id,) = await make_clusters(database, 1)
    owner = process()
    epoch = (await claimed(database, owner))[cluster_id]
    batch = Batch(cluster_id=cluster_id, epoch=epoch, bodies=bodies, states=stored_states([state()]))
    async with database.each_alone() as tx:
        assert await tx.live_records.write(owner, [batch])
    return cluster_id


async def test_a_database_that_is_away_for_longer_than_a_lease_makes_what_others_watch_silent(database: Database):
    cluster_id = await _write(database, {stored_key(key("a")): record("a").encoded()})
    stage, memory = Stage(database), Memory()
    async with Follower(cast("Database", stage), memory, clock=lambda: stage.now) as following:
        await until(lambda: memory.words(cluster_id) == [StreamState.LIVE])
        stage.away = True
        stage.now += 9.0
        following.begin()
        await asyncio.sleep(0.05)
        assert memory.words(cluster_id) == [StreamState.LIVE]
        stage.now += 2.0
        await until(lambda: memory.words(cluster_id) == [StreamState.SILENT])
        (shown,) = memory.states(cluster_id)
        assert (shown.code, shown.heard_at, memory.names(cluster_id)) == ("cluster-unwatched", LONG_AGO, {"a"})
        stage.away = False
        await until(lambda: memory.words(cluster_id) == [StreamState.LIVE])


async def test_a_first_reading_takes_as_long_as_it_takes_while_the_database_answers(database: Database, monkeypatch):
    names = [f"n{number}" for number in range(6)]
    cluster_id = await _write(database, {stored_key(key(each)): record(each).encoded() for each in names})
    monkeypatch.setattr(follower, "_PATIENCE", 0.6)
    monkeypatch.setattr(follower, "_ROWS", 1)
    stage, memory = Stage(database, seconds=0.15), Memory()
    async with Follower(cast("Database", stage), memory):
        await until(lambda: memory.names(cluster_id) == set(names) and memory.words(cluster_id) == [StreamState.LIVE])


async def test_a_record_that_another_release_wrote_otherwise_is_left_out(database: Database):
    cluster_id = await _write(
        database, {stored_key(key("a")): record("a").encoded(), stored_key(key("b")): b'{"form": 7}'}
    )
    memory = Memory()
    async with Follower(database, memory) as following:
        await following.ready.wait()
        assert memory.names(cluster_id) == {"a"}


async def test_what_another_release_wrote_over_a_record_is_gone(database: Database):
    owner, (cluster_id,) = process(), await make_clusters(database, 1)
    epoch = (await claimed(database, owner))[cluster_id]

    async def write(body: bytes) -> None:
        batch = Batch(
            cluster_id=cluster_id, epoch=epoch, bodies={stored_key(key("a")): body}, states=stored_states([state()])
        )
        async with database.each_alone() as tx:
            assert await tx.live_records.write(owner, [batch])
        following.begin()

    memory = Memory()
    async with Follower(database, memory) as following:
        await write(record("a").encoded())
        await until(lambda: memory.names(cluster_id) == {"a"})
        await write(b'{"form": 7}')
        await until(lambda: not memory.names(cluster_id))
        await write(record("a").encoded())
        await until(lambda: memory.names(cluster_id) == {"a"})


async def test_a_notification_in_another_release_s_words_is_looked_up(database: Database):
    stage, memory = Stage(database), Memory()
    async with Follower(cast("Database", stage), memory, clock=lambda: stage.now) as following:
        await following.ready.wait()
        await asyncio.sleep(0.05)
        cluster_id = await _write(database, {stored_key(key("a")): record("a").encoded()})
        following.hear("batch written: v2")
        await until(lambda: memory.names(cluster_id) == {"a"}, seconds=1.0)


def test_states_are_read_as_they_were_stored_and_words_of_the_next_release_as_silent():
    states = (state(), replace(state(StreamState.REFUSED), namespace="shop", code="c", message="m", heard_at=None))
    stored = stored_states(states)
    assert kind_states(_json(stored)) == states
    assert [each.state for each in kind_states(_json([{**stored[0], "state": "napping"}]))] == [StreamState.SILENT]


def test_what_stood_is_listed_by_a_new_owner_and_silent_without_one():
    states = (state(), replace(state(StreamState.REFUSED), namespace="shop"))
    gone = unwatched(states, why="nobody", now=LONG_AGO)
    assert [(each.state, each.code) for each in gone] == [
        (StreamState.SILENT, "cluster-unwatched"),
        (StreamState.REFUSED, None),
    ]
    again = begun_anew(gone, now=LONG_AGO)
    assert [(each.state, each.code) for each in again] == [(StreamState.LISTING, None), (StreamState.REFUSED, None)]
    assert [stand(each) for each in (states, gone, again, ())] == [True, False, False, False]


def _json(stored: list[dict[str, object]]) -> str:
    return orjson.dumps(stored).decode()
