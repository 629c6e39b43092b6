"""What an operation brings is on the clusters of a ring before the hooks of the ring run."""

from dataclasses import replace

import pytest

from domain.resources import Manifest
from domain.stored.hooks import Hook, HookMoment, JobScope, JobTemplate
from domain.stored.ring_runs import RingRun, RingRuns
from domain.stored.strategies import Remaining, Ring
from domain.words import FailurePolicy, OnFailure, Outcome
from services.engine.ring_work import RingFailure, RingTask
from services.execution.progress import ClusterResult
from tests.support.fake_workers import DOWN, FAILED, SUCCEEDED, FakeWorker, only
from tests.support.ring_stage import RingStage

_REFUSED = ClusterResult(outcome=Outcome.FAILED, code="cluster-forbidden", detail="It may not write ConfigMaps.")


def _stage(failure: FailurePolicy | None = None, when: HookMoment = HookMoment.BEFORE) -> RingStage:
    """Two clusters in a ring, then one; hooks are among the worker's calls."""
    job = JobTemplate(manifest=Manifest({"kind": "Job"}))
    stage = RingStage(
        clusters={"a": 0, "b": 0, "c": 1},
        runs=RingRuns(
            rings=(RingRun(ring=Ring(selector=Remaining())),) * 2,
            failure=failure,
            hooks=(Hook(name="migrate", when=when, scope=JobScope.CLUSTER, job=job),),
        ),
        on_failure=OnFailure.STAY if failure is None else OnFailure.ROLL_BACK,
        worker=FakeWorker(bringing=lambda _: SUCCEEDED),
    )

    def hook(task: RingTask) -> None:
        stage.worker.calls.append(f"hook {' '.join(each.name for each in task.clusters)}")

    stage.before = hook
    return stage


async def test_hooks_run_when_all_clusters_of_their_ring_have_what_is_brought():
    stage = _stage()
    await stage.run()
    assert stage.worker.calls == [
        "bring a",
        "bring b",
        "hook a b",
        "apply a",
        "apply b",
        "bring c",
        "hook c",
        "apply c",
    ]


async def test_without_a_hook_before_the_change_the_workers_bring_it_with_the_images():
    stage = _stage(when=HookMoment.AFTER)
    await stage.run()
    assert "bring a" not in stage.worker.calls


@pytest.mark.parametrize("failure", [None, FailurePolicy.STOP, FailurePolicy.ALL_OR_NOTHING])
async def test_where_it_cannot_be_brought_no_hook_of_the_ring_runs_and_no_image_changes(failure):
    stage = _stage(failure)
    stage.worker.bringing = only("b", _REFUSED)
    await stage.run()
    assert stage.worker.calls == ["bring a", "bring b"]
    assert stage.outcomes == {"a": Outcome.SKIPPED, "b": Outcome.FAILED, "c": None}
    assert [stage.ended(name).code for name in "ab"] == ["wave-blocked", "cluster-forbidden"]


async def test_a_policy_that_goes_on_without_a_cluster_runs_the_hooks_of_the_others():
    stage = _stage(FailurePolicy.BEST_EFFORT)
    stage.worker.bringing = only("b", DOWN)
    await stage.run()
    assert stage.worker.calls == ["bring a", "bring b", "hook a", "apply a", "bring c", "hook c", "apply c"]
    assert stage.outcomes == {"a": Outcome.SUCCEEDED, "b": Outcome.UNREACHABLE, "c": Outcome.SUCCEEDED}


async def test_a_cancellation_meanwhile_runs_no_hook_and_leaves_what_was_brought():
    stage = _stage()

    def brings_and_is_cancelled(_: str) -> ClusterResult:
        stage.cancelled = True
        return SUCCEEDED

    stage.worker.bringing = brings_and_is_cancelled
    await stage.run()
    assert stage.worker.calls == ["bring a", "bring b"]
    assert [stage.ended(name).code for name in "ab"] == ["cancelled", "cancelled"]
    assert all("keys that it brings had been written here" in (stage.ended(name).detail or "") for name in "ab")


async def test_a_cluster_that_is_skipped_because_of_another_one_says_that_its_keys_stay():
    stage = _stage()
    stage.worker.bringing = only("b", _REFUSED)
    await stage.run()
    assert (stage.ended("a").detail or "").endswith("The keys that it brings had been written here, and stay.")


async def test_a_cluster_to_which_nothing_was_brought_says_nothing_of_keys():
    stage = _stage()
    stage.worker.bringing = None
    stage.before = lambda _: RingFailure(code="hook-failed", detail="It failed.", clusters=frozenset({"b"}))
    await stage.run()
    assert (stage.ended("a").code, stage.ended("a").detail) == ("hook-failed", "It failed.")


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("bringing-keys", "Keys that it brings may have been written here, and stay."),
        ("keys-brought", "The keys that it brings had been written here, and stay."),
    ],
)
async def test_a_cancellation_after_a_crash_says_which_keys_stay(code, said):
    stage = _stage()
    waiting = tuple(replace(each, code=code) for each in stage.operation.clusters)
    stage.operation = replace(stage.operation, clusters=waiting)
    stage.cancelled = True
    await stage.run()
    assert stage.worker.calls == []
    assert stage.ended("a").code == "cancelled"
    assert (stage.ended("a").detail or "").endswith(said)


async def test_that_keys_are_being_written_is_stored_before_the_first_of_them_is():
    stage = _stage()
    stored: list[str | None] = []

    def brings(name: str) -> ClusterResult:
        position = list(stage.clusters).index(name)
        stored.extend(each.code for each in stage.committed if each.position == position)
        return SUCCEEDED

    stage.worker.bringing = brings
    await stage.run()
    assert stored == ["bringing-keys"] * 3


async def test_a_cluster_whose_images_are_put_back_says_that_its_keys_stay():
    stage = _stage(FailurePolicy.STOP)
    stage.worker.applying = lambda _: FAILED
    await stage.run()
    assert stage.outcomes["a"] is Outcome.ROLLED_BACK
    assert (stage.ended("a").detail or "").endswith("The keys that it brought here stay.")
