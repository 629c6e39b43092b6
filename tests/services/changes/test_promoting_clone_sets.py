"""Promotions of CloneSets that the stand-in for OpenKruise carries out, with persons who move partitions."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from db.transaction import Database
from domain.images import ContainerRef
from domain.resources import ResourceId
from domain.stored.requests import PromotionRequest
from domain.stored.strategies import Strategy
from domain.words import EventType, OnFailure, OperationState, Outcome, Pin
from sandbox.server import Sandbox
from tests.support import kruise
from tests.support.actors import ANN
from tests.support.eventually import eventually
from tests.support.promotion_stage import CLUSTERS, PromotionStage, image, staged

WEB = ResourceId.of("apps.kruise.io/v1alpha1", "CloneSet", "web")
TO_PRODUCTION = PromotionRequest(source_environment="Staging", target_environment="Production")
BACK = replace(TO_PRODUCTION, strategy=Strategy(on_failure=OnFailure.ROLL_BACK))


@pytest.fixture(scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(CLUSTERS, speed=20) as sandbox:
        for cluster in CLUSTERS:
            kruise.install(sandbox.cluster(cluster))
        yield sandbox


@pytest.fixture
async def stage(database: Database, database_url: str, sandbox: Sandbox) -> AsyncIterator[PromotionStage]:
    async with staged(database, database_url, sandbox) as stage:
        yield stage


async def two_environments(stage: PromotionStage, **strategy: Any) -> None:
    """Staging runs 2, Production 1, updated by this strategy."""
    for environment, cluster, tag, how in (
        ("Staging", "staging-1", "2", {}),
        ("Production", "prod-eu", "1", strategy),
    ):
        body = kruise.clone_set(image(f"web:{tag}"), **how)
        await stage.environment(environment, {cluster: (body,)}, pin=Pin.TAG)
        await until_ready(stage, cluster)


async def until_ready(stage: PromotionStage, cluster: str = "prod-eu") -> None:
    async def ready() -> bool | None:
        status = stage.object(cluster, "CloneSet", "web").get("status", {})
        return status.get("updatedReadyReplicas") == 2 or None

    await eventually(ready)


async def until_waiting(stage: PromotionStage, operation: str) -> None:
    async def waits() -> bool | None:
        events = await stage.events_of(operation)
        states = [each.data["state"] for each in events if each.type is EventType.ROLLOUT_PROGRESSED]
        return "waiting" in states or None

    await eventually(waits)


def running(stage: PromotionStage) -> list[str]:
    pods = stage.sandbox.cluster("prod-eu").list("pods", stage.namespace)
    return sorted(pod["spec"]["containers"][0]["image"] for pod in pods)


async def test_a_promotion_ends_when_all_pods_have_the_image(stage):
    await two_environments(stage)
    started = await stage.promoting.start("shop", TO_PRODUCTION, actor=ANN, idempotency=None)
    assert (await stage.end_of(started.id)).state is OperationState.SUCCEEDED
    assert running(stage) == [image("web:2")] * 2


async def test_a_promotion_waits_at_a_partition_until_a_person_lowers_it(stage):
    await two_environments(stage, partition="50%")
    started = await stage.promoting.start("shop", TO_PRODUCTION, actor=ANN, idempotency=None)
    await until_waiting(stage, started.id)
    assert running(stage) == [image("web:1"), image("web:2")]
    assert not stage.engine.running[started.id].done()
    kruise.set_strategy(stage.sandbox.cluster("prod-eu"), stage.namespace, partition=0)
    assert (await stage.end_of(started.id)).state is OperationState.SUCCEEDED


async def test_one_that_is_paused_meanwhile_waits_until_a_person_resumes_it(stage):
    await two_environments(stage, partition="50%")
    started = await stage.promoting.start("shop", TO_PRODUCTION, actor=ANN, idempotency=None)
    await until_waiting(stage, started.id)
    kruise.set_strategy(stage.sandbox.cluster("prod-eu"), stage.namespace, paused=True)
    assert not stage.engine.running[started.id].done()
    kruise.set_strategy(stage.sandbox.cluster("prod-eu"), stage.namespace)
    assert (await stage.end_of(started.id)).state is OperationState.SUCCEEDED


async def test_one_whose_image_crashes_gets_its_former_image_back(stage):
    await two_environments(stage)
    stage.set_image("staging-1", "web", "web", image("web:broken"), kind="CloneSet")
    named = replace(BACK, containers=(ContainerRef(workload=WEB, container="web"),))  # it fails at the source, too
    started = await stage.promoting.start("shop", named, actor=ANN, idempotency=None)
    operation = await stage.end_of(started.id)
    assert [each.outcome for each in operation.clusters] == [Outcome.ROLLED_BACK]
    await until_ready(stage)
    assert running(stage) == [image("web:1")] * 2
