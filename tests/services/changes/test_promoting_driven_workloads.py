"""Promotions of Deployments that a Rollout or Canary drives, on practice clusters."""

from collections.abc import AsyncIterator

import pytest

from db.transaction import Database
from domain.problems import Severity
from domain.stored.requests import PromotionRequest
from domain.words import Pin
from sandbox.faults import Failure
from sandbox.server import Sandbox
from tests.support.actors import ANN
from tests.support.custom_workloads import DRIVERS, definition, driver
from tests.support.findings import shows
from tests.support.promotion_stage import CLUSTERS, PromotionStage, image, staged, workload

TO_PRODUCTION = PromotionRequest(source_environment="Staging", target_environment="Production")


@pytest.fixture(scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(CLUSTERS, speed=20) as sandbox:
        for cluster in CLUSTERS:
            for kind in DRIVERS:
                sandbox.cluster(cluster).create(definition(kind))
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


@shows("rollout-driven")
@pytest.mark.parametrize("kind", list(DRIVERS))
async def test_a_deployment_that_something_else_drives_blocks_the_plan(stage, kind):
    await two_environments(stage)
    assert await findings(stage) == []
    drives = driver(kind)
    drives["metadata"] = {"name": "web", "namespace": stage.namespace}
    stage.sandbox.cluster("prod-eu").create(drives)
    assert await findings(stage) == [("rollout-driven", Severity.BLOCKS)]


@shows("rollout-driver-hidden")
async def test_what_may_drive_a_deployment_without_pods_and_may_not_be_listed_is_told(stage):
    await two_environments(stage)
    assert await findings(stage) == []
    stage.sandbox.faults("prod-eu").failures = [Failure(status=403, methods=("GET",), path=r"/canaries")]
    assert await findings(stage) == [("rollout-driver-hidden", Severity.WARNS)]
