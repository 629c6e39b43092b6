"""Restarts on practice clusters."""

from collections.abc import AsyncIterator

import pytest

from db.transaction import Database
from domain.stored.restarts import RestartRequest
from domain.words import OperationState, Outcome
from sandbox.server import Sandbox
from services.changes.restarting import Restarting
from services.limits import Limits
from tests.support.actors import ANN
from tests.support.promotion_stage import CLUSTERS, PromotionStage, image, staged, workload


@pytest.fixture(scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(CLUSTERS, speed=20) as sandbox:
        yield sandbox


@pytest.fixture
async def stage(database: Database, database_url: str, sandbox: Sandbox) -> AsyncIterator[PromotionStage]:
    async with staged(database, database_url, sandbox) as stage:
        web = workload("web", {"web": image("web:1")})
        await stage.environment("Production", {"prod-eu": (web,), "prod-us": (web,)})
        yield stage


def _generation(stage: PromotionStage, cluster: str) -> int:
    return int(stage.object(cluster, "Deployment", "web")["metadata"]["generation"])


async def test_a_restart_replaces_pods_once_and_waits_for_the_new_ones_also_on_a_cluster_that_answers_later(stage):
    restarting = Restarting(stage.database, stage.pool, stage.operations, Limits(plan=25.0))
    plan = await restarting.preview("shop", "Production", RestartRequest(), actor=ANN)
    assert [[each.name for each in cluster.restarts] for cluster in plan.clusters] == [["web"], ["web"]]
    before = {cluster: _generation(stage, cluster) for cluster in ("prod-eu", "prod-us")}
    stage.sandbox.faults("prod-us").set({"unreachable": True})
    started = await restarting.start("shop", "Production", RestartRequest(), actor=ANN, idempotency=None)
    outcomes = {each.cluster_name: each.outcome for each in (await stage.end_of(started.id)).clusters}
    assert outcomes == {"prod-eu": Outcome.SUCCEEDED, "prod-us": Outcome.UNREACHABLE}
    stage.sandbox.faults("prod-us").set({"unreachable": False})
    await stage.operations.retry(started.id, actor=ANN)
    assert (await stage.end_of(started.id)).state is OperationState.SUCCEEDED
    for cluster in ("prod-eu", "prod-us"):
        web = stage.object(cluster, "Deployment", "web")
        assert web["metadata"]["generation"] == before[cluster] + 1
        assert web["status"]["updatedReplicas"] == web["status"]["readyReplicas"] == 1
        assert stage.images(cluster, "web") == {"web": image("web:1")}
    assert await stage.releases_of("Production") == ()
