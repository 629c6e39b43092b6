"""Leases on clusters: shared evenly, taken over, given back, and never held by two."""

import asyncio

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from db.live_records import Batch
from db.transaction import Database
from tests.support.live_rows import LASTS, claimed, expire, make_clusters, process


async def _share(database: Database) -> int:
    async with database.begin() as tx:
        return (await tx.cluster_watches.share()).most


async def _give_back(database: Database, process_id: str, clusters: list[str]) -> None:
    async with database.begin() as tx:
        await tx.cluster_watches.give_back(process_id, clusters)


async def test_processes_that_claim_at_once_never_get_the_same_cluster(database: Database):
    clusters = await make_clusters(database, 30)
    found = await asyncio.gather(*(claimed(database, process(), most=10) for _ in range(4)))
    ids = [cluster for each in found for cluster in each]
    assert sorted(ids) == sorted(clusters)


async def test_a_cluster_is_claimed_once_until_its_lease_has_expired(database: Database):
    clusters = await make_clusters(database, 2)
    first, second = process(), process()
    before = await claimed(database, first)
    assert before.keys() == set(clusters)
    assert await claimed(database, second) == {}
    await expire(database, first)
    after = await claimed(database, second)
    assert after.keys() == set(clusters)
    assert min(after.values()) > max(before.values())


async def test_what_is_given_back_can_be_claimed_at_once_by_a_higher_epoch(database: Database):
    clusters = await make_clusters(database, 2)
    first, second = process(), process()
    before = await claimed(database, first)
    await _give_back(database, first, clusters[:1])
    after = await claimed(database, second)
    assert after.keys() == {clusters[0]}
    assert after[clusters[0]] > before[clusters[0]]


async def test_nobody_gives_back_what_another_process_holds(database: Database):
    clusters = await make_clusters(database, 1)
    await claimed(database, process())
    await _give_back(database, process(), clusters)
    assert await claimed(database, process()) == {}


async def test_a_process_that_was_frozen_keeps_what_nobody_took(database: Database):
    clusters = await make_clusters(database, 2)
    frozen, other = process(), process()
    before = await claimed(database, frozen)
    await expire(database, frozen)
    taken = await claimed(database, other, most=1)
    async with database.begin() as tx:
        kept = await tx.cluster_watches.renew(frozen, lasts=LASTS)
    (left,) = set(clusters) - taken.keys()
    assert [(each.cluster_id, each.epoch) for each in kept] == [(left, before[left])]


async def test_a_share_is_the_clusters_by_the_processes_that_live_rounded_up(database: Database):
    await make_clusters(database, 7)
    first, second = process(), process()
    await claimed(database, first, most=0)
    assert await _share(database) == 7
    await claimed(database, second, most=0)
    assert await _share(database) == 4
    async with database.begin() as tx:
        await tx.cluster_watches.leave(second)
    assert await _share(database) == 7


async def test_a_clean_stop_gives_everything_back(database: Database):
    clusters = await make_clusters(database, 3)
    first = process()
    await claimed(database, first)
    async with database.begin() as tx:
        await tx.cluster_watches.leave(first)
    assert (await claimed(database, process())).keys() == set(clusters)


async def test_a_lease_goes_with_its_cluster(database: Database):
    (cluster_id,) = await make_clusters(database, 1)
    first = process()
    await claimed(database, first)
    async with database.begin() as tx:
        await tx.clusters.delete(cluster_id)
        assert await tx.cluster_watches.renew(first, lasts=LASTS) == ()


async def test_heads_say_whether_a_lease_stands(database: Database):
    clusters = await make_clusters(database, 1)
    first = process()
    epochs = await claimed(database, first)
    async with database.begin() as tx:
        standing = await tx.cluster_watches.heads(clusters)
    await expire(database, first)
    async with database.begin() as tx:
        expired = await tx.cluster_watches.heads()
    assert [(each.epoch, each.watched) for each in standing] == [(epochs[clusters[0]], True)]
    assert [each.watched for each in expired] == [False]


async def test_a_renewal_and_a_batch_lock_the_leases_in_the_same_order_so_that_neither_waits_for_the_other(
    database: Database,
):
    first, second = sorted(await make_clusters(database, 2))
    owner = process()
    epochs = await claimed(database, owner)
    async with database.engine.begin() as connection:  # the row of the first is behind that of the second now
        await connection.execute(_TOUCH, {"cluster": first})

    async def renewed() -> None:
        async with database.begin() as tx:
            await tx.cluster_watches.renew(owner, lasts=LASTS)

    async def written() -> None:
        batches = [Batch(cluster_id=each, epoch=epochs[each], bodies={}) for each in (second, first)]
        async with database.each_alone() as tx:
            assert (await tx.live_records.write(owner, batches)).keys() == {first, second}

    for statement in (renewed, written):
        async with database.engine.begin() as holding, database.engine.begin() as other:
            await holding.execute(_LOCK, {"cluster": first})
            waiting = asyncio.create_task(statement())
            await _until_it_waits(other)
            await other.execute(_LOCK, {"cluster": second})  # raises where the statement has locked it before the first
            await other.rollback()
            await holding.rollback()
            await asyncio.wait_for(waiting, 5)


_TOUCH = text("UPDATE cluster_watches SET sequence = sequence WHERE cluster_id = CAST(CAST(:cluster AS text) AS uuid)")
_LOCK = text(
    "SELECT FROM cluster_watches WHERE cluster_id = CAST(CAST(:cluster AS text) AS uuid) FOR NO KEY UPDATE NOWAIT"
)
_WAITING = text(
    "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE NOT granted AND datname = current_database()"
)


async def _until_it_waits(connection: AsyncConnection) -> None:
    async with asyncio.timeout(10):
        while not await connection.scalar(_WAITING):
            await asyncio.sleep(0.01)
