"""The judge on the states that a real API server's controllers went through, and on each rule by itself."""

from itertools import pairwise
from typing import Any

import pytest

from domain.resources import Manifest
from services.planning.health.assessment import assess
from services.planning.health.rollouts import rollout_timeout
from services.planning.health.values import Children, HealthPolicy, HealthState, Observations
from tests.support.rollouts import (
    START,
    at,
    children,
    pod,
    progressing_deployment,
    recorded,
    replica_set,
    stamp,
    tape,
    waiting,
    with_uid,
    workload,
)

POLICY = HealthPolicy()
PENDING, PROGRESSING, READY = HealthState.PENDING, HealthState.PROGRESSING, HealthState.READY
FAILED, SUSPENDED = HealthState.FAILED, HealthState.SUSPENDED
TWO = {"replicas": 2}
ORDERED = {"replicas": 2, "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 0}}}


def states(name: str, step: int, *, spec: dict[str, Any], generation: int) -> list[HealthState]:
    return [
        assess(state, now=at(1), policy=POLICY, generation=generation, started=START, observations={}).state
        for state in recorded(name, step, spec=spec)
    ]


def follow(*moments: tuple[float, Manifest, Children], policy: HealthPolicy = POLICY, generation: int = 1):
    """Judge one moment after the other, handing the observations on; gives the last judgement."""
    observations: Observations = {}
    for seconds, manifest, below in moments:
        health = assess(
            manifest,
            now=at(seconds),
            policy=policy,
            children=below,
            generation=generation,
            started=START,
            observations=observations,
        )
        observations = health.observations
    return health


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
    ("reason", "patience"),
    [
        ("CreateContainerConfigError", 60),
        ("CreateContainerError", 60),
        ("RunContainerError", 60),
        ("StartError", 60),
        ("ErrImagePull", 120),
        ("ImagePullBackOff", 120),
        ("ImageInspectError", 120),
        ("RegistryUnavailable", 120),
    ],
)
def test_an_issue_that_may_pass_is_given_time(reason, patience):
    broken, below = progressing_deployment(), children(pod(statuses=[waiting(reason)]))
    almost = follow((1, broken, below), (patience, broken, below))
    assert (almost.state, almost.reason) == (PROGRESSING, reason)
    assert follow((1, broken, below), (1 + patience, broken, below)).state is FAILED


def test_an_issue_that_changes_is_given_time_again():
    broken = progressing_deployment()
    first, second = waiting("CreateContainerConfigError"), waiting("RunContainerError")
    moments = [(1, broken, children(pod(statuses=[first]))), (50, broken, children(pod(statuses=[second])))]
    assert follow(*moments, (62, broken, children(pod(statuses=[second])))).state is PROGRESSING


@pytest.mark.parametrize("reason", ["InvalidImageName", "ErrImageNeverPull"])
def test_an_issue_that_cannot_pass_fails_the_rollout_at_once(reason):
    health = follow((1, progressing_deployment(), children(pod(statuses=[waiting(reason)]))))
    assert (health.state, health.reason, health.container) == (FAILED, reason, "web")


@pytest.mark.parametrize(
    "message", ["web:9: not found", "manifest unknown", "401 Unauthorized", "no match for platform in manifest"]
)
def test_an_image_that_the_registry_denies_twice_fails_it(message):
    broken = progressing_deployment()
    once = children(pod(statuses=[waiting("ErrImagePull", message)], version="1"))
    backing_off = children(pod(statuses=[waiting("ImagePullBackOff", "Back-off pulling image")], version="2"))
    twice = children(pod(statuses=[waiting("ErrImagePull", message)], version="3"))
    assert follow((1, broken, once), (2, broken, once), (3, broken, backing_off)).state is PROGRESSING
    assert follow((1, broken, once), (3, broken, backing_off), (9, broken, twice)).state is FAILED


