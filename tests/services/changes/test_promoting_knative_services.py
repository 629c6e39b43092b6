"""Promotions of Knative Services that the stand-in for Knative carries out, with persons who move their traffic."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from db.transaction import Database
from domain.images import ContainerRef
from domain.problems import Severity
from domain.resources import ResourceId
from domain.stored.requests import PromotionRequest
from domain.stored.strategies import Strategy
from domain.words import EventType, OnFailure, OperationState, Outcome, Pin
from sandbox.server import Sandbox
from tests.support import knative
from tests.support.actors import ANN
from tests.support.eventually import eventually
from tests.support.findings import shows
from tests.support.promotion_stage import CLUSTERS, PromotionStage, image, staged

WEB = ResourceId.of("serving.knative.dev/v1", "Service", "web")
TO_PRODUCTION = PromotionRequest(source_environment="Staging", target_environment="Production")
BACK = replace(TO_PRODUCTION, strategy=Strategy(on_failure=OnFailure.ROLL_BACK))
FIRST = knative.pinned_to("web-00001")


@pytest.fixture(scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(CLUSTERS, speed=20) as sandbox:
        for cluster in CLUSTERS:
            knative.install(sandbox.cluster(cluster))
        yield sandbox


@pytest.fixture
async def stage(database: Database, database_url: str, sandbox: Sandbox) -> AsyncIterator[PromotionStage]:
    async with staged(database, database_url, sandbox) as stage:
        yield stage


async def two_environments(stage: PromotionStage, *traffic: Mapping[str, Any]) -> None:
    """Staging runs 2, Production 1, which gets this traffic once it runs."""
    for environment, cluster, tag in (("Staging", "staging-1", "2"), ("Production", "prod-eu", "1")):
        await stage.environment(environment, {cluster: (knative.service(image(f"web:{tag}")),)}, pin=Pin.TAG)
        await until_ready(stage, cluster, "web-00001")
    if traffic:
        set_traffic(stage, *traffic)


def set_traffic(stage: PromotionStage, *traffic: Mapping[str, Any]) -> None:
    knative.set_traffic(stage.sandbox.cluster("prod-eu"), stage.namespace, *traffic)


async def until_ready(stage: PromotionStage, cluster: str, revision: str) -> None:
    async def ready() -> bool | None:
        return serving(stage, cluster) == [revision] or None

    await eventually(ready)


def serving(stage: PromotionStage, cluster: str = "prod-eu") -> list[str]:
    """The Revisions that get traffic."""
    traffic = stage.object(cluster, "Service", "web").get("status", {}).get("traffic") or []
    return [each["revisionName"] for each in traffic if each.get("percent")]


def image_of(stage: PromotionStage, revision: str) -> str:
    found = stage.sandbox.cluster("prod-eu").get("revisions.serving.knative.dev", revision, stage.namespace)
    assert found is not None
    reference: str = found["spec"]["containers"][0]["image"]
    return reference


async def until_waiting(stage: PromotionStage, operation: str) -> None:
    async def waits() -> bool | None:
        events = await stage.events_of(operation)
        states = [each.data["state"] for each in events if each.type is EventType.ROLLOUT_PROGRESSED]
        return "waiting" in states or None

    await eventually(waits)


async def pinned(stage: PromotionStage) -> list[tuple[Severity, str]]:
    plan = await stage.promoting.preview("shop", TO_PRODUCTION, actor=ANN)
    return [(each.severity, each.detail) for each in plan.all_problems if each.code == "traffic-pinned"]


async def test_a_promotion_ends_when_the_new_revision_has_all_traffic(stage):
    await two_environments(stage)
    started = await stage.promoting.start("shop", TO_PRODUCTION, actor=ANN, idempotency=None)
    assert (await stage.end_of(started.id)).state is OperationState.SUCCEEDED
    assert (serving(stage), image_of(stage, "web-00002")) == (["web-00002"], image("web:2"))
    [release, *_] = await stage.releases_of("Production")
    assert [each.image.tag for each in release.images] == ["2"]


async def test_one_whose_image_crashes_gets_its_former_image_back(stage):
    await two_environments(stage)
    stage.set_image("staging-1", "web", "web", image("web:broken"), kind="Service")
    named = replace(BACK, containers=(ContainerRef(workload=WEB, container="web"),))  # it fails at the source, too
    started = await stage.promoting.start("shop", named, actor=ANN, idempotency=None)
    operation = await stage.end_of(started.id)
    assert [each.outcome for each in operation.clusters] == [Outcome.ROLLED_BACK]
    assert (serving(stage), image_of(stage, "web-00003")) == (["web-00003"], image("web:1"))


async def test_an_image_that_its_registry_lacks_fails_without_waiting_for_pods(stage):
    await two_environments(stage)
    stage.set_image("staging-1", "web", "web", image("web:missing"), kind="Service")
    named = replace(TO_PRODUCTION, containers=(ContainerRef(workload=WEB, container="web"),))
    started = await stage.promoting.start("shop", named, actor=ANN, idempotency=None)
    [ended] = (await stage.end_of(started.id)).clusters
    assert (ended.outcome, ended.code) == (Outcome.FAILED, "rollout-failed")
    assert "Unable to fetch image" in (ended.detail or "")
    assert serving(stage) == ["web-00001"]


@shows("traffic-pinned")
async def test_a_plan_says_that_an_image_is_never_served_where_traffic_is_pinned_to_a_revision(stage):
    await two_environments(stage)
    assert await pinned(stage) == []
    set_traffic(stage, FIRST)
    [(severity, detail)] = await pinned(stage)
    assert severity is Severity.WARNS
    assert "100 % to web-00001" in detail
    assert "its new image is not served" in detail


async def test_a_plan_says_how_much_traffic_is_left_for_the_image(stage):
    await two_environments(stage, knative.pinned_to("web-00001", 80), {**knative.LATEST, "percent": 20})
    [(_, detail)] = await pinned(stage)
    assert "no more than 20 % of the traffic" in detail


async def test_where_traffic_is_pinned_a_promotion_waits_until_a_person_moves_it(stage):
    await two_environments(stage, FIRST)
    started = await stage.promoting.start("shop", TO_PRODUCTION, actor=ANN, idempotency=None)
    await until_waiting(stage, started.id)
    assert (serving(stage), image_of(stage, "web-00002")) == (["web-00001"], image("web:2"))
    assert not stage.engine.running[started.id].done()
    set_traffic(stage, knative.LATEST)
    assert (await stage.end_of(started.id)).state is OperationState.SUCCEEDED
    assert serving(stage) == ["web-00002"]


async def test_a_promotion_goes_on_when_its_cluster_answers_again(stage):
    await two_environments(stage, FIRST)
    started = await stage.promoting.start("shop", TO_PRODUCTION, actor=ANN, idempotency=None)
    await until_waiting(stage, started.id)
    stage.sandbox.faults("prod-eu").unreachable = True
    set_traffic(stage, knative.LATEST)
    await until_ready(stage, "prod-eu", "web-00002")
    assert not stage.engine.running[started.id].done()
    stage.sandbox.faults("prod-eu").unreachable = False
    assert (await stage.end_of(started.id)).state is OperationState.SUCCEEDED
