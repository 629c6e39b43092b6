"""What a failure in one application on one cluster means for the rest of a promotion set."""

from dataclasses import replace

import pytest

from domain.words import ClusterPhase, FailurePolicy, Outcome
from services.planning.sets.lanes import Lane, blocked, cause_of, judge_lanes, left_out, unsettled

GOOD, BAD, AWAY = Outcome.SUCCEEDED, Outcome.FAILED, Outcome.UNREACHABLE
SAME = Outcome.UNCHANGED
POLICIES = [*FailurePolicy, None]


def lane(application: str, cluster: str, outcome: Outcome | None = GOOD, *, wave: int = 0, stage: int = 0) -> Lane:
    phase = ClusterPhase.WAITING if outcome is None else ClusterPhase.ENDED
    return Lane(
        member=f"operation of {application}",
        application=application,
        stage=stage,
        cluster=cluster,
        position=0,
        wave=wave,
        phase=phase,
        outcome=outcome,
        why="the reason" if outcome in {BAD, AWAY} else None,
        changed=outcome in {GOOD, BAD, AWAY},
    )


def back(policy: FailurePolicy | None, *lanes: Lane, wave: int = 0, stage: int = 0, **more) -> set[tuple[str, str]]:
    quorum = 1 if policy is FailurePolicy.QUORUM else None
    verdict = judge_lanes(policy, lanes, wave=wave, stage=stage, quorum=quorum, **more)
    return {(each.application, each.cluster) for each in verdict.back}


@pytest.mark.parametrize("policy", POLICIES)
def test_where_all_is_good_nothing_goes_back_and_the_next_ring_begins(policy):
    lanes = [lane("api", "eu"), lane("web", "eu", SAME), lane("api", "us", None, wave=1)]
    verdict = judge_lanes(policy, lanes, wave=0, stage=0, quorum=2 if policy is FailurePolicy.QUORUM else None)
    assert (verdict.back, verdict.go_on, verdict.holds) == ((), True, True)


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("outcome", [BAD, AWAY, Outcome.ROLLED_BACK, Outcome.SKIPPED])
def test_a_cluster_never_keeps_a_part_of_a_set(policy, outcome):
    lanes = [lane("api", "eu"), lane("web", "eu", outcome), lane("api", "us"), lane("web", "us")]
    assert ("api", "eu") in back(policy, *lanes)


@pytest.mark.parametrize("policy", [FailurePolicy.ALL_OR_NOTHING, FailurePolicy.STOP, None])
def test_a_failure_in_one_application_takes_the_ring_back(policy):
    lanes = [lane("api", "eu"), lane("web", "eu", BAD), lane("api", "us"), lane("web", "us")]
    assert {("api", "eu"), ("api", "us"), ("web", "us")} <= back(policy, *lanes)


@pytest.mark.parametrize("policy", [FailurePolicy.QUORUM, FailurePolicy.BEST_EFFORT])
def test_other_clusters_stay_where_the_policy_goes_on_without_one(policy):
    lanes = [lane("api", "eu"), lane("web", "eu", Outcome.ROLLED_BACK), lane("api", "us"), lane("web", "us")]
    assert back(policy, *lanes) == {("api", "eu")}


def test_a_quorum_counts_clusters_that_are_good_in_every_application():
    lanes = [lane("api", "eu"), lane("web", "eu", BAD), lane("api", "us", BAD), lane("web", "us")]
    verdict = judge_lanes(FailurePolicy.QUORUM, lanes, wave=0, stage=0, quorum=1)
    assert len(verdict.back) == 4
    assert not verdict.go_on


def test_earlier_rings_keep_what_is_good_where_the_policy_is_to_stop():
    lanes = [lane("api", "eu"), lane("web", "eu"), lane("api", "us", wave=1), lane("web", "us", BAD, wave=1)]
    assert back(FailurePolicy.STOP, *lanes, wave=1) == {("api", "us"), ("web", "us")}


def test_earlier_rings_go_back_where_it_is_all_or_nothing():
    lanes = [lane("api", "eu"), lane("web", "eu"), lane("api", "us", wave=1), lane("web", "us", BAD, wave=1)]
    assert back(None, *lanes, wave=1) == {("api", "eu"), ("web", "eu"), ("api", "us"), ("web", "us")}


def test_applications_whose_turn_has_not_come_say_nothing():
    lanes = [lane("api", "eu"), lane("web", "eu", None, stage=1)]
    verdict = judge_lanes(None, lanes, wave=0, stage=0)
    assert (verdict.back, verdict.go_on) == ((), True)


def test_a_lane_that_is_undone_already_is_not_undone_again():
    undoing = replace(lane("web", "eu", None), phase=ClusterPhase.UNDOING, changed=True)
    assert back(None, undoing, lane("api", "eu")) == {("api", "eu")}


def test_a_member_that_ended_before_is_counted_and_not_touched():
    ended = replace(lane("api", "eu"), ended=True)
    assert back(None, ended, lane("web", "eu", BAD)) == {("web", "eu")}


def test_what_was_not_changed_does_not_go_back():
    assert back(None, lane("api", "eu", SAME), lane("web", "eu", BAD)) == {("web", "eu")}


@pytest.mark.parametrize("policy", POLICIES)
def test_a_cancelled_set_goes_back_as_a_whole_and_no_further_ring_begins(policy):
    lanes = [lane("api", "eu"), lane("web", "eu"), lane("api", "us", None, wave=1)]
    assert back(policy, *lanes, cancelled=True) >= {("api", "eu"), ("web", "eu")}
    assert not judge_lanes(policy, lanes, wave=0, stage=0, quorum=1, cancelled=True).go_on


def test_a_cancellation_that_came_too_late_changes_nothing():
    assert back(None, lane("api", "eu"), lane("web", "eu"), cancelled=True) == set()


def test_a_ring_of_which_one_lane_may_not_be_changed_does_not_begin():
    lanes = [
        lane("api", "eu", BAD),
        lane("web", "eu", None),
        lane("web", "us", None),
        lane("web", "asia", None, wave=1),
    ]
    assert {(each.application, each.cluster) for each in blocked(None, lanes, wave=0)} == {("web", "eu"), ("web", "us")}


def test_a_policy_that_goes_on_without_a_cluster_leaves_out_that_cluster():
    lanes = [lane("api", "eu", BAD), lane("web", "eu", None), lane("web", "us", None)]
    assert [each.cluster for each in blocked(FailurePolicy.BEST_EFFORT, lanes, wave=0)] == ["eu"]


def test_the_next_application_is_left_out_where_the_one_before_failed():
    lanes = [lane("api", "eu", BAD), lane("web", "eu", None, stage=1), lane("web", "us", None, stage=1)]
    assert [each.cluster for each in left_out(lanes, wave=0, stage=1)] == ["eu"]


def test_it_is_too_early_to_judge_while_a_lane_of_the_stage_is_watched():
    watching = replace(lane("api", "eu", None), phase=ClusterPhase.WATCHING)
    assert unsettled([watching], wave=0, stage=0)
    assert not unsettled([lane("api", "eu"), lane("web", "eu", None, stage=1)], wave=0, stage=0)
    assert unsettled([lane("api", "eu", None)], wave=0, stage=0)
    assert not unsettled([lane("api", "eu", None)], wave=0, stage=0, cancelled=True)


def test_the_cause_is_a_failure_on_the_same_cluster_before_one_elsewhere():
    here, elsewhere = lane("web", "eu", BAD), lane("web", "us", BAD)
    assert cause_of(lane("api", "eu"), [elsewhere, here]) == here
    assert cause_of(lane("api", "asia"), [lane("api", "asia")]) is None
