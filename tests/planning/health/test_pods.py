"""What is wrong with a workload's pods, and how long it may stay wrong before the rollout fails."""

import pytest

from domain.resources import Manifest
from services.planning.health.assessment import assess
from tests.support.health import FAILED, POLICY, PROGRESSING, follow
from tests.support.rollouts import (
    at,
    children,
    pod,
    progressing_deployment,
    waiting,
)


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
        ("SignatureValidationFailed", 120),
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


def test_an_image_of_another_platform_fails_it_when_the_registry_says_so_twice():
    broken, message = progressing_deployment(), "no match for platform in manifest"
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
    # An init container may wait for something that is still coming, so it is given a minute.
    looks = (1,) if place == "statuses" else (1, 61)
    health = follow(*((at_, progressing_deployment(), crashing(3)) for at_ in looks))
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
    assert follow((1, progressing_deployment(), below)).state is PROGRESSING


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
    event = warning("FailedMount", "MountVolume.SetUp failed: no such file or directory")
    below = children(pod(statuses=[waiting("ContainerCreating")]), events=(event,))
    assert follow((1, progressing_deployment(), below)).state is PROGRESSING
    health = follow((1, progressing_deployment(), below), (61, progressing_deployment(), below))
    assert (health.state, health.reason) == (FAILED, "FailedMount")


def test_why_a_container_could_not_be_started_is_told_while_it_backs_off():
    said = 'failed to create containerd task: exec: "/app": exec format error: unknown'
    last = {"terminated": {"exitCode": 128, "reason": "StartError", "message": said}}
    broken = children(pod(statuses=[waiting("CrashLoopBackOff", restarts=2, lastState=last)]))
    assert said in follow((1, progressing_deployment(), broken)).message


@pytest.mark.parametrize(
    "below",
    [
        children(pod(statuses=[waiting("CreateContainerConfigError", 'secret "login" not found')])),
        children(pod(statuses=[waiting("CreateContainerConfigError", "couldn't find key token in Secret shop/login")])),
        children(
            pod(statuses=[waiting("ContainerCreating")]), events=(warning("FailedMount", 'secret "tls" not found'),)
        ),
        children(
            pod(statuses=[waiting("ContainerCreating")]),
            events=(warning("FailedMount", "references non-existent config key: colour"),),
        ),
    ],
)
def test_a_secret_that_another_controller_is_about_to_create_is_waited_for(below):
    broken = progressing_deployment()
    assert follow((1, broken, below), (180, broken, below)).state is PROGRESSING
    late = follow((1, broken, below), (181, broken, below))
    assert (late.state, late.blameless) == (FAILED, True)


def test_a_reason_that_is_not_known_is_told_without_its_message():
    broken = children(pod(statuses=[waiting("PostStartHookError", "exited with 1: password=hunter2")]))
    early, late = (follow(*((at_, progressing_deployment(), broken) for at_ in looks)) for looks in ((1,), (1, 62)))
    assert (early.state, early.reason) == (PROGRESSING, "PostStartHookError")
    assert late.state is FAILED
    assert "hunter2" not in repr((early, late))
