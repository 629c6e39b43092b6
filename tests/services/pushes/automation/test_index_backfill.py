"""The index of running images is filled for app environments that have no entry in it."""

import pytest

from domain.words import DeployMode
from services.pushes.automation.index_backfill import IndexBackfill
from services.reading.live.live import Live
from tests.support.image_push_stage import LIMITS, WEB
from tests.support.live_stage import unread
from tests.support.promotion_stage import digest


@pytest.fixture
def index_backfill(image_pushes) -> IndexBackfill:
    return IndexBackfill(image_pushes.database, image_pushes.stage.pool, LIMITS, unread(image_pushes.database))


async def _references(image_pushes, name):
    async with image_pushes.database.read() as tx:
        return [each.reference for each in await tx.running_images.of(image_pushes.targets[name].id)]


async def test_it_indexes_the_images_that_the_clusters_run(image_pushes, index_backfill):
    await image_pushes.environment("Staging", "staging-1", mode=DeployMode.MANUAL)
    await index_backfill.fill()
    assert await _references(image_pushes, "Staging") == [f"{WEB}:1.0.0"]


async def test_an_app_environment_that_is_indexed_is_not_read_again(image_pushes, index_backfill):
    await image_pushes.environment("Staging", "staging-1", mode=DeployMode.MANUAL)
    await index_backfill.fill()
    image_pushes.stage.set_image("staging-1", "web", "web", f"{WEB}:2.0.0")
    await index_backfill.fill()
    assert await _references(image_pushes, "Staging") == [f"{WEB}:1.0.0"]


async def test_an_unreachable_cluster_is_skipped_and_indexed_once_it_answers(image_pushes, index_backfill):
    await image_pushes.environment("Development", "staging-1", mode=DeployMode.MANUAL)
    await image_pushes.environment("Staging", "staging-2", mode=DeployMode.MANUAL)
    image_pushes.stage.sandbox.faults("staging-1").set({"unreachable": True})
    await index_backfill.fill()
    indexed = [await _references(image_pushes, name) for name in ("Development", "Staging")]
    image_pushes.stage.sandbox.faults("staging-1").set({"unreachable": False})
    image_pushes.stage.pool.allow_probe(image_pushes.stage.cluster_ids["staging-1"])
    await index_backfill.fill()
    assert indexed == [[], [f"{WEB}:1.0.0"]]
    assert await _references(image_pushes, "Development") == [f"{WEB}:1.0.0"]


async def test_what_the_live_picture_knows_is_not_read_again(image_pushes):
    stage = image_pushes.stage
    target = await image_pushes.environment("Staging", "staging-1", mode=DeployMode.MANUAL)
    await stage.live.refresh()
    async with image_pushes.database.begin() as tx:
        await tx.running_images.put(target.id, [])
    stage.sandbox.faults("staging-1").set({"unreachable": True})
    known = Live(places=stage.live.places, cache=stage.live.cache, picture=stage.live.picture)
    assert await IndexBackfill(image_pushes.database, stage.pool, LIMITS, known).fill()
    assert await _references(image_pushes, "Staging") == [f"{WEB}:1.0.0@{digest('web:1.0.0')}"]
