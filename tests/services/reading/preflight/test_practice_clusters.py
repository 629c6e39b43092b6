"""A practice cluster is put into each condition: the finding appears, and is gone without the condition."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from db.transaction import Database
from domain.divergences import Divergence, DivergenceKind, FoundImage
from domain.images import Image
from domain.resources import ResourceId
from domain.stored.requests import PromotionRequest
from domain.stored.strategies import Strategy
from domain.words import ImageConsent, OperationState, Outcome
from sandbox.faults import Failure
from sandbox.seed import equip
from sandbox.server import Sandbox
from services.changes.errors import PlanBlockedError
from tests.support.actors import ANN
from tests.support.findings import shows
from tests.support.promotion_stage import CLUSTERS, PromotionStage, image, staged, workload

TO_PRODUCTION = PromotionRequest(source_environment="Staging", target_environment="Production")
WEB = ResourceId.of("apps/v1", "Deployment", "web")
NO_POD_MORE = {"apiVersion": "v1", "kind": "ResourceQuota", "spec": {"hard": {"pods": "0"}}}


@pytest.fixture(scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(CLUSTERS, speed=20) as sandbox:
        yield sandbox


@pytest.fixture
async def stage(database: Database, database_url: str, sandbox: Sandbox) -> AsyncIterator[PromotionStage]:
    async with staged(database, database_url, sandbox) as stage:
        yield stage


def web(tag: str) -> dict[str, Any]:
    return workload("web", {"web": image(f"web:{tag}")}, progressDeadlineSeconds=600)


def db(tag: str) -> dict[str, Any]:
    claim = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    volumes = [{"metadata": {"name": "data"}, "spec": {**claim, "storageClassName": "standard"}}]
    return workload("db", {"db": image(f"db:{tag}")}, kind="StatefulSet", replicas=1, volumeClaimTemplates=volumes)


async def findings(stage: PromotionStage, request: PromotionRequest = TO_PRODUCTION) -> list[tuple[str, str]]:
    plan = await stage.promoting.preview("shop", request, actor=ANN)
    return [(problem.code, problem.severity.value) for problem in plan.all_problems]


def plant(stage: PromotionStage, cluster: str, body: dict[str, Any]) -> Callable[[], None]:
    """Make an object; the call that is returned removes it."""
    on, plural = stage.sandbox.cluster(cluster), f"{body['kind'].lower()}s"
    on.create({**body, "metadata": {"name": "bound", "namespace": stage.namespace}})
    return lambda: on.remove(plural, "bound", stage.namespace)


def change(stage: PromotionStage, plural: str, name: str, spec: dict[str, Any], namespace: str = "") -> None:
    on = stage.sandbox.cluster("prod-eu")
    found = on.get(plural, name, namespace)
    assert found is not None
    on.update({**found, "spec": {**found["spec"], **spec}}, manager="kubectl")


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(90):
        while not holds():
            await asyncio.sleep(0.02)


@shows("quota-stalls-rollout", "quota-needs-resources", "limits-refuse-pods")
async def test_bounds_of_a_namespace_are_found_and_a_healthy_promotion_has_no_finding(stage):
    await stage.environment("Staging", {"staging-1": (web("2"), db("2"))})
    await stage.environment("Production", {"prod-eu": (web("1"), db("1"))})
    assert await findings(stage) == []
    conditions = [
        (NO_POD_MORE, ("quota-stalls-rollout", "blocks")),
        (
            {"apiVersion": "v1", "kind": "ResourceQuota", "spec": {"hard": {"limits.cpu": "10"}}},
            ("quota-needs-resources", "blocks"),
        ),
        (
            {
                "apiVersion": "v1",
                "kind": "LimitRange",
                "spec": {"limits": [{"type": "Pod", "max": {"cpu": "1"}}]},
            },
            ("limits-refuse-pods", "blocks"),
        ),
    ]
    for body, expected in conditions:
        remove = plant(stage, "prod-eu", body)
        assert expected in await findings(stage), body
        with pytest.raises(PlanBlockedError):
            await stage.promoting.start("shop", TO_PRODUCTION, actor=ANN, idempotency=None)
        consented = await findings(stage, replace(TO_PRODUCTION, allow=(ImageConsent.WITHOUT_ROOM,)))
        assert {severity for code, severity in consented if code == expected[0]} == {"warns"}
        remove()
        assert await findings(stage) == []


@shows("no-node-fits", "storage-class-missing")
async def test_what_pods_need_of_the_cluster_is_found(stage):
    await stage.environment("Staging", {"staging-1": (web("2"), db("2"))})
    await stage.environment("Production", {"prod-eu": (web("1"), db("1"))})
    on = stage.sandbox.cluster("prod-eu")
    change(stage, "nodes", "node-0", {"taints": [{"key": "team", "value": "ml", "effect": "NoSchedule"}]})
    template = stage.object("prod-eu", "Deployment", "web")["spec"]["template"]
    selector = {"kubernetes.io/os": "linux"}
    tolerant = {**template, "spec": {**template["spec"], "nodeSelector": selector}}
    change(stage, "deployments", "web", {"template": tolerant}, stage.namespace)
    assert ("no-node-fits", "warns") in await findings(stage)
    change(stage, "nodes", "node-0", {"taints": []})
    await stage.until_rolled_out("prod-eu", "Deployment", "web")
    assert await findings(stage) == []
    on.remove("storageclasses", "standard")
    change(stage, "statefulsets", "db", {"replicas": 2}, stage.namespace)
    assert ("storage-class-missing", "warns") in await findings(stage)
    equip(on)
    assert ("storage-class-missing", "warns") not in await findings(stage)


@shows("no-pods", "rollout-under-way", "drifted", "workload-failing")
async def test_how_a_workload_stands_and_what_drifted_is_found(stage):
    await stage.environment("Staging", {"staging-1": (web("2"),)})
    production = await stage.environment("Production", {"prod-eu": (web("1"),)})
    change(stage, "deployments", "web", {"replicas": 0}, stage.namespace)
    await until(lambda: stage.object("prod-eu", "Deployment", "web")["status"].get("replicas", 0) == 0)
    assert await findings(stage) == [("no-pods", "tells")]
    change(stage, "deployments", "web", {"replicas": 1}, stage.namespace)
    await stage.until_rolled_out("prod-eu", "Deployment", "web")
    stage.set_image("prod-eu", "web", "web", image("web:broken"))
    await until(lambda: stage.object("prod-eu", "Deployment", "web")["status"].get("replicas") == 2)
    assert await findings(stage) == [("rollout-under-way", "warns")]
    drift = Divergence(
        kind=DivergenceKind.IMAGE_DRIFT,
        workload=WEB,
        container="web",
        init=False,
        found=(FoundImage(cluster="prod-eu", image=Image.of(image("web:broken")), expected=Image.of(image("web:1"))),),
        release=1,
    )
    async with stage.database.begin() as tx:
        assert production.id is not None
        await tx.divergences.begin(production.id, drift, since=datetime.now(UTC), again_within=timedelta(seconds=1))
    assert ("drifted", "warns") in await findings(stage)
    change(stage, "deployments", "web", {"progressDeadlineSeconds": 1}, stage.namespace)
    await until(lambda: "ProgressDeadlineExceeded" in str(stage.object("prod-eu", "Deployment", "web")["status"]))
    assert ("workload-failing", "warns") in await findings(stage)
    stage.set_image("prod-eu", "web", "web", image("web:1"))
    await stage.until_rolled_out("prod-eu", "Deployment", "web")
    assert await findings(stage) == []


async def test_room_that_is_taken_between_two_waves_ends_the_second_until_a_retry_finds_room(stage, monkeypatch):
    await stage.environment("Staging", {"staging-1": (web("2"),)})
    await stage.environment("Production", {"prod-eu": (web("1"),), "prod-us": (web("1"),)})
    removals: list[Callable[[], None]] = []
    really = stage.engine.step

    async def step(name: str, call: Any, *arguments: Any) -> Any:
        if arguments[1:] == (1,) and not removals:
            removals.append(plant(stage, "prod-eu", NO_POD_MORE))
        return await really(name, call, *arguments)

    monkeypatch.setattr(stage.engine, "step", step)
    request = replace(TO_PRODUCTION, strategy=Strategy(waves=(("prod-us",), ("prod-eu",))))
    started = await stage.promoting.start("shop", request, actor=ANN, idempotency=None)
    ended = await stage.end_of(started.id)
    assert ended.state is OperationState.FAILED
    assert {each.cluster_name: (each.outcome, each.code) for each in ended.clusters} == {
        "prod-us": (Outcome.SUCCEEDED, None),
        "prod-eu": (Outcome.FAILED, "quota-stalls-rollout"),
    }
    assert stage.writes("prod-eu") == []
    removals[0]()
    await stage.operations.retry(started.id, actor=ANN)
    ended = await stage.end_of(started.id)
    assert {each.outcome for each in ended.clusters} == {Outcome.SUCCEEDED}
    assert stage.images("prod-eu", "web")["web"] == image("web:2", pinned=True)


@shows("preflight-unread")
async def test_what_the_credential_may_not_read_is_said_and_fails_nothing(stage):
    await stage.environment("Staging", {"staging-1": (web("2"),)})
    await stage.environment("Production", {"prod-eu": (web("1"),)})
    stage.sandbox.faults("prod-eu").failures = [Failure(status=403, methods=("GET",), path="/resourcequotas")]
    plan = await stage.promoting.preview("shop", TO_PRODUCTION, actor=ANN)
    [problem] = plan.all_problems
    assert (problem.code, problem.severity) == ("preflight-unread", "tells")
    assert "ResourceQuotas" in problem.detail
    stage.sandbox.faults("prod-eu").failures = []
    assert await findings(stage) == []


@shows("rollout-paused")
async def test_a_paused_deployment_is_found_until_it_is_resumed(stage):
    await stage.environment("Staging", {"staging-1": (web("2"),)})
    await stage.environment("Production", {"prod-eu": (web("1"),)})
    change(stage, "deployments", "web", {"paused": True}, stage.namespace)
    assert ("rollout-paused", "blocks") in await findings(stage)
    change(stage, "deployments", "web", {"paused": False}, stage.namespace)
    await stage.until_rolled_out("prod-eu", "Deployment", "web")
    assert await findings(stage) == []


@shows("workload-missing")
async def test_a_workload_that_is_gone_from_a_cluster_is_found(stage):
    await stage.environment("Staging", {"staging-1": (web("2"), db("2"))})
    await stage.environment("Production", {"prod-eu": (web("1"), db("1"))})
    assert await findings(stage) == []
    stage.sandbox.cluster("prod-eu").remove("statefulsets", "db", stage.namespace)
    assert ("workload-missing", "warns") in await findings(stage)


@shows("source-skew")
async def test_a_source_whose_clusters_run_different_images_is_found_until_one_of_them_is_named(stage):
    await stage.environment("Staging", {"staging-1": (web("2"),), "staging-2": (web("3"),)})
    await stage.environment("Production", {"prod-eu": (web("1"),)})
    assert ("source-skew", "blocks") in await findings(stage)
    assert await findings(stage, replace(TO_PRODUCTION, source_cluster="staging-2")) == []
