"""The matrix of applications by environments, from practice clusters, some of which do not answer."""

from collections.abc import AsyncIterator

import pytest

from api.schemas.overview import MatrixCell
from db.transaction import Database
from domain.rights import Scope
from domain.words import DeployMode, Role
from sandbox.server import Sandbox
from services.planning.health.values import HealthState
from services.reading.permissions import Permissions
from tests.support.actors import ANN, SEES_ALL, actor_with
from tests.support.image_push_stage import until
from tests.support.live_stage import ReadMatrix
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
def matrix(stage: PromotionStage) -> ReadMatrix:
    return ReadMatrix(stage.live)


def _web(tag: str):
    return (workload("web", {"init-it": image("init:1"), "web": image(f"web:{tag}")}),)


async def _cells(matrix: ReadMatrix):
    return await matrix.cells(SEES_ALL)


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
    assert (cell.images, cell.health, cell.stale) == ([], HealthState.UNKNOWN, True)


async def test_an_unconfigured_app_environment_is_read_from_no_cluster(stage, matrix):
    async with stage.database.begin() as tx:
        await tx.applications.add(name="blog")
    page = await matrix.read(SEES_ALL, search="BLO")
    assert [(cell.configured, cell.images, cell.stale) for cell in page.items[0].cells] == [(False, [], False)] * 2


async def test_applications_are_read_page_by_page_with_all_environments(stage, matrix):
    async with stage.database.begin() as tx:
        await tx.applications.add(name="blog")
    first = await matrix.read(SEES_ALL, limit=1)
    second = await matrix.read(SEES_ALL, after=first.next_cursor, limit=1)
    assert [each.application for each in (*first.items, *second.items)] == ["blog", "shop"]
    assert (first.environments, second.next_cursor) == (["Staging", "Production"], None)


async def test_whoever_sees_some_places_gets_their_cells_and_no_others(stage, matrix):
    async with stage.database.begin() as tx:
        await tx.applications.add(name="blog")
        shop, production = await tx.applications.find("shop"), await tx.environments.find("Production")
    scope = Scope(applications=frozenset([shop.id]), environments=frozenset([production.id]))
    page = await matrix.read(Permissions.listing(actor_with(Role.VIEWER, scope=scope)))
    assert page.environments == ["Production"]
    assert [(row.application, [cell.environment for cell in row.cells]) for row in page.items] == [
        ("shop", ["Production"])
    ]
    assert [row.application for row in (await matrix.read(SEES_ALL)).items] == ["blog", "shop"]


@pytest.mark.parametrize("tag", ["broken-1", "slow-1"])
async def test_a_cell_is_judged_as_the_page_of_its_application(stage, matrix, tag):
    stage.set_image("staging-1", "web", "web", image(f"web:{tag}"))
    wanted = HealthState.READY if "slow" in tag else HealthState.FAILED

    async def both() -> HealthState | None:
        page = await stage.overview.read("shop", actor=ANN)
        shown = next(each.health for each in page.environments if each.environment == "Staging")
        cell = stage.live.picture.cell(stage.live.places.now.by_application[shop.id][0])
        assert MatrixCell.model_validate_json(cell.encoded).health is shown
        return shown if shown is wanted else None

    async with stage.database.read() as tx:
        shop = await tx.applications.find("shop")
    assert await until(both) is wanted
