"""Promotions of Rollouts that the stand-in for Argo Rollouts carries out, with persons who promote and abort them."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from db.transaction import Database
from domain.images import ContainerRef
from domain.resources import ResourceId
from domain.stored.requests import PromotionRequest, RollbackRequest
from domain.stored.strategies import Strategy
from domain.words import EventType, OnFailure, OperationState, Outcome, Pin
from sandbox.server import Sandbox
from tests.support import argo_rollouts
from tests.support.actors import ANN
from tests.support.argo_rollouts import rollout
from tests.support.eventually import eventually
from tests.support.promotion_stage import CLUSTERS, PromotionStage, image, staged

WEB = ResourceId.of("argoproj.io/v1alpha1", "Rollout", "web")
TO_PRODUCTION = PromotionRequest(source_environment="Staging", target_environment="Production")
BACK = PromotionRequest(
    source_environment="Staging",
    target_environment="Production",
    strategy=Strategy(on_failure=OnFailure.ROLL_BACK),
)


@pytest.fixture(scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(CLUSTERS, speed=20) as sandbox:
        for cluster in CLUSTERS:
            argo_rollouts.install(sandbox.cluster(cluster))
        yield sandbox


@pytest.fixture
async def stage(database: Database, database_url: str, sandbox: Sandbox) -> AsyncIterator[PromotionStage]:
    async with staged(database, database_url, sandbox) as stage:
        yield stage


async def two_environments(stage: PromotionStage) -> None:
    """Staging runs 2, Production 1."""
    for environment, cluster, each in (("Staging", "staging-1", "2"), ("Production", "prod-eu", "1")):
        await stage.environment(environment, {cluster: (rollout(image(f"web:{each}")),)}, pin=Pin.TAG)
        await until(stage, "Healthy", cluster)


async def until(stage: PromotionStage, phase: str, cluster: str = "prod-eu") -> None:
    async def has_phase() -> bool | None:
        return stage.object(cluster, "Rollout", "web").get("status", {}).get("phase") == phase or None

    await eventually(has_phase)


async def until_waiting(stage: PromotionStage, operation: str) -> None:
    async def waits() -> bool | None:
        events = await stage.events_of(operation)
        states = [each.data["state"] for each in events if each.type is EventType.ROLLOUT_PROGRESSED]
        return "waiting" in states or None

    await eventually(waits)


async def test_a_promotion_waits_at_a_pause_until_a_person_promotes_the_rollout(stage):
    await two_environments(stage)
    started = await stage.promoting.start("shop", TO_PRODUCTION, actor=ANN, idempotency=None)
    await until_waiting(stage, started.id)
    assert not stage.engine.running[started.id].done()
    argo_rollouts.promote(stage.sandbox.cluster("prod-eu"), stage.namespace)
    assert (await stage.end_of(started.id)).state is OperationState.SUCCEEDED
    assert stage.object("prod-eu", "Rollout", "web")["status"]["phase"] == "Healthy"


async def test_a_rollout_that_a_person_aborts_gets_its_former_image_back(stage):
    await two_environments(stage)
    started = await stage.promoting.start("shop", BACK, actor=ANN, idempotency=None)
    await until_waiting(stage, started.id)
    argo_rollouts.abort(stage.sandbox.cluster("prod-eu"), stage.namespace)
    operation = await stage.end_of(started.id)
    assert [each.outcome for each in operation.clusters] == [Outcome.ROLLED_BACK]
    assert stage.images("prod-eu", "web", "Rollout") == {"web": image("web:1")}
    await until(stage, "Healthy")


async def test_a_release_of_a_rollout_is_rolled_back_by_its_steps(stage):
    await two_environments(stage)
    started = await stage.promoting.start("shop", TO_PRODUCTION, actor=ANN, idempotency=None)
    await until_waiting(stage, started.id)
    argo_rollouts.promote(stage.sandbox.cluster("prod-eu"), stage.namespace)
    await stage.end_of(started.id)
    back = await stage.rolling_back.start(
        "shop", "Production", RollbackRequest(operation=started.id), actor=ANN, idempotency=None
    )
    await until_waiting(stage, back.id)  # to Argo Rollouts an older template is a new one, but for the stable one
    argo_rollouts.promote(stage.sandbox.cluster("prod-eu"), stage.namespace)
    assert (await stage.end_of(back.id)).state is OperationState.SUCCEEDED
    assert stage.images("prod-eu", "web", "Rollout") == {"web": image("web:1")}


async def test_a_canary_whose_image_crashes_gets_its_former_image_back_without_a_person(stage):
    await two_environments(stage)
    stage.set_image("staging-1", "web", "web", image("web:broken"), kind="Rollout")
    named = replace(BACK, containers=(ContainerRef(workload=WEB, container="web"),))  # it fails at the source, too
    started = await stage.promoting.start("shop", named, actor=ANN, idempotency=None)
    operation = await stage.end_of(started.id)
    assert [each.outcome for each in operation.clusters] == [Outcome.ROLLED_BACK]
    assert stage.images("prod-eu", "web", "Rollout") == {"web": image("web:1")}
