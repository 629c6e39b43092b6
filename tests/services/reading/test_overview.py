"""Overviews of practice clusters, some of which do not answer."""

from collections.abc import AsyncIterator

import pytest

from db.transaction import Database
from sandbox.server import Sandbox
from services.errors import NotFoundError
from services.planning.health.values import HealthState
from services.planning.overviews.values import EnvironmentOverview
from tests.support.actors import ANN
from tests.support.promotion_stage import CLUSTERS, PromotionStage, digest, image, staged, workload


@pytest.fixture(scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(CLUSTERS, speed=20) as sandbox:
        yield sandbox


@pytest.fixture
async def stage(database: Database, database_url: str, sandbox: Sandbox) -> AsyncIterator[PromotionStage]:
    async with staged(database, database_url, sandbox) as stage:
        yield stage


def web(tag: str):
    return (workload("web", {"init-it": image("init:1"), "web": image(f"web:{tag}")}),)


async def environments(stage: PromotionStage) -> tuple[EnvironmentOverview, ...]:
    return (await stage.overview.read("shop", actor=ANN)).environments


async def two_environments(stage: PromotionStage) -> None:
    await stage.environment("Staging", {"staging-1": web("2")})
    await stage.environment("Production", {"prod-eu": web("1"), "prod-us": web("1")})


async def test_every_container_is_shown_with_tag_digest_and_health_by_cluster(stage):
    await two_environments(stage)
    staging, production = await environments(stage)
    assert (staging.environment, production.environment) == ("Staging", "Production")
    [shown] = production.workloads
    assert [(each.name, each.init) for each in shown.containers] == [("init-it", True), ("web", False)]
    assert [(each.cluster, each.image.tag, each.image.digest) for each in shown.containers[1].images] == [
        ("prod-eu", "1", digest("web:1")),
        ("prod-us", "1", digest("web:1")),
    ]
    assert [(each.health, each.ready, each.desired) for each in shown.health] == [(HealthState.READY, 1, 1)] * 2


async def test_what_the_environment_before_runs_is_offered(stage):
    await two_environments(stage)
    staging, production = await environments(stage)
    offered = production.workloads[0].containers[1].offered
    assert offered is not None
    assert (offered.environment, offered.image.digest) == ("Staging", digest("web:2"))
    assert staging.workloads[0].containers[1].offered is None


async def test_a_dead_cluster_shows_what_was_known_marked_as_stale(stage):
    await two_environments(stage)
    await environments(stage)
    stage.sandbox.cut_off("prod-us")
    _, production = await environments(stage)
    eu, us = production.clusters
    assert (eu.reachable, us.reachable, us.stale) == (True, False, True)
    assert us.error
    assert us.read_at is not None
    web = production.workloads[0]
    assert [each.cluster for each in web.containers[1].images] == ["prod-eu", "prod-us"]
    assert [each.health for each in web.health] == [HealthState.READY, HealthState.UNKNOWN]
    assert production.stale


async def test_a_dead_cluster_that_was_never_read_shows_no_images(stage):
    await two_environments(stage)
    stage.sandbox.cut_off("prod-us")
    _, production = await environments(stage)
    assert [each.cluster for each in production.workloads[0].containers[1].images] == ["prod-eu"]
    assert not production.clusters[1].stale


async def test_a_cluster_that_hangs_is_not_waited_for(stage):
    await two_environments(stage)
    stage.sandbox.faults("prod-us").latency_ms = 60_000.0
    _, production = await environments(stage)
    assert [each.reachable for each in production.clusters] == [True, False]


async def test_an_environment_that_is_not_configured_names_its_clusters_and_asks_none(stage):
    await stage.environment("Production", {"prod-eu": ()}, configured=False)
    [production] = await environments(stage)
    assert (production.configured, production.workloads) == (False, ())
    assert [each.cluster for each in production.clusters] == ["prod-eu"]


async def test_a_failing_workload_says_which_pod_and_why(stage):
    await stage.environment("Production", {"prod-eu": web("1")})
    stage.set_image("prod-eu", "web", "web", image("web:missing"))
    for _ in range(200):
        [production] = await environments(stage)
        [health] = production.workloads[0].health
        if health.reason in {"ErrImagePull", "ImagePullBackOff"}:
            break
    assert health.message is not None
    assert "container web" in health.message


async def test_an_application_that_does_not_exist_is_not_found(stage):
    with pytest.raises(NotFoundError):
        await stage.overview.read("nothing", actor=ANN)