@pytest.mark.parametrize("place", ["statuses", "init"])
def test_a_container_fails_it_at_its_third_restart(place):
    def crashing(restarts):
        last = {"terminated": {"exitCode": 137, "reason": "OOMKilled", "message": "password=hunter2"}}
        status = waiting("CrashLoopBackOff", restarts=restarts, lastState=last)
        return children(pod(statuses=[status]) if place == "statuses" else pod(init=[status]))

    assert follow((1, progressing_deployment(), crashing(2))).state is PROGRESSING
    health = follow((1, progressing_deployment(), crashing(3)))
    assert (health.state, health.reason) == (FAILED, "OOMKilled")
    assert "exit code 137" in health.message


def test_a_containers_log_is_never_quoted():
    last = {"terminated": {"exitCode": 1, "reason": "Error", "message": "password=hunter2"}}
    crashing = children(pod(statuses=[waiting("CrashLoopBackOff", restarts=4, lastState=last)]))
    assert "hunter2" not in repr(follow((1, progressing_deployment(), crashing)))


def test_a_container_that_restarted_and_is_ready_has_no_issue():
    fine = {"name": "web", "ready": True, "restartCount": 9, "state": {"running": {}}}
    health = follow((1, progressing_deployment(), children(pod(statuses=[fine]))))
    assert (health.state, health.reason, health.restarts) == (PROGRESSING, None, 9)


def test_in_one_moment_old_restarts_of_a_running_container_are_no_crash():
    starting = {"name": "web", "ready": False, "restartCount": 9, "state": {"running": {}}}
    below = children(pod(statuses=[starting]))
    assert assess(progressing_deployment(), now=at(1), policy=POLICY, children=below).state is PROGRESSING
    assert follow((1, progressing_deployment(), below)).state is FAILED


def test_without_observations_an_issue_is_as_old_as_its_pod():
    below = children(pod(statuses=[waiting("ImagePullBackOff")], created=0))
    assert assess(progressing_deployment(), now=at(119), policy=POLICY, children=below).state is PROGRESSING
    assert assess(progressing_deployment(), now=at(120), policy=POLICY, children=below).state is FAILED


def test_a_pod_that_fits_no_node_only_warns():
    unschedulable = {
        "type": "PodScheduled",
        "status": "False",
        "reason": "Unschedulable",
        "message": "0/3 nodes are available.",
    }
    below = children(pod(status={"conditions": [unschedulable]}))
    health = follow((1, progressing_deployment(), below), (600, progressing_deployment(), below))
    assert (health.state, health.reason) == (PROGRESSING, "Unschedulable")
    assert "0/3 nodes" in health.message


def warning(reason: str, message: str) -> Manifest:
    about = {"uid": "uid-web-hash2-a"}
    return Manifest({"kind": "Event", "type": "Warning", "reason": reason, "message": message, "involvedObject": about})


@pytest.mark.parametrize(
    ("reason", "message"),
    [
        ("FailedAttachVolume", 'Multi-Attach error for volume "pvc-1": already exclusively attached to one node'),
        ("FailedMount", "Unable to attach or mount volumes: unmounted volumes=[data]"),
        ("FailedMount", "MountVolume.WaitForAttach failed for volume"),
    ],
)
def test_a_disk_that_is_still_moving_to_another_node_is_waited_for(reason, message):
    below = children(pod(statuses=[waiting("ContainerCreating")]), events=(warning(reason, message),))
    health = follow((1, progressing_deployment(), below), (300, progressing_deployment(), below))
    assert (health.state, health.reason) == (PROGRESSING, reason)


def test_a_volume_that_cannot_be_mounted_fails_it_after_a_minute():
    event = warning("FailedMount", 'secret "tls" not found')
    below = children(pod(statuses=[waiting("ContainerCreating")]), events=(event,))
    assert follow((1, progressing_deployment(), below)).state is PROGRESSING
    health = follow((1, progressing_deployment(), below), (61, progressing_deployment(), below))
    assert (health.state, health.reason) == (FAILED, "FailedMount")


