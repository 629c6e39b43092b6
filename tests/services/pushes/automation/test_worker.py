"""The worker of image pushes: one process at a time leads, and another one continues from the rows."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from db.locks import LifeLocks
from domain.words import DeployMode
from tests.support.image_push_stage import WEB, until, until_idle

LOCK = "arrivals"  # the lock's published name: processes of the former release take it, too


async def test_two_workers_deploy_once(image_pushes):
    await image_pushes.environment("Development", "staging-1")
    async with AsyncExitStack() as stack:
        workers = [await stack.enter_async_context(image_pushes.worker()) for _ in range(2)]
        await image_pushes.push("1.1.0")
        await image_pushes.until_ended()
        await until_idle(*workers)
    assert len(await image_pushes.operations()) == 1


async def test_a_worker_leads_only_once_it_holds_the_lock(image_pushes, database_url):
    await image_pushes.environment("Staging", "staging-1", mode=DeployMode.MANUAL)
    locks = LifeLocks(database_url)
    await locks.open()
    try:
        assert await locks.take(LOCK)
        async with image_pushes.worker() as worker:
            (push,) = await image_pushes.push("1.1.0")
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(3):
                    await worker.idle()
            before = await image_pushes.image_push(push)
            await locks.release(LOCK)
            await image_pushes.until_verdict("Staging", push, "offered")
    finally:
        await locks.close()
    assert before.state == "waiting"


async def test_a_worker_that_stops_leaves_the_lock_to_another(image_pushes, database_url):
    await image_pushes.environment("Staging", "staging-1", mode=DeployMode.MANUAL)
    async with image_pushes.worker() as worker:
        await until_idle(worker)
    async with image_pushes.worker():
        (push,) = await image_pushes.push("1.1.0")
        await image_pushes.until_verdict("Staging", push, "offered")


async def test_a_worker_that_loses_the_connection_of_its_lock_leads_again(image_pushes, raw):
    await image_pushes.environment("Staging", "staging-1", mode=DeployMode.MANUAL)
    async with image_pushes.worker() as worker:
        await until_idle(worker)
        ended = await raw(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            f"WHERE datname = current_database() AND application_name LIKE '% {LOCK}'"
        )
        (push,) = await image_pushes.push("1.1.0")
        await image_pushes.until_verdict("Staging", push, "offered")
    assert ended == [(True,)]


async def test_pushes_that_no_app_environment_needs_are_deleted_after_90_days(image_pushes, raw):
    old, recent = await image_pushes.push("1.0.0", "2.0.0", repository="registry.example/other/thing")
    await raw(
        "WITH changed AS (UPDATE image_pushes SET state = 'decided', discovered_at = now() - interval '91 days' "
        f"WHERE push = {old} RETURNING push) SELECT push FROM changed"
    )

    async def kept() -> set[int] | None:
        async with image_pushes.database.read() as tx:
            found = set(await tx.image_pushes.some([old, recent]))
        return found if old not in found else None

    async with image_pushes.worker():
        assert await until(kept) == {recent}


async def test_an_app_environment_that_is_not_indexed_is_when_the_worker_begins_to_lead(image_pushes):
    target = await image_pushes.environment("Staging", "staging-1", mode=DeployMode.MANUAL)
    async with image_pushes.worker() as worker:
        await until_idle(worker)
    async with image_pushes.database.read() as tx:
        rows = await tx.running_images.of(target.id)
    assert [each.repository for each in rows] == [WEB]


async def test_a_cluster_that_was_away_when_the_worker_began_is_indexed_soon_after_it_answers(image_pushes):
    target = await image_pushes.environment("Staging", "staging-1", mode=DeployMode.MANUAL)
    image_pushes.stage.sandbox.faults("staging-1").set({"unreachable": True})

    async def indexed() -> list[str] | None:
        async with image_pushes.database.read() as tx:
            return [each.repository for each in await tx.running_images.of(target.id)] or None

    async with image_pushes.worker():
        await asyncio.sleep(0.5)
        assert await indexed() is None
        image_pushes.stage.sandbox.faults("staging-1").set({"unreachable": False})
        image_pushes.stage.pool.allow_probe(image_pushes.stage.cluster_ids["staging-1"])
        assert await until(indexed) == [WEB]
