"""What promotions do to a workload of Flux on practice clusters, by the image delivery that is set for it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from db.transaction import Database
from domain.images import ContainerRef
from domain.resources import ResourceId
from domain.stored.image_deliveries import ImageDeliveries, SetImageDeliveries, WorkloadDelivery
from domain.stored.requests import PromotionRequest, RollbackRequest
from domain.stored.strategies import Strategy
from domain.words import ImageDelivery, OnFailure, Outcome
from sandbox.server import Sandbox
from tests.support.actors import ANN
from tests.support.findings import shows
from tests.support.promotion_stage import CLUSTERS, PromotionStage, image, staged, workload

TO_PRODUCTION = PromotionRequest(source_environment="Staging", target_environment="Production")
WEB = ResourceId.of("apps/v1", "Deployment", "web")
FLUX = {"kustomize.toolkit.fluxcd.io/name": "shop", "kustomize.toolkit.fluxcd.io/namespace": "flux-system"}


@pytest.fixture(scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(CLUSTERS, speed=50) as sandbox:
        yield sandbox


@pytest.fixture
async def stage(database: Database, database_url: str, sandbox: Sandbox) -> AsyncIterator[PromotionStage]:
    async with staged(database, database_url, sandbox) as stage:
        await stage.environment("Staging", {"staging-1": (workload("web", {"web": image("web:2")}),)})
        yield stage


async def production(stage: PromotionStage, delivery: ImageDelivery, *, image_of: str) -> None:
    """Production, where Flux owns `web`, of which the field manager `image_of` has the image."""
    record = await stage.environment("Production", {"prod-eu": ()}, configured=False)
    body = workload("web", {"web": image("web:1")})
    body["metadata"] |= {"namespace": stage.namespace, "labels": FLUX}
    stage.sandbox.cluster("prod-eu").create(body, manager=image_of)
    assert record.id is not None
    of_web = WorkloadDelivery(workload=WEB, delivery=delivery)
    given = SetImageDeliveries(deliveries=ImageDeliveries(workloads=(of_web,)), set_by="ada", set_at=datetime.now(UTC))
    async with stage.database.begin() as tx:
        await tx.app_environments.configure(record.id, namespace=stage.namespace, resources=[WEB])
        await tx.app_environments.change(record.application.id, record.environment.id, image_deliveries=given)
    await stage.until_rolled_out("prod-eu", "Deployment", "web")


async def codes(stage: PromotionStage) -> list[str]:
    return [each.code for each in (await stage.promoting.preview("shop", TO_PRODUCTION, actor=ANN)).all_problems]


@shows("delivered-directly")
async def test_an_image_that_the_owner_leaves_out_is_written_directly(stage):
    await production(stage, ImageDelivery.DIRECT, image_of="stagecoach")
    assert await codes(stage) == ["delivered-directly"]
    started = await stage.promoting.start("shop", TO_PRODUCTION, actor=ANN, idempotency=None)
    (ended,) = (await stage.end_of(started.id)).clusters
    assert (ended.outcome, stage.images("prod-eu", "web")["web"]) == (Outcome.SUCCEEDED, image("web:2", pinned=True))


async def test_an_image_that_fails_is_put_back_directly(stage):
    await production(stage, ImageDelivery.DIRECT, image_of="stagecoach")
    stage.set_image("staging-1", "web", "web", image("web:broken"))
    named = (ContainerRef(workload=WEB, container="web"),)  # it does not run in Staging either
    back = Strategy(on_failure=OnFailure.ROLL_BACK)
    request = replace(TO_PRODUCTION, containers=named, strategy=back)
    started = await stage.promoting.start("shop", request, actor=ANN, idempotency=None)
    (ended,) = (await stage.end_of(started.id)).clusters
    assert (ended.outcome, stage.images("prod-eu", "web")["web"]) == (Outcome.ROLLED_BACK, image("web:1"))


async def test_a_rollback_is_written_directly_as_well(stage):
    await production(stage, ImageDelivery.DIRECT, image_of="stagecoach")
    promoted = await stage.promoting.start("shop", TO_PRODUCTION, actor=ANN, idempotency=None)
    await stage.end_of(promoted.id)
    back = RollbackRequest(operation=promoted.id)
    started = await stage.rolling_back.start("shop", "Production", back, actor=ANN, idempotency=None)
    (ended,) = (await stage.end_of(started.id)).clusters
    assert ended.outcome is Outcome.SUCCEEDED, ended.detail
    assert stage.images("prod-eu", "web")["web"].startswith(image("web:1"))


async def test_a_cluster_that_was_away_is_written_directly_by_the_retry(stage):
    await production(stage, ImageDelivery.DIRECT, image_of="stagecoach")
    stage.sandbox.cut_off("prod-eu")
    started = await stage.promoting.start("shop", TO_PRODUCTION, actor=ANN, idempotency=None)
    assert (await stage.end_of(started.id)).clusters[0].outcome is Outcome.UNREACHABLE
    stage.sandbox.faults("prod-eu").unreachable = False
    stage.pool.answers(stage.cluster_ids["prod-eu"])  # as a probe does: the breaker need not wait
    await stage.operations.retry(started.id, actor=ANN)
    (retried,) = (await stage.end_of(started.id)).clusters
    assert (retried.outcome, stage.images("prod-eu", "web")["web"]) == (
        Outcome.SUCCEEDED,
        image("web:2", pinned=True),
    )


@shows("direct-takes-from-others")
async def test_an_image_that_somebody_else_has_is_not_written_directly(stage):
    await production(stage, ImageDelivery.DIRECT, image_of="kustomize-controller")
    assert await codes(stage) == ["direct-takes-from-others"]


async def test_a_workload_whose_delivery_is_refused_is_not_written(stage):
    await production(stage, ImageDelivery.REFUSE, image_of="stagecoach")
    assert await codes(stage) == ["owned"]


@shows("delivery-refused")
async def test_a_workload_of_nobody_whose_delivery_is_refused_is_not_written(stage):
    await production(stage, ImageDelivery.REFUSE, image_of="kubectl")
    body = stage.object("prod-eu", "Deployment", "web")
    body["metadata"]["labels"] = {}
    stage.sandbox.cluster("prod-eu").update(body, manager="kubectl")
    await stage.until_rolled_out("prod-eu", "Deployment", "web")
    assert await codes(stage) == ["delivery-refused"]
