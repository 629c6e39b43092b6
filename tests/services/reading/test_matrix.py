"""The matrix of applications by environments, read from practice clusters, some of which do not answer."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from db.transaction import Database
from domain.words import DeployMode
from sandbox.faults import Failure
from sandbox.server import Sandbox
from services.limits import Limits
from services.planning.health.values import HealthState
from services.reading.matrix import MatrixReader
from services.reading.overview import Overview
from tests.support.actors import ANN, SEES_ALL
from tests.support.promotion_stage import CLUSTERS, PromotionStage, image, staged, workload


@pytest.fixture(scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(CLUSTERS, speed=20) as sandbox:
        yield sandbox


@pytest.fixture
async def stage(database: Database, database_url: str, sandbox: Sandbox) -> AsyncIterator[PromotionStage]:
    """Shop runs in Staging and on both clusters of Production."""
    async with staged(database, database_url, sandbox) as stage:
        await stage.environment("Staging", {"staging-1": _web("2")}, deploy_mode=DeployMode.AUTO)
        await stage.environment("Production", {"prod-eu": _web("1"), "prod-us": _web("1")})
        yield stage


@pytest.fixture
def matrix(stage: PromotionStage) -> MatrixReader:
    return MatrixReader(stage.database, stage.pool, limits=Limits(overview=2.0))


def _web(tag: str):
    return (workload("web", {"init-it": image("init:1"), "web": image(f"web:{tag}")}),)


async def _cells(matrix: MatrixReader):
    page = await matrix.read(SEES_ALL, search=None, after=None, limit=10)
    return {each.environment: each for each in page.items[0].cells}


async def test_a_cell_has_the_tags_that_run_and_their_health(matrix):
    cells = await _cells(matrix)
    assert [(name, [each.tag for each in cell.images], cell.health) for name, cell in cells.items()] == [
        ("Staging", ["2"], HealthState.READY),
        ("Production", ["1"], HealthState.READY),
    ]
    assert (cells["Staging"].deploy_mode, cells["Production"].deploy_mode) == (DeployMode.AUTO, DeployMode.MANUAL)


async def test_clusters_that_run_different_images_are_skewed(stage, matrix):
    stage.set_image("prod-us", "web", "web", image("web:hotfix"))
    cells = await _cells(matrix)
    assert (cells["Production"].skew, cells["Staging"].skew) == (True, False)
    assert [each.tag for each in cells["Production"].images] == ["1"]


async def test_a_cluster_that_does_not_answer_makes_its_cell_stale_and_no_other(stage, matrix):
    stage.sandbox.cut_off("prod-eu")
    cells = await _cells(matrix)
    assert (cells["Production"].stale, cells["Staging"].stale) == (True, False)
    assert [each.tag for each in cells["Production"].images] == ["1"]  # of prod-us


async def test_where_no_cluster_answers_the_health_is_unknown(stage, matrix):
    stage.sandbox.cut_off("staging-1")
    cell = (await _cells(matrix))["Staging"]
    assert (cell.images, cell.health, cell.stale) == ((), HealthState.UNKNOWN, True)


async def test_an_unconfigured_app_environment_is_read_from_no_cluster(stage, matrix):
    async with stage.database.begin() as tx:
        await tx.applications.add(name="blog")
    page = await matrix.read(SEES_ALL, search="blog", after=None, limit=10)
    assert [(cell.configured, cell.images, cell.stale) for cell in page.items[0].cells] == [(False, (), False)] * 2


async def test_applications_are_read_page_by_page_with_all_environments(stage, matrix):
    async with stage.database.begin() as tx:
        await tx.applications.add(name="blog")
    first = await matrix.read(SEES_ALL, search=None, after=None, limit=1)
    second = await matrix.read(SEES_ALL, search=None, after=first.next, limit=1)
    assert [each.application for each in (*first.items, *second.items)] == ["blog", "shop"]
    assert (first.environments, second.next) == (("Staging", "Production"), None)


async def test_where_lists_of_all_namespaces_are_forbidden_each_namespace_is_listed(stage, matrix):
    async with stage.database.begin() as tx:
        blog = await tx.applications.add(name="blog")
        staging = await tx.environments.find("Staging")
        other = await tx.app_environments.ensure(blog.id, staging.id)
        await tx.app_environments.configure(other, namespace="default", resources=[])
    stage.sandbox.faults("staging-1").failures = [Failure(status=403, path=r"/apis/apps/v1/deployments")]
    page = await matrix.read(SEES_ALL, search=None, after=None, limit=10)
    cells = {row.application: row.cells[0] for row in page.items}
    assert ([each.tag for each in cells["shop"].images], cells["shop"].stale) == (["2"], False)


@pytest.mark.parametrize("tag", ["broken-1", "slow-1"])
async def test_a_cell_is_judged_as_the_page_of_its_application(stage, matrix, tag):
    overview = Overview(stage.database, stage.pool, Limits(overview=2.0))
    stage.set_image("staging-1", "web", "web", image(f"web:{tag}"))

    async def shown() -> HealthState:
        page = await overview.read("shop", actor=ANN)
        return next(each.health for each in page.environments if each.environment == "Staging")

    async with asyncio.timeout(60):
        while True:
            before, cell, after = await shown(), (await _cells(matrix))["Staging"].health, await shown()
            assert before is not after or cell is before  # else it changed while it was read
            if cell is (HealthState.READY if "slow" in tag else HealthState.FAILED):
                return
            await asyncio.sleep(0.1)
