"""Promotions of Argo Rollouts, CloneSets and Knative Services on practice clusters; the tests play controllers."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from db.transaction import Database
from domain.stored.requests import PromotionRequest
from domain.stored.strategies import Strategy
from domain.words import EventType, OnFailure, OperationState, Outcome, Pin
from sandbox.server import Sandbox
from services.changes.errors import PlanBlockedError
from tests.support.actors import ANN
from tests.support.custom_workloads import GROUPS, aborted, custom_workload, definition_of, done, paused, report
from tests.support.eventually import eventually
from tests.support.findings import shows
from tests.support.promotion_stage import CLUSTERS, PromotionStage, image, staged

TO_PRODUCTION = PromotionRequest(source_environment="Staging", target_environment="Production")
BACK = PromotionRequest(
    source_environment="Staging",
    target_environment="Production",
    strategy=Strategy(on_failure=OnFailure.ROLL_BACK),
)
STEPS = {"strategy": {"canary": {"steps": [{"setWeight": 20}, {"pause": {}}]}}}


@pytest.fixture(scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(CLUSTERS, speed=20) as sandbox:
        for cluster in CLUSTERS:
            for kind in GROUPS:
                sandbox.cluster(cluster).create(definition_of(kind))
        yield sandbox


@pytest.fixture
async def stage(database: Database, database_url: str, sandbox: Sandbox) -> AsyncIterator[PromotionStage]:
    async with staged(database, database_url, sandbox) as stage:
        yield stage


async def two_environments(stage: PromotionStage, kind: str, **spec: Any) -> None:
    """Staging runs 2, Production 1."""
    for environment, cluster, tag in (("Staging", "staging-1", "2"), ("Production", "prod-eu", "1")):
        workload = custom_workload(kind, image(f"web:{tag}"), replicas=1, **spec)
        await stage.environment(environment, {cluster: (workload,)}, pin=Pin.TAG)
        report(stage.sandbox, cluster, stage.object(cluster, kind, "web"), done(kind))


async def until_written(stage: PromotionStage, kind: str, tag: str = "2") -> None:
    async def written() -> bool | None:
        return stage.images("prod-eu", "web", kind) == {"web": image(f"web:{tag}")} or None

    await eventually(written)


async def states_of(stage: PromotionStage, operation_id: str) -> list[str]:
    events = await stage.events_of(operation_id)
    return [event.data["state"] for event in events if event.type is EventType.ROLLOUT_PROGRESSED]


@pytest.mark.parametrize("kind", list(GROUPS))
async def test_a_promotion_ends_when_the_controller_of_the_kind_is_done(stage, kind):
    await two_environments(stage, kind)
    started = await stage.promoting.start("shop", TO_PRODUCTION, actor=ANN, idempotency=None)
    await until_written(stage, kind)
    report(stage.sandbox, "prod-eu", stage.object("prod-eu", kind, "web"), done(kind))
    operation = await stage.end_of(started.id)
    assert operation.state is OperationState.SUCCEEDED
    [release, *_] = await stage.releases_of("Production")
    assert [each.image.tag for each in release.images] == ["2"]


async def test_a_rollout_that_pauses_keeps_its_operation_waiting_until_a_person_promotes_it(stage):
    await two_environments(stage, "Rollout", **STEPS)
    started = await stage.promoting.start("shop", TO_PRODUCTION, actor=ANN, idempotency=None)
    await until_written(stage, "Rollout")
    report(stage.sandbox, "prod-eu", stage.object("prod-eu", "Rollout", "web"), paused())

    async def waits() -> bool | None:
        return "waiting" in await states_of(stage, started.id) or None

    await eventually(waits)
    assert not stage.engine.running[started.id].done()
    report(stage.sandbox, "prod-eu", stage.object("prod-eu", "Rollout", "web"), done("Rollout"))
    assert (await stage.end_of(started.id)).state is OperationState.SUCCEEDED


async def test_a_rollout_that_is_aborted_goes_back_to_its_former_image(stage):
    await two_environments(stage, "Rollout", **STEPS)
    started = await stage.promoting.start("shop", BACK, actor=ANN, idempotency=None)
    await until_written(stage, "Rollout")
    report(stage.sandbox, "prod-eu", stage.object("prod-eu", "Rollout", "web"), aborted())
    await until_written(stage, "Rollout", "1")
    report(stage.sandbox, "prod-eu", stage.object("prod-eu", "Rollout", "web"), {**done("Rollout"), "abort": False})
    operation = await stage.end_of(started.id)
    assert [each.outcome for each in operation.clusters] == [Outcome.ROLLED_BACK]


@shows("revision-named")
async def test_a_knative_service_that_names_its_revision_blocks_the_plan(stage):
    await two_environments(stage, "Service")
    unnamed = await stage.promoting.preview("shop", TO_PRODUCTION, actor=ANN)
    assert "revision-named" not in [problem.code for problem in unnamed.all_problems]
    body = stage.object("prod-eu", "Service", "web")
    body["spec"]["template"]["metadata"]["name"] = "web-1"
    stage.sandbox.cluster("prod-eu").update(body, manager="kubectl")
    with pytest.raises(PlanBlockedError) as refusal:
        await stage.promoting.start("shop", TO_PRODUCTION, actor=ANN, idempotency=None)
    assert "revision-named" in [problem.code for problem in refusal.value.problems]
