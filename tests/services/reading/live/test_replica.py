"""Replicas share the clusters and show the same, whichever of them is killed, frozen, or cut off."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

from db.live_records import Batch, StoredKey
from db.transaction import Database
from services.reading.live.changes import StreamState
from services.reading.live.leases import LeaseTimes
from services.reading.live.stored import stored_key, stored_states
from tests.support.live_rows import claimed, expire, make_clusters, process
from tests.support.replicas import LONG_AGO, following, found, key, record, replica, state, until

Raw = Callable[[str], Awaitable[list[tuple[object, ...]]]]
NEVER = LeaseTimes(renewed_every=0.1, turn=60.0)  # one turn at the start, and then none


class Elsewhere:
    """A process on another machine: it holds a lease and writes batches; it can be killed, since nothing of it runs."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.id = process()
        self.epochs: dict[str, int] = {}

    async def claims(self) -> None:
        self.epochs |= await claimed(self._database, self.id)

    async def writes(self, cluster_id: str, *names: str, version: str = "1", gone: tuple[str, ...] = ()) -> bool:
        bodies: dict[StoredKey, bytes | None] = {
            stored_key(key(name)): record(name, version=version).encoded() for name in names
        }
        bodies |= {stored_key(key(name)): None for name in gone}
        states = stored_states([state()])
        batch = Batch(cluster_id=cluster_id, epoch=self.epochs[cluster_id], bodies=bodies, states=states)
        async with self._database.each_alone() as tx:
            return cluster_id in await tx.live_records.write(self.id, [batch])

    async def is_killed(self) -> None:
        """And its leases have run out since."""
        await expire(self._database, self.id)


async def test_clusters_are_shared_evenly_and_a_clean_stop_hands_them_over(database: Database, database_url: str):
    clusters = set(await make_clusters(database, 5))
    async with replica(database, database_url) as first:
        await until(lambda: first.watched.sinks.keys() == clusters)
        async with replica(database, database_url) as second:
            await until(lambda: {len(first.watched.sinks), len(second.watched.sinks)} == {3, 2})
            assert first.watched.sinks.keys() | second.watched.sinks.keys() == clusters
        await until(lambda: first.watched.sinks.keys() == clusters)
    async with database.begin() as tx:
        assert [each.watched for each in await tx.cluster_watches.heads()] == [False] * 5


async def test_a_cluster_that_is_registered_or_deleted_is_taken_up_or_left(database: Database, database_url: str):
    async with replica(database, database_url) as one:
        (cluster_id,) = await make_clusters(database, 1)
        await until(lambda: cluster_id in one.watched.sinks)
        async with database.begin() as tx:
            await tx.clusters.delete(cluster_id)
        await until(lambda: one.watched.stopped == [cluster_id])


async def test_what_the_owner_finds_is_in_every_memory(database: Database, database_url: str):
    (cluster_id,) = await make_clusters(database, 1)
    async with AsyncExitStack() as stack:
        owner = await stack.enter_async_context(replica(database, database_url, times=NEVER))
        await until(lambda: cluster_id in owner.watched.sinks)
        follower = await stack.enter_async_context(replica(database, database_url, times=NEVER))
        await owner.takes(found(cluster_id, "a", "b", live=True))
        assert owner.memory.names(cluster_id) == {"a", "b"}
        await until(lambda: follower.memory.names(cluster_id) == {"a", "b"})
        await until(lambda: follower.memory.words(cluster_id) == [StreamState.LIVE])
        await owner.takes(found(cluster_id, "b", version="2", gone=["a"]))
        await until(lambda: follower.memory.names(cluster_id) == {"b"})
        await until(lambda: follower.memory.kept[cluster_id][key("b")].version == "2")
        assert follower.memory.kept[cluster_id][key("b")].same(record("b"))


async def test_a_burst_of_changes_is_few_batches(database: Database, database_url: str, raw: Raw):
    (cluster_id,) = await make_clusters(database, 1)
    async with replica(database, database_url) as owner:
        await until(lambda: bool(owner.watched.sinks))
        for number in range(300):
            await owner.takes(found(cluster_id, f"p{number % 100}", version=str(number)))
    ((sequence,),) = await raw("SELECT sequence FROM cluster_watches")
    ((rows, oldest),) = await raw(
        "SELECT count(*), min(convert_from(body, 'utf8')::json #>> '{metadata,resourceVersion}') FROM live_records"
    )
    assert (rows, oldest) == (100, "200")
    assert isinstance(sequence, int)
    assert sequence <= 5


async def test_after_a_start_everything_that_is_stored_is_shown_with_its_time(database: Database, database_url: str):
    (cluster_id,) = await make_clusters(database, 1)
    elsewhere = Elsewhere(database)
    await elsewhere.claims()
    await elsewhere.writes(cluster_id, "a", "b", gone=("c",))
    async with replica(database, database_url) as follower:
        await follower.replica.follower.ready.wait()
        assert follower.memory.names(cluster_id) == {"a", "b"}
        await until(lambda: follower.memory.words(cluster_id) == [StreamState.LIVE])
        await elsewhere.is_killed()
        await until(lambda: cluster_id in follower.watched.sinks)
        (shown,) = follower.memory.states(cluster_id)
        assert (shown.state, shown.heard_at) == (StreamState.LISTING, LONG_AGO)