@pytest.mark.parametrize(
    "stranger",
    [
        pod(owner="rs1"),  # of the former revision
        pod(owner="somebody-elses"),
        pod(status={"phase": "Failed"}),
    ],
)
def test_pods_that_are_not_of_the_newest_revision_do_not_matter(stranger):
    body = stranger.edited()
    body["status"]["containerStatuses"] = [waiting("CrashLoopBackOff", restarts=9)]
    assert follow((1, progressing_deployment(), children(Manifest(body)))).state is PROGRESSING


def test_a_replica_set_of_another_deployment_with_the_same_revision_does_not_matter():
    below = Children(
        pods=(pod(statuses=[waiting("InvalidImageName")]),), replica_sets=(replica_set(owner="somebody-else"),)
    )
    assert follow((1, progressing_deployment(), below)).state is PROGRESSING


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


def test_a_stateful_set_with_a_partition_is_ready_when_its_upper_part_is():
    upper = {"type": "RollingUpdate", "rollingUpdate": {"partition": 2}}
    assert assess(stateful_set(strategy=upper, updatedReplicas=0), now=START, policy=POLICY).state is PROGRESSING
    health = assess(stateful_set(strategy=upper, updatedReplicas=1), now=START, policy=POLICY)
    assert health.state is READY
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
    health = follow((1, stateful_set(updatedReplicas=0, readyReplicas=2), stuck_pod("a")))
    assert (health.state, health.reason, health.pod) == (FAILED, "StuckOnFormerPod", "web-1")
    assert "delete the pod by hand" in health.message


def test_a_parallel_stateful_set_is_not_stuck_on_a_former_pod():
    parallel = stateful_set(updatedReplicas=0, readyReplicas=2).edited()
    parallel["spec"]["podManagementPolicy"] = "Parallel"
    assert follow((1, Manifest(parallel), stuck_pod("a"))).state is PROGRESSING


@pytest.mark.parametrize("kind", ["StatefulSet", "DaemonSet"])
def test_on_delete_is_ready_with_a_note_that_pods_keep_their_revision(kind):
    on_delete = stateful_set(strategy={"type": "OnDelete"}).edited()
    on_delete["kind"] = kind
    health = assess(Manifest(on_delete), now=START, policy=POLICY)
    assert health.state is READY
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


def test_a_daemon_sets_newest_pods_are_those_of_its_highest_revision():
    def revision(number, hash_):
        owners = [{"uid": "workload", "controller": True}]
        metadata = {"name": f"web-{hash_}", "labels": {"controller-revision-hash": hash_}, "ownerReferences": owners}
        return Manifest({"kind": "ControllerRevision", "metadata": metadata, "revision": number})

    rolling = workload("DaemonSet", status={"desiredNumberScheduled": 2, "updatedNumberScheduled": 1})
    broken = [waiting("InvalidImageName")]

    def below(hash_):
        labels = {"controller-revision-hash": hash_}
        one = pod(owner="workload", statuses=broken, labels=labels, owner_kind="DaemonSet")
        return Children(pods=(one,), controller_revisions=(revision(9, "old"), revision(10, "new")))

    assert follow((1, rolling, below("old"))).state is PROGRESSING
    assert follow((1, rolling, below("new"))).state is FAILED


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


def other(api_version: str, kind: str, *, spec=None, status=None, generation=1) -> Manifest:
    metadata = {"name": "x", "generation": generation}
    return Manifest(
        {"apiVersion": api_version, "kind": kind, "metadata": metadata, "spec": spec or {}, "status": status or {}}
    )


def conditions(**statuses) -> dict[str, Any]:
    given = []
    for type_, value in statuses.items():
        status, _, reason = value.partition("/")
        given.append({"type": type_, "status": status, "reason": reason})
    return {"conditions": given}


