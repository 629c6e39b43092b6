"""Failure policy by cluster that fails, by when and by how: what runs on each cluster in the end, and the outcome.

Four clusters in three rings: `a`, then `b` and `c`, then `d`. The workflow, its steps and its phases are the real ones.
"""

import pytest

from domain.resources import Manifest
from domain.stored.checks import Check, HttpCheck, Window
from domain.stored.hooks import Hook, HookMoment, JobScope, JobTemplate
from domain.stored.ring_runs import RingRun, RingRuns
from domain.stored.strategies import Remaining, Ring
from domain.words import FailurePolicy, OnFailure, OperationState, Outcome
from services.engine.ring_work import RingFailure, RingTask
from services.execution.progress import ClusterResult
from services.kube.errors import ClusterUnreachableError
from tests.support.failure_cells import (
    HOW,
    POLICIES,
    QUORUM,
    RING_OF,
    Cell,
    cells,
    expected_images,
    expected_outcomes,
    quorum_met,
)
from tests.support.fake_workers import ROLLED_BACK, SUCCEEDED, TO_WATCH
from tests.support.ring_stage import RingStage

_SMOKE = Check(name="smoke", asks=HttpCheck(url="https://shop.example/healthz", window=Window(seconds=60, every=5)))
_RING = RingRun(ring=Ring(selector=Remaining(), soak_seconds=60, checks=(_SMOKE,)))
_MIGRATE = Hook(
    name="migrate", when=HookMoment.BEFORE, scope=JobScope.CLUSTER, job=JobTemplate(manifest=Manifest({"kind": "Job"}))
)


def _stage(cell: Cell) -> tuple[RingStage, dict[str, str]]:
    """The operation, and what runs on each cluster: `old`, until something is written."""
    images = dict.fromkeys(RING_OF, "old")
    failure = cell.policy if isinstance(cell.policy, FailurePolicy) else None
    stage = RingStage(
        clusters=RING_OF,
        runs=RingRuns(
            rings=(_RING,) * 3,
            failure=failure,
            quorum=QUORUM if failure is FailurePolicy.QUORUM else None,
            hooks=(_MIGRATE,),
        ),
        on_failure=OnFailure.ROLL_BACK if failure else OnFailure(cell.policy),
    )

    def fails(when: str, name: str) -> ClusterResult | Exception | None:
        if (cell.when, cell.cluster) != (when, name):
            return None
        if cell.lost:
            return ClusterUnreachableError("No connection.", cluster=name)
        detail = f"{cell.how} while {when}"
        return ClusterResult(outcome=Outcome.FAILED, code=cell.how, detail=detail, undo_helps=cell.undo_helps)

    def applying(name: str) -> ClusterResult | Exception:
        failed = fails("apply", name)
        if failed is None or cell.reached:
            images[name] = "new"
        return failed or TO_WATCH

    def undoing(name: str) -> ClusterResult | Exception:
        if cell.lost and name == cell.cluster:
            return ClusterUnreachableError("No connection.", cluster=name)
        images[name] = "old"
        return ROLLED_BACK

    def around(when: str, task: RingTask) -> RingFailure | None:
        if cell.when != when or task.wave != cell.ring:
            return None
        clusters = None if cell.how == "ring" else frozenset({cell.cluster})
        return RingFailure(code=cell.how, detail=f"{when} failed", clusters=clusters, unreachable=cell.lost)

    stage.worker.applying = applying
    stage.worker.watching = lambda name: fails("rollout", name) or SUCCEEDED
    stage.worker.undoing = undoing
    stage.soaks = lambda name: fails("soak", name) or SUCCEEDED
    stage.before = lambda task: around("hook", task)
    stage.after = lambda task: around("check", task)
    return stage, images


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("when", HOW)
async def test_images_and_outcomes_are_as_the_failure_policy_says(policy, when):
    for cell in cells(policy, when):
        stage, images = _stage(cell)
        await stage.run()
        assert images == expected_images(cell), cell
        # Without outcome it waits: the end calls it skipped.
        outcomes = {name: outcome or Outcome.SKIPPED for name, outcome in stage.outcomes.items()}
        assert outcomes == expected_outcomes(cell), cell
        met = policy is FailurePolicy.QUORUM and quorum_met(cell)
        assert stage.conclusion.state is (OperationState.SUCCEEDED if met else OperationState.FAILED), cell


@pytest.mark.parametrize("policy", POLICIES)
async def test_without_a_failure_every_cluster_has_the_new_images_under_every_policy(policy):
    stage, images = _stage(Cell(policy, "a", "never", "error"))
    await stage.run()
    assert set(images.values()) == {"new"}
    assert stage.conclusion.state is OperationState.SUCCEEDED
    assert stage.operation.rings is not None
    assert all(run.proven_at for run in stage.operation.rings.rings)
