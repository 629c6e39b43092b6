"""Failure policies over real HTTP: practice clusters are made to fail, and what runs on each of them is what it says.

The whole matrix is in `test_failure_matrix`, on fake clusters. Here is one policy with each moment.
"""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import pytest

from db.transaction import Database
from domain.resources import Manifest
from domain.stored.checks import Check, HttpCheck, Window
from domain.stored.hooks import Hook, HookMoment, JobScope, JobTemplate
from domain.stored.requests import PromotionRequest
from domain.stored.strategies import Amount, ByNames, Remaining, Ring, Strategy
from domain.words import FailurePolicy, OperationState
from sandbox.faults import Failure
from sandbox.server import Sandbox
from tests.support.actors import ANN
from tests.support.failure_cells import QUORUM, RING_OF, Cell, expected_images, quorum_met
from tests.support.promotion_stage import PromotionStage, image, staged, workload

_TO_PRODUCTION = PromotionRequest(source_environment="Staging", target_environment="Production")
_FAILS = "b"
_HOW = {"hook": "error", "apply": "error", "rollout": "crash-loop", "soak": "crash-loop", "check": "ring"}
_NOBODY = HttpCheck(url="http://127.0.0.1:1/healthz", window=Window(seconds=1, every=1))


@pytest.fixture(scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(("staging", *RING_OF), speed=50) as sandbox:
        yield sandbox


@pytest.fixture
async def stage(database: Database, database_url: str, sandbox: Sandbox) -> AsyncIterator[PromotionStage]:
    async with staged(database, database_url, sandbox) as stage:
        await stage.environment("Staging", {"staging": (_web("2"),)})
        await stage.environment("Production", {name: (_web("1"),) for name in RING_OF})
        yield stage


def _web(tag: str) -> dict[str, Any]:
    return workload("web", {"web": image(f"web:{tag}")}, replicas=1)


def _strategy(cell: Cell) -> Strategy:
    """Ring `a`, then `b` and `c`, then the rest; with a hook, a soak or a check where the cell fails in one."""
    pods = {"restartPolicy": "Never", "containers": [{"name": "work", "image": "$(image:web)"}]}
    job = Manifest({"apiVersion": "batch/v1", "kind": "Job", "spec": {"template": {"spec": pods}}})
    migrate = Hook(
        name="migrate", when=HookMoment.BEFORE, scope=JobScope.CLUSTER, job=JobTemplate(manifest=job, seconds=60)
    )
    checks = (Check(name="smoke", asks=_NOBODY),) if cell.when == "check" else ()
    second = Ring(selector=ByNames(names=("b", "c")), soak_seconds=3 if cell.when == "soak" else 0, checks=checks)
    assert isinstance(cell.policy, FailurePolicy)
    return Strategy(
        rings=(Ring(selector=ByNames(names=("a",))), second, Ring(selector=Remaining())),
        failure=cell.policy,
        quorum=Amount(value=QUORUM) if cell.policy is FailurePolicy.QUORUM else None,
        hooks=(migrate,) if cell.when == "hook" else (),
    )


def _break(stage: PromotionStage, cell: Cell) -> None:
    """From now on, it fails on the cluster."""
    faults = stage.sandbox.faults(_FAILS)
    match cell.when:
        case "hook":
            faults.failures = [Failure(status=403, methods=("POST",), path=r"/jobs(?!.*dryRun)")]
        case "apply":
            faults.failures = [Failure(status=403, methods=("PATCH",), path=r"/deployments/web(?!.*dryRun)")]
        case "rollout" | "soak":
            _crash(stage)
        case _:
            return


def _crash(stage: PromotionStage) -> None:
    """Somebody adds a container that crashes; the image that was brought stays."""
    body = stage.object(_FAILS, "Deployment", "web")
    body["spec"]["template"]["spec"]["containers"].append({"name": "proxy", "image": image("proxy:broken")})
    stage.sandbox.cluster(_FAILS).update(body, manager="kubectl")


_STEP = {"hook": "act", "apply": "act", "rollout": "watch", "soak": "prove", "check": "act"}


def _breaks_in_the_second_ring(stage: PromotionStage, cell: Cell, monkeypatch: pytest.MonkeyPatch) -> None:
    really = stage.engine.step

    async def step(name: str, call: Callable[..., Any], *arguments: Any) -> Any:
        if (name, arguments[1:]) == (_STEP[cell.when], (1,)):
            _break(stage, cell)
        return await really(name, call, *arguments)

    monkeypatch.setattr(stage.engine, "step", step)


def _runs(stage: PromotionStage, cluster: str) -> str:
    return "new" if stage.images(cluster, "web")["web"] == image("web:2", pinned=True) else "old"


@pytest.mark.parametrize("when", _HOW)
@pytest.mark.parametrize("policy", [FailurePolicy.STOP])
async def test_images_are_as_the_failure_policy_says(stage, monkeypatch, policy, when):
    cell = Cell(policy, _FAILS, when, _HOW[when])
    _breaks_in_the_second_ring(stage, cell, monkeypatch)
    request = replace(_TO_PRODUCTION, strategy=_strategy(cell))
    started = await stage.promoting.start("shop", request, actor=ANN, idempotency=None)
    ended = await stage.end_of(started.id)
    told = {each.cluster_name: (each.outcome, each.code, each.detail) for each in ended.clusters}
    assert {name: _runs(stage, name) for name in RING_OF} == expected_images(cell), told
    met = policy is FailurePolicy.QUORUM and quorum_met(cell)
    assert ended.state is (OperationState.SUCCEEDED if met else OperationState.FAILED), told
    for name, (outcome, _, _) in told.items():
        good = outcome is not None and outcome.good
        assert good == (_runs(stage, name) == "new" and name not in cell.failing), told
