"""Promotions of Deployments that a Rollout or Canary drives, on practice clusters."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from db.transaction import Database
from domain.problems import Severity
from domain.stored.requests import PromotionRequest
from domain.stored.strategies import Strategy
from domain.words import OnFailure, OperationState, Outcome, Pin
from sandbox.errors import StatusError
from sandbox.faults import Failure
from sandbox.server import Sandbox
from services.planning.health.values import HealthState
from tests.support.actors import ANN
from tests.support.custom_workloads import DRIVERS, aborted, definition_of, done, driver, paused, report
from tests.support.eventually import eventually
from tests.support.findings import shows
from tests.support.promotion_stage import CLUSTERS, PromotionStage, image, plain, staged, workload

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
            for kind in DRIVERS:
                sandbox.cluster(cluster).create(definition_of(kind))
        yield sandbox


@pytest.fixture
async def stage(database: Database, database_url: str, sandbox: Sandbox) -> AsyncIterator[PromotionStage]:
    async with staged(database, database_url, sandbox) as stage:
        yield stage


async def two_environments(stage: PromotionStage) -> None:
    """Staging runs 2, Production wants no pods with 1."""
    for environment, cluster, tag, replicas in (("Staging", "staging-1", "2", 1), ("Production", "prod-eu", "1", 0)):
        web = workload("web", {"web": image(f"web:{tag}")}, replicas=replicas)
        await stage.environment(environment, {cluster: (web,)}, pin=Pin.TAG)


async def findings(stage: PromotionStage) -> list[tuple[str, Severity]]:
    """Those about what drives a workload."""
    plan = await stage.promoting.preview("shop", TO_PRODUCTION, actor=ANN)
    return [(each.code, each.severity) for each in plan.all_problems if each.code.startswith("rollout-driv")]


def drive(stage: PromotionStage, kind: str, status: dict[str, Any], *, generation: int = 1) -> None:
    """A Rollout or Canary of `web` in Production reports this; a Rollout of that generation of `web`."""
    cluster, body = stage.sandbox.cluster("prod-eu"), driver(kind)
    body["metadata"] = {"name": "web", "namespace": stage.namespace}
    if kind == "Rollout":
        body["metadata"]["annotations"] = {"rollout.argoproj.io/workload-generation": str(generation)}
    try:
        live = cluster.create(body)
    except StatusError:  # it is there already
        there = plain(stage.object("prod-eu", kind, "web"))
        live = cluster.update({**there, "metadata": {**there["metadata"], **body["metadata"]}})
    report(stage.sandbox, "prod-eu", plain(live), {**status, "workloadObservedGeneration": str(generation)})


async def shown(stage: PromotionStage) -> HealthState:
    """What the page of the application shows of `web` in Production."""
    _, production = (await stage.overview.read("shop", actor=ANN)).environments
    [web] = production.workloads
    [health] = web.health
    return health.health


def generation(stage: PromotionStage) -> int:
    return int(stage.object("prod-eu", "Deployment", "web")["metadata"]["generation"])


async def until_written(stage: PromotionStage) -> None:
    async def written() -> bool | None:
        return stage.images("prod-eu", "web") == {"web": image("web:2")} or None

    await eventually(written)


async def until_reported(stage: PromotionStage, operation_id: str, state: str) -> None:
    async def reported() -> bool | None:
        events = await stage.events_of(operation_id)
        return any(each.data.get("state") == state for each in events) or None

    await eventually(reported)


@shows("rollout-driven")
@pytest.mark.parametrize("kind", list(DRIVERS))
async def test_a_plan_says_what_else_drives_a_deployment(stage, kind):
    await two_environments(stage)
    assert await findings(stage) == []
    drive(stage, kind, {"phase": "Initialized"})
    assert await findings(stage) == [("rollout-driven", Severity.TELLS)]


async def test_a_deployment_without_pods_is_done_when_the_rollout_that_drives_it_is(stage):
    await two_environments(stage)
    drive(stage, "Rollout", done("Rollout"), generation=generation(stage))
    started = await stage.promoting.start("shop", TO_PRODUCTION, actor=ANN, idempotency=None)
    await until_written(stage)
    await until_reported(stage, started.id, "pending")
    assert await shown(stage) is HealthState.PENDING
    drive(stage, "Rollout", paused(), generation=generation(stage))
    await until_reported(stage, started.id, "waiting")
    assert await shown(stage) is HealthState.WAITING
    assert not stage.engine.running[started.id].done()
    drive(stage, "Rollout", done("Rollout"), generation=generation(stage))
    assert (await stage.end_of(started.id)).state is OperationState.SUCCEEDED


async def test_a_rollout_that_is_aborted_takes_the_image_of_its_deployment_back(stage):
    await two_environments(stage)
    drive(stage, "Rollout", done("Rollout"), generation=generation(stage))
    started = await stage.promoting.start("shop", BACK, actor=ANN, idempotency=None)
    await until_written(stage)
    drive(stage, "Rollout", aborted(), generation=generation(stage))

    async def undone() -> bool | None:
        return stage.images("prod-eu", "web") == {"web": image("web:1")} or None

    await eventually(undone)
    drive(stage, "Rollout", {**done("Rollout"), "abort": False}, generation=generation(stage))
    operation = await stage.end_of(started.id)
    assert [each.outcome for each in operation.clusters] == [Outcome.ROLLED_BACK]


async def test_a_deployment_without_pods_is_done_when_flagger_has_promoted_it(stage):
    await two_environments(stage)
    primary = workload("web-primary", {"web": image("web:1")}, replicas=1)
    primary["metadata"]["namespace"] = stage.namespace
    stage.sandbox.cluster("prod-eu").create(primary)
    drive(stage, "Canary", {"phase": "Succeeded"})
    started = await stage.promoting.start("shop", TO_PRODUCTION, actor=ANN, idempotency=None)
    await until_written(stage)
    await until_reported(stage, started.id, "pending")
    assert not stage.engine.running[started.id].done()
    stage.set_image("prod-eu", "web-primary", "web", image("web:2"))
    assert (await stage.end_of(started.id)).state is OperationState.SUCCEEDED


@shows("rollout-driver-hidden")
async def test_what_may_drive_a_deployment_without_pods_and_may_not_be_listed_is_told(stage):
    await two_environments(stage)
    assert await findings(stage) == []
    stage.sandbox.faults("prod-eu").failures = [Failure(status=403, methods=("GET",), path=r"/canaries")]
    assert await findings(stage) == [("rollout-driver-hidden", Severity.WARNS)]
