"""The rules of each kind of workload: conditions, deadlines, progress, partitions, nodes and attempts."""

import pytest

from domain.resources import Manifest
from services.planning.health.assessment import assess
from services.planning.health.rollouts import rollout_timeout
from services.planning.health.values import Children, HealthPolicy
from tests.support.health import FAILED, POLICY, PROGRESSING, READY, SUSPENDED, TWO, follow
from tests.support.rollouts import (
    START,
    children,
    pod,
    progressing_deployment,
    stamp,
    waiting,
    workload,
)


def test_without_a_deadline_no_condition_is_needed():
    complete = {"replicas": 2, "updatedReplicas": 2, "availableReplicas": 2, "readyReplicas": 2}
    assert assess(workload(spec=TWO, status=complete), now=START, policy=POLICY).state is PROGRESSING
    endless = workload(spec={**TWO, "progressDeadlineSeconds": 2147483647}, status=complete)
    assert assess(endless, now=START, policy=POLICY).state is READY


def test_an_exceeded_deadline_from_before_the_write_has_to_stay_a_while():
    old = progressing_deployment(
        conditions=[
            {
                "type": "Progressing",
                "status": "False",
                "reason": "ProgressDeadlineExceeded",
                "lastUpdateTime": stamp(-30),
            }
        ]
    )
    assert follow((1, old, children())).state is PROGRESSING
    assert follow((1, old, children()), (10.5, old, children())).state is PROGRESSING
    assert follow((1, old, children()), (11, old, children())).state is FAILED


