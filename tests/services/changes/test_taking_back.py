"""The one step back from an operation on practice clusters, however it ended."""

from collections.abc import AsyncIterator

import pytest

from db.transaction import Database
from domain.images import ContainerRef
from domain.resources import ResourceId
from domain.stored.requests import PromotionRequest, RollbackRequest
from domain.stored.strategies import Strategy
from domain.words import OnFailure, OperationState, Outcome
from sandbox.server import Sandbox
from services.errors import InvalidRequestError, NotFoundError
from tests.support.actors import ANN
from tests.support.findings import shows
from tests.support.promotion_stage import CLUSTERS, PromotionStage, image, staged, workload
from tests.support.rows import make_operation, make_target


@pytest.fixture(scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(CLUSTERS, speed=20) as sandbox:
        yield sandbox


@pytest.fixture
async def stage(database: Database, database_url: str, sandbox: Sandbox) -> AsyncIterator[PromotionStage]:
    async with staged(database, database_url, sandbox) as stage:
        await stage.environment("Staging", {"staging-1": (web("1", "2"),)})
        await stage.environment("Production", {"prod-eu": (web("1", "1"),), "prod-us": (web("1", "1"),)})
        yield stage


def web(tag: str, proxy: str):
    return workload("web", {"web": image(f"web:{tag}"), "proxy": image(f"proxy:{proxy}")})


async def promoted(stage: PromotionStage, *containers: str, on_failure: OnFailure = OnFailure.STAY):
    workload_id = ResourceId.of("apps/v1", "Deployment", "web")
    chosen = tuple(ContainerRef(workload=workload_id, container=name) for name in containers)
    request = PromotionRequest(
        source_environment="Staging",
        target_environment="Production",
        containers=chosen,
        strategy=Strategy(on_failure=on_failure),
    )
    started = await stage.promoting.start("shop", request, actor=ANN, idempotency=None)
    return await stage.end_of(started.id)


async def taken_back(stage: PromotionStage, operation: str):
    request = RollbackRequest(operation=operation)
    started = await stage.rolling_back.start("shop", "Production", request, actor=ANN, idempotency=None)
    return await stage.end_of(started.id)


async def test_a_failed_operation_is_taken_back_without_touching_what_a_former_one_brought(stage):
    assert (await promoted(stage, "proxy")).state is OperationState.SUCCEEDED
    stage.set_image("staging-1", "web", "web", image("web:broken"))
    failed = await promoted(stage, "web")
    assert failed.state is OperationState.FAILED
    ended = await taken_back(stage, failed.id)
    assert ended.state is OperationState.SUCCEEDED
    for cluster in ("prod-eu", "prod-us"):
        images = stage.images(cluster, "web")
        assert images["web"].startswith(image("web:1"))
        assert images["proxy"] == image("proxy:2", pinned=True)


async def test_of_an_operation_that_was_rolled_back_nothing_is_left_to_do(stage):
    stage.set_image("staging-1", "web", "web", image("web:broken"))
    undone = await promoted(stage, "web", on_failure=OnFailure.ROLL_BACK)
    assert {each.outcome for each in undone.clusters} == {Outcome.ROLLED_BACK}
    plan = await stage.rolling_back.preview("shop", "Production", RollbackRequest(operation=undone.id), actor=ANN)
    assert plan.nothing_to_do


@shows("changed-since-operation")
async def test_what_somebody_changed_since_the_operation_is_told_until_its_image_is_back(stage):
    done = await promoted(stage, "proxy")
    request = RollbackRequest(operation=done.id)
    before = await stage.rolling_back.preview("shop", "Production", request, actor=ANN)
    assert before.all_problems == ()
    stage.set_image("prod-eu", "web", "proxy", image("proxy:hotfix"))
    await stage.until_rolled_out("prod-eu", "Deployment", "web")
    changed = await stage.rolling_back.preview("shop", "Production", request, actor=ANN)
    assert [(each.code, each.cluster) for each in changed.all_problems] == [("changed-since-operation", "prod-eu")]
    stage.set_image("prod-eu", "web", "proxy", image("proxy:2", pinned=True))
    await stage.until_rolled_out("prod-eu", "Deployment", "web")
    after = await stage.rolling_back.preview("shop", "Production", request, actor=ANN)
    assert after.all_problems == ()


async def test_the_release_that_runs_is_current_and_not_the_newest(stage):
    first = await promoted(stage, "proxy")
    stage.set_image("staging-1", "web", "proxy", image("proxy:3"))
    await stage.until_rolled_out("staging-1", "Deployment", "web")
    second = await promoted(stage, "proxy")
    assert (first.state, second.state) == (OperationState.SUCCEEDED, OperationState.SUCCEEDED)
    assert [each.current for each in await stage.releases_of("Production")] == [True, False]
    for cluster in ("prod-eu", "prod-us"):
        stage.set_image(cluster, "web", "proxy", image("proxy:2"))
        await stage.until_rolled_out(cluster, "Deployment", "web")
    await stage.overview.read("shop", actor=ANN)
    assert [each.current for each in await stage.releases_of("Production")] == [False, True]
    for cluster in ("prod-eu", "prod-us"):
        stage.set_image(cluster, "web", "proxy", image("proxy:hotfix"))
    await stage.overview.read("shop", actor=ANN)
    assert [each.current for each in await stage.releases_of("Production")] == [False, False]


async def test_an_operation_of_another_app_environment_is_not_found(stage):
    ended = await promoted(stage, "proxy")
    request = RollbackRequest(operation=ended.id)
    with pytest.raises(NotFoundError):
        await stage.rolling_back.preview("shop", "Staging", request, actor=ANN)
    with pytest.raises(NotFoundError):
        await stage.rolling_back.preview("shop", "Production", RollbackRequest(operation="none"), actor=ANN)


async def test_a_rollback_can_be_taken_back_as_well(stage):
    first = await promoted(stage, "proxy")
    back = await taken_back(stage, first.id)
    again = await taken_back(stage, back.id)
    assert again.state is OperationState.SUCCEEDED
    assert stage.images("prod-eu", "web")["proxy"] == image("proxy:2", pinned=True)


async def test_an_operation_that_brought_whole_objects_has_no_image_to_put_back(stage):
    imported = await make_operation(stage.database, await make_target(stage.database, clusters=()))
    with pytest.raises(InvalidRequestError):
        await stage.rolling_back.preview("shop", "Production", RollbackRequest(operation=imported), actor=ANN)
