"""Divergences as rows: one is open of each container and kind, and only one process makes each change."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from db.transaction import Database
from domain.divergences import Divergence, DivergenceKind, FoundImage, OpenDivergence
from domain.images import Image
from domain.resources import ResourceId
from domain.words import OperationKind
from tests.support.live_rows import claimed, expire, make_clusters, process
from tests.support.rows import make_target

SINCE = datetime(2026, 11, 30, 8, 0, tzinfo=UTC)
WITHIN = timedelta(minutes=10)
DRIFT = Divergence(
    kind=DivergenceKind.IMAGE_DRIFT,
    workload=ResourceId.of("apps/v1", "Deployment", "web"),
    container="web",
    init=False,
    found=(
        FoundImage(
            cluster="prod-eu",
            image=Image.of("registry.example/web:2"),
            expected=Image.of("registry.example/web:1", digest="sha256:" + "1" * 64),
            manager="kubectl-edit",
            written_at=SINCE,
        ),
    ),
    release=3,
)


async def _target(database: Database) -> str:
    id_ = (await make_target(database)).app_environment.id
    assert id_ is not None
    return id_


async def _begin(database: Database, target: str, divergence: Divergence = DRIFT) -> bool:
    async with database.begin() as tx:
        return await tx.divergences.begin(target, divergence, since=SINCE, again_within=WITHIN)


async def _end(database: Database, target: str) -> bool:
    async with database.begin() as tx:
        return await tx.divergences.end(target, DRIFT)


async def _open(database: Database) -> tuple[OpenDivergence, ...]:
    async with database.read() as tx:
        return tuple(each for found in (await tx.divergences.open()).values() for each in found)


async def test_an_open_divergence_is_read_as_it_was_written(database: Database):
    assert await _begin(database, await _target(database))
    (found,) = await _open(database)
    assert (found.divergence, found.since) == (DRIFT, SINCE)


async def test_of_two_that_open_or_close_the_same_at_once_one_is_told_so(database: Database):
    target = await _target(database)
    assert sorted(await asyncio.gather(*(_begin(database, target) for _ in range(3)))) == [False, False, True]
    assert await _begin(database, target, replace(DRIFT, kind=DivergenceKind.SKEW))
    assert sorted(await asyncio.gather(*(_end(database, target) for _ in range(3)))) == [False, False, True]
    assert [each.divergence.kind for each in await _open(database)] == [DivergenceKind.SKEW]
    assert sorted(await asyncio.gather(*(_begin(database, target) for _ in range(3)))) == [False, False, True]


async def test_what_comes_back_within_ten_minutes_is_the_same_one_and_later_another(database: Database, raw):
    target = await _target(database)
    await _begin(database, target)
    (first,) = await _open(database)
    await _end(database, target)
    await _begin(database, target, replace(DRIFT, release=4))
    (again,) = await _open(database)
    assert (again.id, again.opened_at, again.divergence.release) == (first.id, first.opened_at, 4)
    await _end(database, target)
    ago = "now() - interval '11 minutes'"
    await raw(f"UPDATE divergences SET opened_at = {ago}, closed_at = {ago} RETURNING id")
    await _begin(database, target)
    (another,) = await _open(database)
    assert another.id != first.id


async def test_an_open_one_is_changed_in_its_row(database: Database):
    target = await _target(database)
    await _begin(database, target)
    (before,) = await _open(database)
    async with database.begin() as tx:
        await tx.divergences.change(target, replace(DRIFT, release=5))
    (after,) = await _open(database)
    assert after == replace(before, divergence=replace(DRIFT, release=5))


async def test_what_is_open_of_an_app_environment_is_closed_together(database: Database):
    target = await _target(database)
    other = (await make_target(database, application="blog")).app_environment.id or ""
    for each in (DRIFT, replace(DRIFT, kind=DivergenceKind.SKEW)):
        await _begin(database, target, each)
    await _begin(database, other)
    async with database.begin() as tx:
        assert (await tx.divergences.end_all(target), await tx.divergences.end_all(target)) == (2, 0)
    async with database.read() as tx:
        assert list(await tx.divergences.open()) == [other]


async def test_what_closed_long_ago_is_forgotten_and_what_is_open_is_not(database: Database, raw):
    target = await _target(database)
    for each in (DRIFT, replace(DRIFT, container="closed-lately"), replace(DRIFT, container="open")):
        await _begin(database, target, each)
        if each.container != "open":
            async with database.begin() as tx:
                await tx.divergences.end(target, each)
    await raw("UPDATE divergences SET opened_at = now() - interval '100 days' RETURNING id")
    await raw("UPDATE divergences SET closed_at = now() - interval '91 days' WHERE container = 'web' RETURNING id")
    async with database.begin() as tx:
        assert await tx.divergences.forget(before=datetime.now(UTC) - timedelta(days=90)) == 1
    left = await raw("SELECT container FROM divergences ORDER BY container")
    assert left == [("closed-lately",), ("open",)]


async def test_a_process_whose_lease_ended_or_went_to_another_writes_nothing(database: Database):
    (cluster,) = await make_clusters(database, 1)
    first, second = process(), process()
    former = (await claimed(database, first))[cluster]

    async def watched(epoch: int) -> bool:
        async with database.begin() as tx:
            return await tx.divergences.is_watched_by(cluster, epoch)

    assert await watched(former)
    await expire(database, first)
    assert not await watched(former)
    new = (await claimed(database, second))[cluster]
    assert (await watched(former), await watched(new)) == (False, True)


async def test_the_last_release_of_each_place_is_read_at_once(database: Database):
    target = await _target(database)
    other = await make_target(database, application="blog")
    async with database.begin() as tx:
        for actor in ("ann", "bob"):
            await tx.releases.add(
                target, operation_id=None, kind=OperationKind.ADOPT, actor=actor, images=(), clusters=("prod-eu",)
            )
    async with database.read() as tx:
        found = await tx.releases.last_of([target, other.app_environment.id or ""])
    assert {id_: (each.number, each.actor) for id_, each in found.items()} == {target: (2, "bob")}
