"""The health of a workload on the states that a real API server's controllers went through."""

from itertools import pairwise
from typing import Any

import pytest

from services.planning.health.assessment import assess
from services.planning.health.values import Children, HealthState
from tests.support.health import FAILED, PENDING, POLICY, PROGRESSING, READY, SUSPENDED, TWO
from tests.support.rollouts import (
    START,
    at,
    children,
    pod,
    recorded,
    stamp,
    tape,
    waiting,
    with_uid,
    workload,
)

ORDERED = {"replicas": 2, "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 0}}}


def states(name: str, step: int, *, spec: dict[str, Any], generation: int) -> list[HealthState]:
    return [
        assess(state, now=at(1), policy=POLICY, generation=generation, started=START, observations={}).state
        for state in recorded(name, step, spec=spec)
    ]


@pytest.mark.parametrize(
    ("name", "step", "spec", "generation", "expected"),
    [
        ("rollout-good", 2, TWO, 1, [PENDING, PROGRESSING, PROGRESSING, READY]),
        ("rollout-good", 4, TWO, 2, [PENDING, *[PROGRESSING] * 5, READY]),
        ("rollout-crash", 2, TWO, 1, [PENDING, PROGRESSING, PROGRESSING, READY]),
        ("rollout-crash", 4, TWO, 2, [PENDING, PROGRESSING, FAILED]),
        ("rollout-others", 2, ORDERED, 1, [PENDING, *[PROGRESSING] * 3, READY]),
        ("rollout-others", 4, ORDERED, 2, [PENDING, PROGRESSING, PROGRESSING, PROGRESSING, READY]),
        ("rollout-others", 6, ORDERED, 3, [PENDING, PROGRESSING, PROGRESSING]),
        ("rollout-others", 8, {}, 1, [PENDING, READY]),
        ("rollout-others", 10, {}, 2, [PENDING, READY]),
        ("rollout-others", 12, {"replicas": 0}, 1, [PENDING, READY]),
        ("rollout-others", 14, {"replicas": 2, "paused": True}, 1, [PENDING, SUSPENDED]),
        ("rollout-others", 16, TWO, 1, [PENDING, PROGRESSING, PROGRESSING, READY]),
        ("rollout-others", 18, TWO, 2, [PENDING, PROGRESSING, PROGRESSING, PROGRESSING, READY]),
        ("rollout-others", 20, {}, 1, [PROGRESSING, PROGRESSING, PROGRESSING, READY]),
        ("rollout-others", 22, {}, 1, [READY]),
    ],
)
def test_every_recorded_state_is_assessed_as_recorded(name, step, spec, generation, expected):
    assert states(name, step, spec=spec, generation=generation) == expected


def test_a_recorded_crash_fails_by_its_pod_before_the_deadline():
    before_the_deadline = recorded("rollout-crash", 4, spec=TWO)[1]
    replica_sets = tape("rollout-crash")[5]["response"]["body"]["items"]
    pods = tape("rollout-crash")[6]["response"]["body"]["items"]
    # Uids are blanked on the tape; give each object one, so that owners can be followed.
    sets = [with_uid("ReplicaSet", item, owner="workload") for item in replica_sets]
    below = Children(
        replica_sets=tuple(sets),
        pods=tuple(
            with_uid("Pod", item, owner=f"uid-{item['metadata']['ownerReferences'][0]['name']}") for item in pods
        ),
    )
    health = assess(
        before_the_deadline, now=at(5), policy=POLICY, children=below, generation=2, started=START, observations={}
    )
    assert (health.state, health.reason, health.container) == (FAILED, "CrashLoopBackOff", "web")
    assert health.pod == "web-669fdbdbd8-6t5wm"
    assert "5 restarts" in health.message


def test_a_recorded_stuck_stateful_set_fails_by_its_pod_and_names_the_remedy():
    stuck = recorded("rollout-others", 6, spec=ORDERED)[2]
    items = tape("rollout-others")[23]["response"]["body"]["items"]
    below = Children(pods=tuple(with_uid("Pod", item, owner="workload") for item in items))
    health = assess(stuck, now=at(5), policy=POLICY, children=below, generation=3, started=START, observations={})
    assert (health.state, health.reason, health.pod) == (FAILED, "CrashLoopBackOff", "db-1")
    assert "delete the pod by hand" in health.message


def test_the_recorded_deadline_names_its_cause():
    late = recorded("rollout-crash", 4, spec=TWO)[2]
    below = children(pod(statuses=[waiting("CrashLoopBackOff", restarts=1)]))
    health = assess(late, now=at(20), policy=POLICY, children=below, generation=2, started=START, observations={})
    assert health.reason == "CrashLoopBackOff"
    assert "no progress within its deadline" in health.message


def test_states_of_a_good_rollout_show_its_progress():
    messages = [
        assess(state, now=at(1), policy=POLICY, generation=2).message for state in recorded("rollout-good", 4, spec=TWO)
    ]
    assert messages[1] == "1 of 2 pods are new, 2 ready."
    assert messages[5] == "All 2 pods are new; old pods left: 1."
    assert messages[-1] == "All 2 pods are available."
    assert all(one != other for one, other in pairwise(messages[-2:]))


def test_what_was_written_and_is_gone_has_failed():
    assert assess(None, now=START, policy=POLICY, written=True).state is FAILED
    assert assess(None, now=START, policy=POLICY).state is HealthState.MISSING


def test_an_object_that_is_being_deleted_is_terminating():
    going = workload(spec=TWO, deletionTimestamp=stamp(0))
    assert assess(going, now=START, policy=POLICY).state is HealthState.TERMINATING


def test_a_change_that_no_controller_sees_times_out():
    unseen = workload(spec={"replicas": 2, "progressDeadlineSeconds": 10}, status={"observedGeneration": 0})
    assert assess(unseen, now=at(70), policy=POLICY, generation=1, started=START).state is PENDING
    late = assess(unseen, now=at(71), policy=POLICY, generation=1, started=START)
    assert (late.state, late.reason) == (FAILED, "Timeout")
