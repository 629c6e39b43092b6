"""Stored records: written by the owner alone, and found by followers in the order of epochs and batches."""

import asyncio
from datetime import timedelta

import asyncpg

from db.live_records import Batch, Cursor, StoredRecord, Written
from db.transaction import Database
from tests.support.live_rows import claimed, expire, key, make_clusters, process, write

GONE = None
LONG = timedelta(minutes=10)


async def _owned(database: Database) -> tuple[str, str, int]:
    (cluster_id,) = await make_clusters(database, 1)
    owner = process()
    return owner, cluster_id, (await claimed(database, owner))[cluster_id]


async def _newer(database: Database, cursor: Cursor, *, limit: int = 100) -> tuple[StoredRecord, ...]:
    async with database.autocommit_read() as tx:
        return await tx.live_records.newer([cursor], limit=limit)


async def test_batches_are_numbered_and_what_is_newer_than_a_number_is_found(database: Database):
    owner, cluster_id, epoch = await _owned(database)
    assert await write(database, owner, cluster_id, epoch, {key("a"): b"1", key("b"): b"1"}) == 1
    assert await write(database, owner, cluster_id, epoch, {key("a"): b"2", key("c"): GONE}) == 2
    found = await _newer(database, Cursor(cluster_id=cluster_id, epoch=epoch, sequence=1))
    assert {(each.key.name, each.body, each.sequence) for each in found} == {("a", b"2", 2), ("c", GONE, 2)}
    assert len(await _newer(database, Cursor(cluster_id=cluster_id))) == 3


async def test_a_former_owner_writes_nothing(database: Database):
    frozen, cluster_id, epoch = await _owned(database)
    await write(database, frozen, cluster_id, epoch, {key("a"): b"old"})
    await expire(database, frozen)
    other = process()
    taken = (await claimed(database, other))[cluster_id]
    await write(database, other, cluster_id, taken, {key("a"): b"new"})
    assert await write(database, frozen, cluster_id, epoch, {key("a"): b"late", key("b"): b"late"}) is None
    assert await write(database, frozen, cluster_id, taken, {key("a"): b"guessed"}) is None
    (record,) = await _newer(database, Cursor(cluster_id=cluster_id))
    assert (record.body, record.epoch) == (b"new", taken)


async def test_a_takeover_while_the_former_owner_writes_lets_one_of_them_win(database: Database):
    for _ in range(5):
        owner, cluster_id, epoch = await _owned(database)
        await expire(database, owner)
        number, taken = await asyncio.gather(
            write(database, owner, cluster_id, epoch, {key("a"): b"late"}), claimed(database, process())
        )
        written = await _newer(database, Cursor(cluster_id=cluster_id))
        assert [each.epoch for each in written] == ([epoch] if number else [])
        async with database.begin() as tx:
            (head,) = await tx.cluster_watches.heads([cluster_id])
            await tx.clusters.delete(cluster_id)
        assert head.epoch == taken.get(cluster_id, epoch)


async def test_a_new_owner_s_first_batches_come_after_all_of_the_former_one_s(database: Database):
    first, cluster_id, epoch = await _owned(database)
    for number in range(5):
        await write(database, first, cluster_id, epoch, {key(f"a{number}"): b"1"})
    cursor = Cursor(cluster_id=cluster_id, epoch=epoch, sequence=5)
    await expire(database, first)
    second = process()
    taken = (await claimed(database, second))[cluster_id]
    assert await write(database, second, cluster_id, taken, {key("a0"): b"2"}) == 1  # a smaller number than 5
    assert [each.body for each in await _newer(database, cursor)] == [b"2"]


async def test_a_follower_that_reads_in_portions_misses_none_of_3000_rows_in_spite_of_a_new_owner(database: Database):
    first, cluster_id, epoch = await _owned(database)

    async def written(owner: str, epoch: int, names: range) -> None:
        for start in range(names.start, names.stop, 300):
            await write(database, owner, cluster_id, epoch, {key(f"p{n}"): b"1" for n in range(start, start + 300)})

    await written(first, epoch, range(1500))
    cursor = Cursor(cluster_id=cluster_id)
    found = {each.key for each in await _newer(database, cursor, limit=400)}
    assert len(found) == 600  # the last batch is whole
    cursor = Cursor(cluster_id=cluster_id, epoch=epoch, sequence=2)
    await expire(database, first)
    second = process()
    await written(second, (await claimed(database, second))[cluster_id], range(1500, 3000))
    while rows := await _newer(database, cursor, limit=400):
        found |= {each.key for each in rows}
        cursor = Cursor(cluster_id=cluster_id, epoch=rows[-1].epoch, sequence=rows[-1].sequence)
    assert found == {key(f"p{n}") for n in range(3000)}


