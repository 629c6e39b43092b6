"""Promotions of a Deployment that the stand-in for Flagger analyses, with persons who open its gates."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

import pytest

from db.transaction import Database
from domain.images import ContainerRef
from domain.resources import ResourceId
from domain.stored.requests import PromotionRequest, RollbackRequest
from domain.stored.strategies import Strategy
from domain.words import EventType, OnFailure, OperationState, Outcome, Pin
from sandbox.server import Sandbox
from services.planning.health.values import HealthState
from tests.support import flagger
from tests.support.actors import ANN
from tests.support.eventually import eventually
from tests.support.promotion_stage import CLUSTERS, PromotionStage, image, staged, workload

WEB = ResourceId.of("apps/v1", "Deployment", "web")
TO_PRODUCTION = PromotionRequest(source_environment="Staging", target_environment="Production")
BACK = replace(TO_PRODUCTION, strategy=Strategy(on_failure=OnFailure.ROLL_BACK))


@pytest.fixture(scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(CLUSTERS, speed=20) as sandbox:
        for cluster in CLUSTERS:
            flagger.install(sandbox.cluster(cluster))
        yield sandbox


@pytest.fixture
async def stage(database: Database, database_url: str, sandbox: Sandbox) -> AsyncIterator[PromotionStage]:
    async with staged(database, database_url, sandbox) as stage:
        yield stage


async def two_environments(stage: PromotionStage, gates: Sequence[str] = ()) -> None:
    """Staging runs 2, Production 1, where a Canary has taken over."""
    for environment, cluster, tag in (("Staging", "staging-1", "2"), ("Production", "prod-eu", "1")):
        web = workload("web", {"web": image(f"web:{tag}")}, replicas=2)
        await stage.environment(environment, {cluster: (web,)}, pin=Pin.TAG)
    canary = flagger.canary(gates=gates)
    metadata = {**canary["metadata"], "namespace": stage.namespace}
    stage.sandbox.cluster("prod-eu").create({**canary, "metadata": metadata})
    await until_phase(stage, "Initialized")


async def until_phase(stage: PromotionStage, phase: str) -> None:
    async def has_phase() -> bool | None:
        return stage.object("prod-eu", "Canary", "web").get("status", {}).get("phase") == phase or None

    await eventually(has_phase)


async def until_reported(stage: PromotionStage, operation: str, state: str) -> None:
    async def reported() -> bool | None:
        events = await stage.events_of(operation)
        states = [each.data["state"] for each in events if each.type is EventType.ROLLOUT_PROGRESSED]
        return state in states or None

    await eventually(reported)


async def shown(stage: PromotionStage) -> HealthState:
    """What the page of the application shows of `web` in Production."""
    _, production = (await stage.overview.read("shop", actor=ANN)).environments
    [web] = production.workloads
    [health] = web.health
    return health.health


def serving(stage: PromotionStage) -> dict[str, str]:
    return stage.images("prod-eu", "web-primary")


async def test_a_promotion_ends_when_flagger_has_copied_the_image_to_the_primary(stage):
    await two_environments(stage)
    started = await stage.promoting.start("shop", TO_PRODUCTION, actor=ANN, idempotency=None)
    assert (await stage.end_of(started.id)).state is OperationState.SUCCEEDED
    assert serving(stage) == {"web": image("web:2")}


async def test_a_deployment_without_pods_is_not_done_before_a_person_confirms_its_rollout(stage):
    await two_environments(stage, ["confirm-rollout"])
    started = await stage.promoting.start("shop", TO_PRODUCTION, actor=ANN, idempotency=None)
    await until_reported(stage, started.id, "waiting")
    assert stage.object("prod-eu", "Deployment", "web")["spec"]["replicas"] == 0
    assert not stage.engine.running[started.id].done()
    flagger.open_gate(stage.sandbox.cluster("prod-eu"), stage.namespace, "confirm-rollout")
    assert (await stage.end_of(started.id)).state is OperationState.SUCCEEDED
    assert serving(stage) == {"web": image("web:2")}


async def test_a_canary_that_a_person_calls_back_gets_its_former_image_and_is_well(stage):
    await two_environments(stage, ["confirm-promotion", "rollback"])
    started = await stage.promoting.start("shop", BACK, actor=ANN, idempotency=None)
    await until_phase(stage, "WaitingPromotion")
    flagger.open_gate(stage.sandbox.cluster("prod-eu"), stage.namespace, "rollback")
    operation = await stage.end_of(started.id)
    assert [each.outcome for each in operation.clusters] == [Outcome.ROLLED_BACK]
    assert stage.images("prod-eu", "web") == serving(stage) == {"web": image("web:1")}
    assert stage.object("prod-eu", "Canary", "web")["status"]["phase"] == "Failed"
    assert await shown(stage) is HealthState.READY


async def test_a_canary_whose_image_crashes_gets_its_former_image_back_without_a_person(stage):
    await two_environments(stage)
    stage.set_image("staging-1", "web", "web", image("web:broken"))
    named = replace(BACK, containers=(ContainerRef(workload=WEB, container="web"),))  # it fails at the source, too
    started = await stage.promoting.start("shop", named, actor=ANN, idempotency=None)
    operation = await stage.end_of(started.id)
    assert [each.outcome for each in operation.clusters] == [Outcome.ROLLED_BACK]
    assert stage.images("prod-eu", "web") == serving(stage) == {"web": image("web:1")}


async def test_a_promotion_goes_through_a_canary_that_failed_before(stage):
    await two_environments(stage, ["confirm-promotion", "rollback"])
    started = await stage.promoting.start("shop", BACK, actor=ANN, idempotency=None)
    await until_phase(stage, "WaitingPromotion")
    flagger.open_gate(stage.sandbox.cluster("prod-eu"), stage.namespace, "rollback")
    await stage.end_of(started.id)
    flagger.close_gate(stage.sandbox.cluster("prod-eu"), stage.namespace, "rollback")
    flagger.open_gate(stage.sandbox.cluster("prod-eu"), stage.namespace, "confirm-promotion")
    again = await stage.promoting.start("shop", BACK, actor=ANN, idempotency=None)
    assert (await stage.end_of(again.id)).state is OperationState.SUCCEEDED
    assert serving(stage) == {"web": image("web:2")}


async def test_a_release_is_rolled_back_by_an_analysis_of_its_own(stage):
    await two_environments(stage)
    started = await stage.promoting.start("shop", TO_PRODUCTION, actor=ANN, idempotency=None)
    await stage.end_of(started.id)
    request = RollbackRequest(operation=started.id)
    back = await stage.rolling_back.start("shop", "Production", request, actor=ANN, idempotency=None)
    assert (await stage.end_of(back.id)).state is OperationState.SUCCEEDED
    assert serving(stage) == {"web": image("web:1")}