@pytest.mark.parametrize(
    ("manifest", "expected"),
    [
        (other("v1", "ConfigMap"), READY),
        (other("policy/v1", "PodDisruptionBudget", status={"observedGeneration": 1}), READY),
        (other("policy/v1", "PodDisruptionBudget", status={"observedGeneration": 1}, generation=2), PENDING),
        (other("v1", "Service", spec={"type": "ClusterIP"}), READY),
        (other("v1", "Service", spec={"type": "LoadBalancer"}), PROGRESSING),
        (
            other(
                "v1",
                "Service",
                spec={"type": "LoadBalancer"},
                status={"loadBalancer": {"ingress": [{"ip": "1.2.3.4"}]}},
            ),
            READY,
        ),
        (other("networking.k8s.io/v1", "Ingress"), READY),
        (other("v1", "PersistentVolumeClaim", status={"phase": "Bound"}), READY),
        (other("v1", "PersistentVolumeClaim", status={"phase": "Pending"}), PROGRESSING),
        (other("v1", "PersistentVolumeClaim", status={"phase": "Lost"}), FAILED),
        (other("autoscaling/v2", "HorizontalPodAutoscaler", status=conditions(AbleToScale="True/Ready")), READY),
        (
            other("autoscaling/v2", "HorizontalPodAutoscaler", status=conditions(AbleToScale="False/FailedGetScale")),
            FAILED,
        ),
        (other("autoscaling/v2", "HorizontalPodAutoscaler"), PROGRESSING),
        (other("apps/v1", "ReplicaSet", spec=TWO, status={"availableReplicas": 2}), READY),
        (other("apps/v1", "ReplicaSet", spec=TWO, status={"availableReplicas": 1}), PROGRESSING),
        (other("apps/v1", "ReplicaSet", spec=TWO, status=conditions(ReplicaFailure="True/FailedCreate")), FAILED),
        (other("apiextensions.k8s.io/v1", "CustomResourceDefinition", status=conditions(Established="True")), READY),
        (
            other("apiextensions.k8s.io/v1", "CustomResourceDefinition", status=conditions(NamesAccepted="False")),
            FAILED,
        ),
        (other("apiextensions.k8s.io/v1", "CustomResourceDefinition"), PROGRESSING),
        (other("apiregistration.k8s.io/v1", "APIService", status=conditions(Available="True")), READY),
        (other("apiregistration.k8s.io/v1", "APIService", status=conditions(Available="False/Missing")), PROGRESSING),
        (other("v1", "Namespace", status={"phase": "Active"}), READY),
        (other("v1", "Namespace", status={"phase": "Terminating"}), HealthState.TERMINATING),
        (other("v1", "Pod", status={"phase": "Running", **conditions(Ready="True")}), READY),
        (other("v1", "Pod", status={"phase": "Running", **conditions(Ready="False")}), PROGRESSING),
        (other("v1", "Pod", status={"phase": "Succeeded"}), READY),
        (other("v1", "Pod", status={"phase": "Failed"}), FAILED),
        (other("shop.example/v1", "Widget"), READY),
        (other("shop.example/v1", "Widget", status=conditions(Ready="True")), READY),
        (other("shop.example/v1", "Widget", status=conditions(Ready="False/Waiting")), PROGRESSING),
        (other("shop.example/v1", "Widget", status=conditions(Ready="Unknown")), PROGRESSING),
        (other("shop.example/v1", "Widget", status=conditions(Stalled="True/Broken", Ready="True")), FAILED),
        (other("shop.example/v1", "Widget", status=conditions(Reconciling="True", Ready="True")), PROGRESSING),
        (other("shop.example/v1", "Widget", status={"observedGeneration": 1}, generation=2), PENDING),
    ],
    ids=lambda value: f"{value.kind.name}" if isinstance(value, Manifest) else None,
)
def test_objects_without_a_rollout_are_assessed_by_their_kind(manifest, expected):
    assert assess(manifest, now=START, policy=POLICY).state is expected
