"""What is written, and how often; what is not written any more."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import cast

import pytest

from db.errors import DatabaseUnreachableError
from db.live_records import Cursor, StoredRecord
from db.transaction import Database, Transaction
from services.precedence import Precedence
from services.reading.live import publisher as module
from services.reading.live.changes import Changes, KindState, StreamState
from services.reading.live.publisher import Publisher
from services.reading.live.stored import kind_states
from tests.support.live_rows import claimed, expire, make_clusters, process
from tests.support.replicas import LONG_AGO, Memory, found, state, until


@dataclass
class Stage:
    """A publisher of one cluster, whose clock and database the test holds."""

    database: Database
    cluster_id: str
    owner: str = field(default_factory=process)
    memory: Memory = field(default_factory=Memory)
    refused: list[tuple[str, int]] = field(default_factory=list)
    now: float = 100.0
    away: bool = False
    epoch: int = 0

    @asynccontextmanager
    async def each_alone(self) -> AsyncIterator[Transaction]:
        if self.away:
            raise DatabaseUnreachableError
        async with self.database.each_alone() as tx:
            yield tx

    def autocommit_read(self) -> object:
        return self.database.autocommit_read()

    @asynccontextmanager
    async def publishing(self) -> AsyncIterator[Publisher]:
        self.epoch = (await claimed(self.database, self.owner))[self.cluster_id]
        async with Publisher(
            cast("Database", self),
            self.memory,
            process_id=self.owner,
            refused=lambda *told: self.refused.append(told),
            clock=lambda: self.now,
        ) as publisher:
            await publisher.begin(self.cluster_id, self.epoch)
            await self.written(1)  # that it has begun
            yield publisher

    async def batches(self) -> int:
        async with self.database.autocommit_read() as tx:
            return (await tx.cluster_watches.heads([self.cluster_id]))[0].sequence

    async def states(self) -> tuple[KindState, ...]:
        async with self.database.autocommit_read() as tx:
            return kind_states((await tx.cluster_watches.heads([self.cluster_id]))[0].states)

    async def written(self, sequence: int) -> None:
        async with asyncio.timeout(10):
            while await self.batches() < sequence:
                await asyncio.sleep(0.005)

    async def rows(self) -> dict[str, StoredRecord]:
        async with self.database.autocommit_read() as tx:
            rows = await tx.live_records.newer([Cursor(cluster_id=self.cluster_id)], limit=1000)
        return {each.key.name: each for each in rows}


async def _stage(database: Database) -> Stage:
    (cluster_id,) = await make_clusters(database, 1)
    return Stage(database, cluster_id)


def _heard(stage: Stage, seconds: float) -> Changes:
    return Changes(cluster_id=stage.cluster_id, states=(state(heard_at=LONG_AGO + timedelta(seconds=seconds)),))


async def test_states_are_written_at_once_and_when_streams_were_heard_of_every_few_seconds(database: Database):
    stage = await _stage(database)
    async with stage.publishing() as publisher:
        await publisher.take(_heard(stage, 0))
        await stage.written(2)
        for seconds in (1, 2, 3):
            await publisher.take(_heard(stage, seconds))
            await asyncio.sleep(0.03)
        assert await stage.batches() == 2
        stage.now += 3.1
        await publisher.take(_heard(stage, 4))
        await stage.written(3)
        await publisher.take(Changes(cluster_id=stage.cluster_id, states=(state(StreamState.SILENT),)))
        await stage.written(4)
        assert await stage.states() == (state(StreamState.SILENT),)
        stage.memory.restate(stage.cluster_id, ())
        await publisher.take(Changes(cluster_id=stage.cluster_id, restated=True))
        await stage.written(5)
        assert await stage.states() == ()


async def test_rows_for_others_wait_while_an_operation_goes_first(database: Database, monkeypatch: pytest.MonkeyPatch):
    stage, precedence = await _stage(database), Waited(clock=lambda: 100.0)
    async with stage.publishing() as publisher:
        monkeypatch.setattr(module, "PRECEDENCE", precedence)
        with precedence.taken():
            await publisher.take(found(stage.cluster_id, "a"))
            await asyncio.wait_for(precedence.asked.wait(), 60)
            assert stage.memory.names(stage.cluster_id) == {"a"}
            assert await stage.rows() == {}
        await stage.written(2)
        assert set(await stage.rows()) == {"a"}


class Waited(Precedence):
    """Tells that somebody has given way."""

    def __init__(self, *, clock: Callable[[], float]) -> None:
        super().__init__(clock=clock)
        self.asked = asyncio.Event()

    async def give_way(self) -> None:
        self.asked.set()
        await super().give_way()


async def test_what_changes_while_the_database_is_away_is_written_when_it_is_back_as_it_is_then(database: Database):
    stage = await _stage(database)
    async with stage.publishing() as publisher:
        stage.away = True
        await publisher.take(found(stage.cluster_id, "a", "b", live=True))
        await asyncio.sleep(0.05)
        await publisher.take(found(stage.cluster_id, "a", version="2", gone=["b"]))
        assert stage.memory.names(stage.cluster_id) == {"a"}
        assert await stage.rows() == {}
        stage.away = False
        await stage.written(2)
        rows = await stage.rows()
        assert {name: row.body is None for name, row in rows.items()} == {"a": False, "b": True}
        assert b'"resourceVersion":"2"' in (rows["a"].body or b"")
        async with database.autocommit_read() as tx:
            (head,) = await tx.cluster_watches.heads()
        assert kind_states(head.states) == (state(),)


async def test_more_than_one_statement_takes_is_written_in_several(database: Database):
    stage = await _stage(database)
    async with stage.publishing() as publisher:
        await publisher.take(found(stage.cluster_id, *(f"p{number}" for number in range(1200))))
        await stage.written(4)
        async with database.autocommit_read() as tx:
            assert len(await tx.live_records.keys(stage.cluster_id)) == 1200


async def test_who_has_lost_the_lease_is_told_and_takes_no_more(database: Database):
    stage = await _stage(database)
    async with stage.publishing() as publisher:
        await expire(database, stage.owner)
        await claimed(database, process())
        await publisher.take(found(stage.cluster_id, "a"))
        await until(lambda: stage.refused == [(stage.cluster_id, stage.epoch)])
        await publisher.take(found(stage.cluster_id, "b"))
        assert stage.memory.names(stage.cluster_id) == {"a"}
        assert await stage.rows() == {}


async def test_what_waits_at_the_end_is_written(database: Database):
    stage = await _stage(database)
    async with stage.publishing() as publisher:
        await publisher.take(found(stage.cluster_id, "a", "b"))
        await publisher.end(stage.cluster_id)
        assert (await stage.rows()).keys() == {"a", "b"}
