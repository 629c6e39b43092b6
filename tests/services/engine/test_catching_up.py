"""What happens to a cluster that catches up is its own affair: the others are not touched, whatever the policy says."""

from dataclasses import replace

import pytest

from db.records.operations import OperationClusterRecord
from domain.stored.ring_runs import RingRun, RingRuns
from domain.stored.strategies import Remaining, Ring
from domain.words import ClusterPhase, FailurePolicy, OnFailure, Outcome
from services.execution.progress import ClusterResult
from tests.support.fake_workers import FAILED, ROLLOUT, TO_WATCH
from tests.support.ring_stage import AT, RingStage
from tests.support.specs import undo_of

_RING_OF = {"a": 0, "b": 1, "c": 1, "d": 2}


def late(cluster: str, runs: RingRuns | None, **changes) -> RingStage:
    """All clusters have had their images for long, but this one, which did not answer then."""
    stage = RingStage(clusters=_RING_OF, runs=runs, **changes)
    clusters = tuple(
        replace(each, catch_up=True) if each.cluster_name == cluster else _had_it(each)
        for each in stage.operation.clusters
    )
    stage.operation = replace(stage.operation, clusters=clusters)
    stage.worker.applying = lambda _: TO_WATCH
    return stage


def _had_it(cluster: OperationClusterRecord) -> OperationClusterRecord:
    return replace(
        cluster,
        phase=ClusterPhase.ENDED,
        outcome=Outcome.SUCCEEDED,
        undo=undo_of("former/web:1"),
        expected=(ROLLOUT,),
    )


def rings(failure: FailurePolicy | None, *, again: int) -> RingRuns:
    """All but one have proved themselves."""
    ring = RingRun(ring=Ring(selector=Remaining(), soak_seconds=60))
    proven = replace(ring, soak_began_at=AT, soaked_at=AT, proven_at=AT)
    runs = tuple(ring if number == again else proven for number in range(3))
    return RingRuns(rings=runs, failure=failure, quorum=4 if failure is FailurePolicy.QUORUM else None)


@pytest.mark.parametrize("cluster", _RING_OF)
@pytest.mark.parametrize("failure", [None, *FailurePolicy])
async def test_only_the_late_cluster_is_changed_and_it_ends_well(cluster, failure):
    stage = late(cluster, rings(failure, again=_RING_OF[cluster]))
    await stage.run()
    assert stage.worker.calls == [f"apply {cluster}", f"watch {cluster}"]
    assert set(stage.outcomes.values()) == {Outcome.SUCCEEDED}


@pytest.mark.parametrize("failure", FailurePolicy)
async def test_where_it_fails_it_goes_back_alone(failure):
    stage = late("b", rings(failure, again=1), on_failure=OnFailure.ROLL_BACK)
    stage.worker.watching = lambda _: FAILED
    await stage.run()
    assert stage.outcomes == {
        "a": Outcome.SUCCEEDED,
        "b": Outcome.ROLLED_BACK,
        "c": Outcome.SUCCEEDED,
        "d": Outcome.SUCCEEDED,
    }
    assert [each for each in stage.worker.calls if "undo" in each] == ["undo b"]


async def test_without_rings_it_is_the_same():
    stage = late("d", None, on_failure=OnFailure.ROLL_BACK)
    stage.worker.watching = lambda _: FAILED
    await stage.run()
    assert stage.outcomes["d"] is Outcome.ROLLED_BACK
    assert set(stage.worker.calls) == {"apply d", "watch d", "undo d"}


async def test_a_soak_watches_the_late_cluster_alone():
    soaked: list[str] = []

    def soak(name: str) -> ClusterResult:
        soaked.append(name)
        return FAILED

    stage = late("c", rings(FailurePolicy.STOP, again=1))
    stage.soaks = soak
    await stage.run()
    assert soaked == ["c"]
    assert stage.outcomes == {
        "a": Outcome.SUCCEEDED,
        "b": Outcome.SUCCEEDED,
        "c": Outcome.FAILED,
        "d": Outcome.SUCCEEDED,
    }
