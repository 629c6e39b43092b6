"""Rings over practice clusters: a person between two rings, and what happens while a ring soaks."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import pytest

from db.transaction import Database
from domain.stored.requests import PromotionRequest
from domain.stored.strategies import ByNames, Remaining, Ring, Strategy
from domain.words import EventType, FailurePolicy, OnFailure, OperationState, Outcome
from sandbox.server import Sandbox
from services.changes.paused import NotPausedError, PausedOperations
from services.reading.permissions import Permissions
from tests.support.actors import ANN
from tests.support.promotion_stage import CLUSTERS, PromotionStage, image, plain, staged, workload

_TO_PRODUCTION = PromotionRequest(source_environment="Staging", target_environment="Production")
_EU, _REST = Ring(selector=ByNames(names=("prod-eu",))), Ring(selector=Remaining())
_LONG = 3600  # seconds: no test waits for its end


@pytest.fixture(scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(CLUSTERS, speed=20) as sandbox:
        yield sandbox


@pytest.fixture
async def stage(database: Database, database_url: str, sandbox: Sandbox) -> AsyncIterator[PromotionStage]:
    async with staged(database, database_url, sandbox) as stage:
        web = {tag: workload("web", {"web": image(f"web:{tag}")}, replicas=2) for tag in ("1", "2")}
        await stage.environment("Staging", {"staging-1": (web["2"],)})
        await stage.environment("Production", {"prod-eu": (web["1"],), "prod-us": (web["1"],)})
        yield stage
        _taint(stage)


@pytest.fixture
def paused(stage: PromotionStage) -> PausedOperations:
    return PausedOperations(stage.database, Permissions(stage.database))


async def _start(stage: PromotionStage, *rings: Ring, **strategy: Any) -> str:
    request = replace(_TO_PRODUCTION, strategy=Strategy(rings=rings, **strategy))
    return str((await stage.promoting.start("shop", request, actor=ANN, idempotency=None)).id)


async def _until_told(stage: PromotionStage, operation_id: str, type_: EventType) -> None:
    async with asyncio.timeout(90):
        async for batch in stage.operations.follow(operation_id):
            if any(each.type is type_ for each in batch):
                return


async def _soaking(stage: PromotionStage, seconds: int = _LONG, **strategy: Any) -> str:
    """A promotion whose first ring, `prod-eu`, soaks."""
    operation_id = await _start(stage, replace(_EU, soak_seconds=seconds), _REST, **strategy)
    await _until_told(stage, operation_id, EventType.SOAK_STARTED)
    return operation_id


def _tags(stage: PromotionStage) -> list[str]:
    images = [stage.images(cluster, "web")["web"] for cluster in ("prod-eu", "prod-us")]
    return [each.partition("@")[0].rpartition(":")[2] for each in images]


async def _ended(stage: PromotionStage, operation_id: str) -> dict[str, tuple[Outcome | None, str | None]]:
    ended = await stage.end_of(operation_id)
    return {each.cluster_name: (each.outcome, each.code) for each in ended.clusters}


async def test_a_ring_that_pauses_waits_for_a_person_who_continues(stage, paused):
    operation_id = await _start(stage, replace(_EU, pauses=True), _REST)
    await _until_told(stage, operation_id, EventType.OPERATION_PAUSED)
    waiting = await stage.operations.read(operation_id, actor=ANN)
    assert waiting.pause is not None
    assert [gate.reason for gate in waiting.pause.gates] == [
        "Ring 1 of 2 is done (prod-eu), and the strategy waits for a person."
    ]
    assert _tags(stage) == ["2", "1"]
    await paused.proceed(operation_id, actor=ANN)
    assert await _ended(stage, operation_id) == {
        "prod-eu": (Outcome.SUCCEEDED, None),
        "prod-us": (Outcome.SUCCEEDED, None),
    }
    rings = (await stage.operations.read(operation_id, actor=ANN)).rings
    assert rings is not None
    assert [run.continued_by for run in rings.rings] == [ANN.name, None]
    with pytest.raises(Exception, match="has ended"):
        await paused.proceed(operation_id, actor=ANN)


async def test_a_ring_that_pauses_can_be_undone(stage, paused):
    operation_id = await _start(stage, replace(_EU, pauses=True), _REST)
    await _until_told(stage, operation_id, EventType.OPERATION_PAUSED)
    await paused.undo(operation_id, actor=ANN)
    assert await _ended(stage, operation_id) == {
        "prod-eu": (Outcome.ROLLED_BACK, "cancelled"),
        "prod-us": (Outcome.SKIPPED, "cancelled"),
    }
    assert _tags(stage) == ["1", "1"]


async def test_an_operation_that_soaks_is_undone_without_waiting_for_its_end(stage, paused):
    operation_id = await _soaking(stage)
    with pytest.raises(NotPausedError):
        await paused.proceed(operation_id, actor=ANN)
    await paused.undo(operation_id, actor=ANN)
    assert await _ended(stage, operation_id) == {
        "prod-eu": (Outcome.ROLLED_BACK, "cancelled"),
        "prod-us": (Outcome.SKIPPED, "cancelled"),
    }
    assert _tags(stage) == ["1", "1"]
    told = [(each.type, each.cluster) for each in await stage.events_of(operation_id)]
    assert (EventType.OPERATION_UNDO_REQUESTED, None) in told
    assert (EventType.UNDO_STARTED, "prod-eu") in told


@pytest.mark.parametrize(
    ("on_failure", "outcome", "tag"),
    [(OnFailure.STAY, Outcome.FAILED, "2"), (OnFailure.ROLL_BACK, Outcome.ROLLED_BACK, "1")],
)
async def test_what_is_cancelled_while_it_soaks_has_not_succeeded(stage, on_failure, outcome, tag):
    operation_id = await _soaking(stage, on_failure=on_failure)
    await stage.operations.cancel(operation_id, actor=ANN)
    assert await _ended(stage, operation_id) == {
        "prod-eu": (outcome, "cancelled"),
        "prod-us": (Outcome.SKIPPED, "cancelled"),
    }
    assert _tags(stage) == [tag, "1"]
    assert (await stage.operations.read(operation_id, actor=ANN)).state is OperationState.CANCELLED


async def test_a_soak_that_passes_lets_the_next_ring_begin(stage):
    operation_id = await _soaking(stage, seconds=1)
    assert await _ended(stage, operation_id) == {
        "prod-eu": (Outcome.SUCCEEDED, None),
        "prod-us": (Outcome.SUCCEEDED, None),
    }
    ended = [each.data for each in await stage.events_of(operation_id) if each.type is EventType.SOAK_ENDED]
    assert ended == [{"ring": 1, "passed": True}]


def _crash(stage: PromotionStage) -> None:
    body = stage.object("prod-eu", "Deployment", "web")
    body["spec"]["template"]["spec"]["containers"].append({"name": "proxy", "image": image("proxy:broken")})
    stage.sandbox.cluster("prod-eu").update(body, manager="kubectl")


def _restart(stage: PromotionStage) -> None:
    """A container of a pod ends, and is started again at once."""
    on = stage.sandbox.cluster("prod-eu")
    pod = plain(on.list("pods", stage.namespace)[0])
    ended = {"terminated": {"exitCode": 137, "reason": "OOMKilled", "finishedAt": "2100-01-01T00:00:00Z"}}
    pod["status"]["containerStatuses"][0] |= {"restartCount": 1, "lastState": ended}
    on.update_status(pod)


def _delete(stage: PromotionStage) -> None:
    stage.sandbox.cluster("prod-eu").delete("deployments", "web", stage.namespace)


def _recreate(stage: PromotionStage) -> None:
    """As `kubectl replace --force`: the images are those that were brought."""
    body = stage.object("prod-eu", "Deployment", "web")
    _delete(stage)
    metadata = {"name": "web", "namespace": stage.namespace}
    stage.sandbox.cluster("prod-eu").create(
        {**{key: body[key] for key in ("apiVersion", "kind", "spec")}, "metadata": metadata}, manager="kubectl"
    )


def _lose_a_pod(stage: PromotionStage) -> None:
    """Of the two, only one stays ready: no node takes another one."""
    on = stage.sandbox.cluster("prod-eu")
    _taint(stage, {"key": "team", "value": "ml", "effect": "NoSchedule"})
    on.remove("pods", on.list("pods", stage.namespace)[0]["metadata"]["name"], stage.namespace)


def _taint(stage: PromotionStage, *taints: dict[str, str]) -> None:
    on = stage.sandbox.cluster("prod-eu")
    node = on.get("nodes", "node-0")
    assert node is not None
    on.update({**node, "spec": {**node["spec"], "taints": list(taints)}}, manager="kubectl")


@pytest.mark.parametrize(
    ("happens", "said"),
    [
        (_crash, "proxy"),
        (_restart, "a container restarted during the soak"),
        (_delete, "it was deleted during the soak"),
        (_recreate, "it was deleted and created again during the soak"),
        (_lose_a_pod, "only 1 of 2 pods are ready, after 2 were"),
    ],
)
async def test_what_happens_to_a_workload_while_it_soaks_fails_its_ring(stage, happens, said):
    operation_id = await _soaking(stage, failure=FailurePolicy.BEST_EFFORT)
    happens(stage)
    await _until_told(stage, operation_id, EventType.SOAK_ENDED)
    ended = await stage.end_of(operation_id)
    canary, other = ended.clusters
    assert canary.code == "soak-failed"
    assert said in (canary.detail or "")
    assert canary.outcome not in {Outcome.SUCCEEDED, Outcome.UNCHANGED}
    assert other.outcome is Outcome.SUCCEEDED


@pytest.mark.parametrize("happens", [_recreate, _lose_a_pod])
async def test_what_happens_while_no_process_watches_fails_the_soak_as_well(stage, happens: Callable[[Any], None]):
    """The process dies: its step has no result, and another one runs it again."""
    operation_id = await _soaking(stage, failure=FailurePolicy.STOP)
    stage.engine.running[operation_id].cancel()
    await asyncio.gather(stage.engine.running[operation_id], return_exceptions=True)
    happens(stage)
    before = await stage.operations.read(operation_id, actor=ANN)
    await stage.engine.start(operation_id, attempt=1, waves=2)
    ended = await stage.end_of(operation_id)
    canary, other = ended.clusters
    assert (canary.code, other.outcome) == ("soak-failed", Outcome.SKIPPED)
    assert before.rings is not None
    assert ended.rings is not None
    assert ended.rings.rings[0].soak_began_at == before.rings.rings[0].soak_began_at
    began = [each for each in await stage.events_of(operation_id) if each.type is EventType.SOAK_STARTED]
    assert len(began) == 1