async def test_a_killed_owner_s_cluster_is_shown_as_it_was_and_as_unwatched(database: Database, database_url: str):
    (cluster_id,) = await make_clusters(database, 1)
    elsewhere = Elsewhere(database)
    await elsewhere.claims()
    await elsewhere.writes(cluster_id, "a")
    async with following(database, database_url) as (_, memory):
        await until(lambda: memory.words(cluster_id) == [StreamState.LIVE])
        await elsewhere.is_killed()
        await until(lambda: memory.words(cluster_id) == [StreamState.SILENT])
        (shown,) = memory.states(cluster_id)
        assert (shown.code, shown.heard_at) == ("cluster-unwatched", LONG_AGO)
        assert memory.names(cluster_id) == {"a"}


async def test_an_owner_that_was_frozen_stops_to_watch_what_another_has_taken_and_follows_it(
    database: Database, database_url: str, raw: Raw
):
    (cluster_id,) = await make_clusters(database, 1)
    async with replica(database, database_url, times=NEVER) as frozen:
        await until(lambda: cluster_id in frozen.watched.sinks)
        await frozen.takes(found(cluster_id, "a", live=True))
        while not await raw("SELECT name FROM live_records"):
            await asyncio.sleep(0.01)
        await expire(database, frozen.replica.leases.process_id)
        other = Elsewhere(database)
        await other.claims()
        await frozen.takes(found(cluster_id, "late", "a", version="2"))
        await until(lambda: frozen.watched.stopped == [cluster_id])
        assert await other.writes(cluster_id, "b")
        await until(lambda: frozen.memory.names(cluster_id) == {"a", "b"})
        assert frozen.memory.kept[cluster_id][key("a")].version == "1"


async def test_a_follower_misses_none_of_3000_rows_in_spite_of_a_new_owner(database: Database, database_url: str):
    (cluster_id,) = await make_clusters(database, 1)
    first, second = Elsewhere(database), Elsewhere(database)
    await first.claims()
    async with following(database, database_url) as (_, memory):
        for start in range(0, 1500, 50):
            await first.writes(cluster_id, *(f"p{number}" for number in range(start, start + 50)))
        await first.is_killed()
        await second.claims()
        for start in range(1500, 3000, 50):
            await second.writes(cluster_id, *(f"p{number}" for number in range(start, start + 50)))
        await until(lambda: len(memory.keys(cluster_id)) == 3000)


async def test_what_was_told_while_the_connection_was_lost_is_read_when_it_is_there_again(
    database: Database, database_url: str, raw: Raw
):
    (cluster_id,) = await make_clusters(database, 1)
    elsewhere = Elsewhere(database)
    await elsewhere.claims()
    await elsewhere.writes(cluster_id, "a", "b")
    async with following(database, database_url, purpose="cut") as (_, memory):
        await until(lambda: memory.words(cluster_id) == [StreamState.LIVE])
        ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'stagecoach cut'"
        async with asyncio.timeout(60):
            while await raw(ended) != [(True,)]:  # rows may be read before the connection that is told of them is there
                await asyncio.sleep(0.02)
        await elsewhere.writes(cluster_id, "c", gone=("b",))
        await raw("DELETE FROM live_records WHERE body IS NULL RETURNING name")  # as after a long time
        await until(lambda: memory.names(cluster_id) == {"a", "c"})


async def test_rows_that_a_crash_of_postgresql_emptied_are_written_again(
    database: Database, database_url: str, raw: Raw
):
    (cluster_id,) = await make_clusters(database, 1)
    async with replica(database, database_url) as owner:
        await until(lambda: cluster_id in owner.watched.sinks)
        await owner.takes(found(cluster_id, "a", "b", live=True))
        await raw("DELETE FROM cluster_watches RETURNING owner")  # and the records with them
        await until(lambda: owner.watched.stopped == [cluster_id] and cluster_id in owner.watched.sinks)
        assert owner.memory.names(cluster_id) == {"a", "b"}
    assert await raw("SELECT name FROM live_records ORDER BY name") == [("a",), ("b",)]


async def test_what_an_owner_did_not_write_any_more_is_dropped_once_the_next_one_has_listed_everything(
    database: Database, database_url: str
):
    (cluster_id,) = await make_clusters(database, 1)
    other = Elsewhere(database)
    await other.claims()
    async with following(database, database_url) as (follower, memory):
        memory.apply(found(cluster_id, "a", "ghost"))
        follower.follow(cluster_id)
        await other.writes(cluster_id, "a")
        await until(lambda: memory.names(cluster_id) == {"a"})