def test_an_exceeded_deadline_that_reappears_is_timed_again():
    old = [
        {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded", "lastUpdateTime": stamp(-30)}
    ]
    lingering, gone = progressing_deployment(conditions=old), progressing_deployment()
    assert follow((1, lingering, children()), (2, gone, children()), (12, lingering, children())).state is PROGRESSING


def test_pods_that_cannot_be_created_fail_it_after_a_minute():
    conditions = [
        {
            "type": "ReplicaFailure",
            "status": "True",
            "reason": "FailedCreate",
            "message": 'pods "web-" is forbidden: exceeded quota: q',
            "lastTransitionTime": stamp(2),
        }
    ]
    refused = progressing_deployment(conditions=conditions)
    assert follow((3, refused, children()), (61, refused, children())).state is PROGRESSING
    health = follow((3, refused, children()), (62, refused, children()))
    assert (health.state, health.reason) == (FAILED, "FailedCreate")
    assert "exceeded quota" in health.message


def test_pods_that_could_not_be_created_before_the_change_are_given_the_time_again():
    since_yesterday = {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate"}
    since_yesterday["lastTransitionTime"] = stamp(-86_400)
    refused = progressing_deployment(conditions=[since_yesterday])
    assert follow((1, refused, children()), (60, refused, children())).state is PROGRESSING
    assert follow((1, refused, children()), (61, refused, children())).state is FAILED


@pytest.mark.parametrize(
    ("deadline", "seconds"), [(10, 70), (600, 660), (5000, 900)], ids=["short", "default", "capped"]
)
def test_a_deployments_time_is_its_deadline_and_a_minute(deadline, seconds):
    slow = progressing_deployment().edited()
    slow["spec"]["progressDeadlineSeconds"] = deadline
    assert rollout_timeout(Manifest(slow), policy=POLICY) == seconds
    assert follow((seconds, Manifest(slow), children())).state is PROGRESSING
    late = follow((seconds + 1, Manifest(slow), children()))
    assert (late.state, late.reason) == (FAILED, "Timeout")


def test_a_deployments_time_counts_from_its_last_progress():
    slow = [progressing_deployment(updatedReplicas=new, replicas=3) for new in (1, 2, 3)]
    steps = [(600 * step, each, children()) for step, each in enumerate(slow)]
    assert follow(*steps, (1200 + 660, slow[-1], children())).state is PROGRESSING
    late = follow(*steps, (1200 + 661, slow[-1], children()))
    assert (late.state, late.reason, late.message) == (FAILED, "Timeout", "It made no progress for 660 seconds.")


def test_a_pod_that_is_lost_is_no_progress():
    now, then = progressing_deployment(readyReplicas=2), progressing_deployment(readyReplicas=1)
    assert follow((0, now, children()), (600, then, children()), (661, then, children())).reason == "Timeout"


@pytest.mark.parametrize(("seconds", "state"), [(1160, PROGRESSING), (1161, FAILED)], ids=["in time", "late"])
def test_progress_that_was_not_observed_is_read_from_the_condition(seconds, state):
    condition = {"type": "Progressing", "status": "True", "reason": "ReplicaSetUpdated", "lastUpdateTime": stamp(500)}
    assert follow((seconds, progressing_deployment(conditions=[condition]), children())).state is state


def test_a_controllers_clock_that_is_ahead_gives_no_more_time():
    condition = {"type": "Progressing", "status": "True", "reason": "ReplicaSetUpdated", "lastUpdateTime": stamp(9000)}
    ahead = progressing_deployment(conditions=[condition])
    assert follow((0, ahead, children()), (661, ahead, children())).reason == "Timeout"


def test_stateful_sets_and_daemon_sets_are_given_time_a_pod():
    patient = HealthPolicy(timeout_cap=10_000)
    assert rollout_timeout(workload("StatefulSet", spec={"replicas": 3}), policy=patient) == 900
    many = {"desiredNumberScheduled": 10}
    one_by_one = workload("DaemonSet", status=many)
    half = workload("DaemonSet", spec={"updateStrategy": {"rollingUpdate": {"maxUnavailable": "50%"}}}, status=many)
    assert rollout_timeout(one_by_one, policy=patient) == 3000
    assert rollout_timeout(half, policy=patient) == 600


def stateful_set(*, strategy=None, **status) -> Manifest:
    base = {"replicas": 3, "readyReplicas": 3, "availableReplicas": 3, "currentRevision": "a", "updateRevision": "b"}
    return workload("StatefulSet", spec={"replicas": 3, "updateStrategy": strategy or {}}, status={**base, **status})


def test_a_stateful_set_with_a_partition_is_done_but_not_ready_when_its_upper_part_is():
    upper = {"type": "RollingUpdate", "rollingUpdate": {"partition": 2}}
    assert assess(stateful_set(strategy=upper, updatedReplicas=0), now=START, policy=POLICY).state is PROGRESSING
    health = assess(stateful_set(strategy=upper, updatedReplicas=1), now=START, policy=POLICY)
    assert (health.state, health.reason) == (SUSPENDED, "Partition")
    assert "1 of 3 pods run the new template" in health.message
    assert "below ordinal 2" in health.message


def test_a_stateful_set_whose_ready_pods_are_of_the_former_revision_is_not_ready():
    assert assess(stateful_set(updatedReplicas=2), now=START, policy=POLICY).state is PROGRESSING


def test_a_stateful_set_waits_for_minimum_ready_seconds():
    young = stateful_set(updatedReplicas=3, updateRevision="a", availableReplicas=1).edited()
    assert assess(Manifest(young), now=START, policy=POLICY).state is READY
    young["spec"]["minReadySeconds"] = 10
    assert assess(Manifest(young), now=START, policy=POLICY).state is PROGRESSING


def stuck_pod(revision: str) -> Children:
    labels = {"controller-revision-hash": revision}
    broken = [waiting("CrashLoopBackOff", restarts=5)]
    return Children(pods=(pod("web-1", owner="workload", owner_kind="StatefulSet", labels=labels, statuses=broken),))


def test_an_ordered_stateful_set_that_waits_for_a_former_broken_pod_is_stuck_on_it():
    moments = [(at_, stateful_set(updatedReplicas=0, readyReplicas=2), stuck_pod("a")) for at_ in (1, 61)]
    at_once = follow(moments[0])
    assert (at_once.state, at_once.reason, at_once.pod) == (PROGRESSING, "StuckOnFormerPod", "web-1")
    health = follow(*moments)
    assert health.blameless
    assert (health.state, health.reason, health.pod) == (FAILED, "StuckOnFormerPod", "web-1")
    assert "delete the pod by hand" in health.message


def test_a_parallel_stateful_set_is_not_stuck_on_a_former_pod():
    parallel = stateful_set(updatedReplicas=0, readyReplicas=2).edited()
    parallel["spec"]["podManagementPolicy"] = "Parallel"
    assert follow((1, Manifest(parallel), stuck_pod("a"))).state is PROGRESSING


@pytest.mark.parametrize("kind", ["StatefulSet", "DaemonSet"])
def test_on_delete_is_not_ready_while_pods_keep_their_revision(kind):
    on_delete = stateful_set(strategy={"type": "OnDelete"}, desiredNumberScheduled=3, numberReady=3).edited()
    on_delete["kind"] = kind
    health = assess(Manifest(on_delete), now=START, policy=POLICY)
    assert (health.state, health.reason, health.held) == (SUSPENDED, "OnDelete", True)
    assert "0 of 3" in health.message
    assert "until they are deleted" in health.message


def test_a_daemon_set_tolerates_as_many_broken_nodes_as_the_policy():
    almost = workload(
        "DaemonSet", status={"desiredNumberScheduled": 5, "updatedNumberScheduled": 5, "numberAvailable": 4}
    )
    assert assess(almost, now=START, policy=POLICY).state is PROGRESSING
    assert assess(almost, now=START, policy=HealthPolicy(daemon_set_tolerance=1)).state is READY


def test_a_daemon_set_without_nodes_is_ready_with_a_reason():
    health = assess(workload("DaemonSet", status={"desiredNumberScheduled": 0}), now=START, policy=POLICY)
    assert (health.state, health.reason) == (READY, "NoMatchingNode")


@pytest.mark.parametrize(
    ("type_", "reason", "expected"),
    [
        ("Failed", "BackoffLimitExceeded", FAILED),
        ("FailureTarget", "BackoffLimitExceeded", PROGRESSING),
        ("SuccessCriteriaMet", "CompletionsReached", PROGRESSING),
        ("Complete", "CompletionsReached", READY),
        ("Suspended", "JobSuspended", SUSPENDED),
    ],
)
def test_only_terminal_conditions_end_a_job(type_, reason, expected):
    job = workload("Job", status={"conditions": [{"type": type_, "status": "True", "reason": reason}]})
    assert assess(job, now=START, policy=POLICY).state is expected


def test_a_job_counts_its_own_attempts():
    crashing = pod(owner="workload", owner_kind="Job", statuses=[waiting("CrashLoopBackOff", restarts=5)])
    assert follow((1, workload("Job"), Children(pods=(crashing,)))).state is PROGRESSING


def test_a_suspended_cron_job_is_suspended():
    assert assess(workload("CronJob", spec={"suspend": True}), now=START, policy=POLICY).state is SUSPENDED


def test_the_time_of_a_long_stateful_set_counts_from_its_last_progress():
    def at_pod(number: int) -> Manifest:
        return stateful_set(updatedReplicas=number)

    looks = [(200 * number, at_pod(number), children()) for number in range(12)]
    assert follow(*looks).state is PROGRESSING
    late = follow(*looks, (2200 + 901, at_pod(11), children()))
    assert (late.state, late.message) == (FAILED, "It made no progress for 900 seconds.")


def test_a_rollout_advances_while_its_last_progress_is_recent_and_no_trouble_is_seen():
    first, second = stateful_set(updatedReplicas=1), stateful_set(updatedReplicas=2)
    assert not follow((1, first, children())).advancing
    assert follow((1, first, children()), (90, second, children())).advancing
    assert not follow((1, first, children()), (90, second, children()), (400, second, children())).advancing


def test_a_stateful_set_of_one_revision_is_ready_though_its_controller_counts_no_updated_pods():
    status = {"replicas": 3, "readyReplicas": 3, "currentRevision": "a", "updateRevision": "a"}
    first = workload("StatefulSet", spec={"replicas": 3}, status=status)
    assert follow((1, first, children())).state is READY
