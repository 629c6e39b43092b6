"""When what an environment runs is proven, and what its follower lacks of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from domain.follows import FollowCode, FollowTerms
from domain.image_mappings import ImageMapping
from services.planning.following.proving import look
from services.planning.following.values import FollowedSource, FollowingTarget, Look, Proof, Proven, Wait
from services.planning.health.values import HealthState
from tests.support.image_plans import DOWN, ONE, THREE, TWO, cluster, resource, workload

NOW = datetime(2026, 12, 2, 9, 0, tzinfo=UTC)
TERMS = FollowTerms(healthy_minutes=10, set_at=NOW - timedelta(days=1))
NEW = workload("web", {"web": ("shop/web:2", TWO)})
OLD = workload("web", {"web": ("shop/web:1", ONE)})


def source(*facts, **more) -> FollowedSource:
    return FollowedSource(environment="Staging", configured=True, facts=facts or (cluster("staging-1", NEW),), **more)


def target(*facts, **more) -> FollowingTarget:
    return FollowingTarget(environment="Production", configured=True, facts=facts or (cluster("prod", OLD),), **more)


def looked(from_: FollowedSource, to: FollowingTarget, *, former: Proof | None = None, now: datetime = NOW) -> Look:
    return look(from_, to, TERMS, former=former, now=now)


def code(found: Wait | Proven) -> FollowCode | None:
    return found.code if isinstance(found, Wait) else None


def test_the_minutes_begin_with_the_first_look():
    found = looked(source(), target())
    assert found.proof is not None
    assert found.proof.since == NOW
    assert isinstance(found.found, Wait)
    assert (found.found.code, found.found.due_at) == (FollowCode.PROVING, NOW + timedelta(minutes=10))
    assert "10 minutes" in found.found.detail


@pytest.mark.parametrize(("after", "proven"), [(599, False), (600, True), (86400, True)])
def test_it_is_proven_when_the_minutes_are_over(after: int, proven: bool):
    first = looked(source(), target())
    later = looked(source(), target(), former=first.proof, now=NOW + timedelta(seconds=after))
    assert later.proof == first.proof
    assert isinstance(later.found, Proven) is proven


def test_a_proven_set_says_what_the_target_lacks():
    both = workload("web", {"web": ("shop/web:2", TWO), "proxy": ("shop/proxy:1", ONE)})
    here = workload("web", {"web": ("shop/web:1", ONE), "proxy": ("shop/proxy:1", ONE)})
    first = looked(source(cluster("staging-1", both)), target(cluster("prod", here)))
    late = NOW + timedelta(hours=1)
    found = looked(source(cluster("staging-1", both)), target(cluster("prod", here)), former=first.proof, now=late)
    assert isinstance(found.found, Proven)
    assert [digest for _, digest in found.found.lacking] == [TWO]
    assert list(found.found.names.values()) == ["web 2"]


@pytest.mark.parametrize(
    "state", [HealthState.PROGRESSING, HealthState.FAILED, HealthState.PENDING, HealthState.TERMINATING]
)
def test_what_is_unhealthy_for_a_moment_begins_anew(state: HealthState):
    first = looked(source(), target())
    ill = cluster("staging-1", workload("web", {"web": ("shop/web:2", TWO)}, state=state))
    unhealthy = looked(source(ill), target(), former=first.proof, now=NOW + timedelta(minutes=9))
    again = looked(source(), target(), former=unhealthy.proof, now=NOW + timedelta(minutes=11))
    assert (unhealthy.proof, code(unhealthy.found)) == (None, FollowCode.SOURCE_UNHEALTHY)
    assert again.proof is not None
    assert again.proof.since == NOW + timedelta(minutes=11)


def test_one_unhealthy_cluster_is_enough():
    ill = cluster("staging-2", workload("web", {"web": ("shop/web:2", TWO)}, state=HealthState.FAILED))
    found = looked(source(cluster("staging-1", NEW), ill), target()).found
    assert isinstance(found, Wait)
    assert "staging-2" in found.detail
    assert "Deployment web" in found.detail or "web" in found.detail


def test_a_missing_workload_is_unhealthy():
    gone = replace(cluster("staging-1", NEW), missing=(resource("worker"),))
    assert code(looked(source(gone), target()).found) is FollowCode.SOURCE_UNHEALTHY


def test_a_suspended_workload_is_healthy():
    asleep = cluster("staging-1", workload("web", {"web": ("shop/web:2", TWO)}, state=HealthState.SUSPENDED))
    assert code(looked(source(asleep), target()).found) is FollowCode.PROVING


def test_another_set_begins_anew():
    first = looked(source(), target())
    other = cluster("staging-1", workload("web", {"web": ("shop/web:3", THREE)}))
    found = looked(source(other), target(), former=first.proof, now=NOW + timedelta(minutes=30))
    assert found.proof is not None
    assert found.proof.since == NOW + timedelta(minutes=30)
    assert code(found.found) is FollowCode.PROVING


def test_a_tag_that_moved_is_another_set():
    first = looked(source(), target())
    moved = cluster("staging-1", workload("web", {"web": ("shop/web:2", THREE)}))
    assert looked(source(moved), target(), former=first.proof).proof != first.proof


def test_a_cluster_that_is_away_keeps_the_proof_and_nothing_is_promoted():
    first = looked(source(), target())
    late = NOW + timedelta(hours=1)
    away = looked(source(cluster("staging-1", failure=DOWN)), target(), former=first.proof, now=late)
    assert (away.proof, code(away.found)) == (first.proof, FollowCode.SOURCE_UNKNOWN)
    assert isinstance(looked(source(), target(), former=away.proof, now=late).found, Proven)


def test_skew_in_the_source_waits():
    other = cluster("staging-2", workload("web", {"web": ("shop/web:3", THREE)}))
    found = looked(source(cluster("staging-1", NEW), other), target())
    assert (found.proof, code(found.found)) == (None, FollowCode.SOURCE_SKEW)


def test_pods_of_one_tag_that_run_several_digests_wait():
    torn = cluster("staging-1", workload("web", {"web": ("shop/web:2", TWO, THREE)}))
    assert code(looked(source(torn), target()).found) is FollowCode.SOURCE_SKEW


def test_a_clock_that_was_set_back_begins_anew():
    former = looked(source(), target(), now=NOW + timedelta(days=3)).proof
    found = looked(source(), target(), former=former, now=NOW)
    assert found.proof is not None
    assert found.proof.since == NOW


def test_an_operation_in_the_source_waits_until_it_has_ended():
    first = looked(source(), target())
    found = looked(source(active_operation="op"), target(), former=first.proof, now=NOW + timedelta(hours=1))
    assert isinstance(found.found, Wait)
    assert (found.found.code, found.found.operation) == (FollowCode.SOURCE_OPERATION, "op")
    assert found.proof == first.proof


def test_an_operation_in_the_target_is_waited_for():
    found = looked(source(), target(active_operation="op")).found
    assert isinstance(found, Wait)
    assert (found.code, found.operation) == (FollowCode.OPERATION_UNDERWAY, "op")


def test_a_target_that_runs_it_is_up_to_date_however_the_source_is():
    ill = cluster("staging-1", workload("web", {"web": ("shop/web:2", TWO)}, state=HealthState.FAILED))
    found = looked(source(ill), target(cluster("prod", NEW)))
    assert (found.proof, code(found.found)) == (None, FollowCode.UP_TO_DATE)


def test_a_target_that_runs_the_same_digest_under_another_name_is_up_to_date():
    mapping = ImageMapping(source="docker.io/shop", target="prod.example/shop")
    here = cluster("prod", workload("web", {"web": ("prod.example/shop/web:2", TWO)}))
    assert code(looked(source(), target(here, mappings=(mapping,))).found) is FollowCode.UP_TO_DATE


def test_one_cluster_of_the_target_that_lacks_it_is_enough():
    found = looked(source(), target(cluster("prod-eu", NEW), cluster("prod-us", OLD)))
    assert code(found.found) is FollowCode.PROVING


def test_a_cluster_of_the_target_that_is_away_is_waited_for_where_the_others_have_it():
    found = looked(source(), target(cluster("prod-eu", NEW), cluster("prod-us", failure=DOWN))).found
    assert code(found) is FollowCode.CLUSTER_UNKNOWN


def test_a_cluster_of_the_target_that_is_away_does_not_keep_the_others_waiting():
    found = looked(source(), target(cluster("prod-eu", OLD), cluster("prod-us", failure=DOWN))).found
    assert code(found) is FollowCode.PROVING


def test_containers_of_one_side_alone_do_not_count():
    more = cluster("staging-1", NEW, workload("worker", {"worker": ("shop/worker:2", TWO)}))
    assert code(looked(source(more), target(cluster("prod", NEW))).found) is FollowCode.UP_TO_DATE


def test_without_a_container_in_common_there_is_nothing_to_promote():
    other = cluster("prod", workload("api", {"api": ("shop/api:1", ONE)}))
    assert code(looked(source(), target(other)).found) is FollowCode.NOTHING_IN_COMMON


def test_a_job_that_never_ran_is_told_apart_by_its_tag():
    job = workload("nightly", {"job": "shop/job:2"}, kind="CronJob")
    former = workload("nightly", {"job": "shop/job:1"}, kind="CronJob")
    found = looked(source(cluster("staging-1", job)), target(cluster("prod", former)))
    same = looked(source(cluster("staging-1", job)), target(cluster("prod", job)))
    assert (code(found.found), code(same.found)) == (FollowCode.PROVING, FollowCode.UP_TO_DATE)


@pytest.mark.parametrize(
    ("from_", "to", "expected"),
    [
        (source(), replace(target(), configured=False), FollowCode.NOT_CONFIGURED),
        (replace(source(), configured=False), target(), FollowCode.SOURCE_NOT_CONFIGURED),
        (replace(source(), facts=()), target(), FollowCode.SOURCE_NOT_CONFIGURED),
    ],
)
def test_what_is_not_configured_waits(from_: FollowedSource, to: FollowingTarget, expected: FollowCode):
    assert code(looked(from_, to).found) is expected


def test_without_minutes_it_is_proven_at_once():
    terms = replace(TERMS, healthy_minutes=0)
    assert isinstance(look(source(), target(), terms, former=None, now=NOW).found, Proven)