async def test_one_statement_writes_for_many_clusters_and_leaves_out_those_that_are_lost(database: Database):
    mine, his = await make_clusters(database, 2)
    owner, other = process(), process()
    epochs = await claimed(database, owner)
    await expire(database, owner)
    taken = await claimed(database, other, most=1)
    lost = set(taken).pop()
    batches = [Batch(cluster_id=each, epoch=epochs[each], bodies={key("a"): b"1"}) for each in (mine, his)]
    async with database.each_alone() as tx:
        assert set(await tx.live_records.write(owner, batches)) == {mine, his} - {lost}
    assert await _newer(database, Cursor(cluster_id=lost)) == ()


async def test_pages_hold_everything_that_is_there_once_and_nothing_that_is_gone(database: Database):
    owner = process()
    await make_clusters(database, 2)
    epochs = await claimed(database, owner)
    for cluster_id, epoch in epochs.items():
        await write(database, owner, cluster_id, epoch, {key(f"p{n}"): GONE if n == 3 else b"1" for n in range(7)})
    found: list[StoredRecord] = []
    async with database.autocommit_read() as tx:
        while page := await tx.live_records.page(cluster_ids=None, after=found[-1] if found else None, limit=5):
            found += page
        of_one = await tx.live_records.page(cluster_ids=[found[0].cluster_id], after=None, limit=50)
    assert len(found) == len({(each.cluster_id, each.key) for each in found}) == 12
    assert "p3" not in {each.key.name for each in found}
    assert {each.cluster_id for each in of_one} == {found[0].cluster_id}


async def test_rows_are_found_by_their_keys(database: Database):
    owner, cluster_id, epoch = await _owned(database)
    await write(database, owner, cluster_id, epoch, {key("a"): b"1", key("b"): b"2", key("c"): GONE})
    async with database.autocommit_read() as tx:
        found = await tx.live_records.named([(cluster_id, key("b")), (cluster_id, key("c")), (cluster_id, key("d"))])
        assert await tx.live_records.keys(cluster_id) == {key("a"), key("b")}
    assert {each.key.name: each.body for each in found} == {"b": b"2", "c": GONE}


async def test_a_notification_names_the_batch_and_its_keys_unless_they_are_too_many(database: Database, database_url):
    owner, cluster_id, epoch = await _owned(database)
    heard: asyncio.Queue[str] = asyncio.Queue()
    listening = await asyncpg.connect(database_url)
    try:
        await listening.add_listener("stagecoach_live", lambda *told: heard.put_nowait(told[3]))
        await write(database, owner, cluster_id, epoch, {key("a"): b"1"})
        await write(database, owner, cluster_id, epoch, {key(f"p{n}"): b"1" for n in range(400)})
        told = [Written.parse(await asyncio.wait_for(heard.get(), 10)) for _ in range(2)]
    finally:
        await listening.close()
    assert [(each.cluster_id, each.epoch, each.sequence) for each in told] == [
        (cluster_id, epoch, 1),
        (cluster_id, epoch, 2),
    ]
    assert [(each.keys, each.states) for each in told] == [((key("a"),), False), (None, True)]


async def test_what_is_gone_is_forgotten_after_a_while(database: Database, raw):
    owner, cluster_id, epoch = await _owned(database)
    await write(database, owner, cluster_id, epoch, {key("a"): b"1", key("b"): GONE, key("c"): GONE})
    await raw("UPDATE live_records SET written_at = now() - interval '11 minutes' WHERE name <> 'c' RETURNING name")
    async with database.begin() as tx:
        await tx.live_records.forget_gone([cluster_id], after=LONG)
    assert await raw("SELECT name FROM live_records ORDER BY name") == [("a",), ("c",)]


async def test_a_cluster_s_records_go_with_it(database: Database, raw):
    owner, cluster_id, epoch = await _owned(database)
    await write(database, owner, cluster_id, epoch, {key("a"): b"1"})
    async with database.begin() as tx:
        await tx.clusters.delete(cluster_id)
    assert await raw("SELECT count(*) FROM live_records") == [(0,)]


async def test_none_of_it_is_logged_so_that_a_batch_costs_no_flush(database: Database, raw):
    tables = "('live_records', 'cluster_watches', 'live_processes')"
    found = await raw(f"SELECT relpersistence FROM pg_class WHERE relname IN {tables}")
    assert found == [(b"u",)] * 3
    assert await raw("SELECT relpersistence FROM pg_class WHERE relname = 'live_epochs'") == [(b"p",)]
