"""The rollouts of one cluster while their ring soaks, by a clock that jumps."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from domain.stored.rollouts import ExpectedRollout
from domain.words import Outcome
from services.execution.progress import ClusterResult
from services.execution.soaking import FAILED, soak_rollouts
from services.planning.health.values import HealthPolicy
from tests.support.fake_cluster import WEB, FakeCluster, deployment, rolled_out

_BEGAN = datetime(2026, 12, 1, 12, tzinfo=UTC)
_SOAK = timedelta(minutes=10)
_EXPECTED = ExpectedRollout(resource=WEB, uid="uid-web", generation=2, images={"web": "shop/web:2"})


async def _never() -> bool:
    return False


async def _at_once() -> bool:
    return True


def _healthy(image: str = "shop/web:2") -> FakeCluster:
    cluster = FakeCluster(deployment(images={"web": image}, generation=2))
    cluster.report(**rolled_out(2))
    return cluster


def _after_the_end() -> Iterator[datetime]:
    """The time, which passes by six seconds between two questions and begins when the soak has ended."""
    now = _BEGAN + _SOAK
    while True:
        yield now
        now += timedelta(seconds=6)


def _later() -> Iterator[datetime]:
    """The time, which is the end of the soak as soon as it was asked for twice."""
    yield _BEGAN
    while True:
        yield _BEGAN + _SOAK


async def _soak(
    cluster: FakeCluster,
    *,
    cancelled: Any = _never,
    expected: ExpectedRollout = _EXPECTED,
    times: Iterator[datetime] | None = None,
) -> ClusterResult:
    times = times or _later()
    return await soak_rollouts(
        (expected,),
        cluster.gateway,
        "shop",
        began=_BEGAN,
        ends=_BEGAN + _SOAK,
        policy=HealthPolicy(soak=0),
        cancelled=cancelled,
        clock=lambda: next(times),
    )


async def test_what_stays_healthy_to_the_end_passes():
    assert (await _soak(_healthy())).outcome is Outcome.SUCCEEDED


async def test_other_images_fail_though_they_are_healthy():
    result = await _soak(_healthy("shop/web:3"))
    assert (result.outcome, result.code, result.resource) == (Outcome.FAILED, FAILED, WEB)
    assert "shop/web:3" in (result.detail or "")


async def test_a_workload_that_was_deleted_fails_and_is_not_undone():
    result = await _soak(FakeCluster())
    assert (result.outcome, result.code, result.undo_helps) == (Outcome.FAILED, FAILED, False)


async def test_a_workload_that_was_created_again_with_the_same_images_fails_and_is_not_undone():
    result = await _soak(_healthy(), expected=replace(_EXPECTED, uid="uid-of-before"))
    assert (result.outcome, result.code, result.undo_helps) == (Outcome.FAILED, FAILED, False)
    assert "created again" in (result.detail or "")


async def test_pods_that_were_lost_while_no_process_watched_fail_after_the_end_of_the_soak():
    cluster = _healthy()
    cluster.report(**{**rolled_out(2), "readyReplicas": 0, "availableReplicas": 0})
    result = await _soak(cluster, expected=replace(_EXPECTED, ready=1), times=_after_the_end())
    assert (result.outcome, result.code) == (Outcome.FAILED, FAILED)
    assert "after 1 were" in (result.detail or "")


async def test_a_soak_that_is_cancelled_has_no_outcome():
    assert (await _soak(_healthy(), cancelled=_at_once)).outcome is None
