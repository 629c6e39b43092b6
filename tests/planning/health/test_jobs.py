"""A Job that is followed: what it waits for, when it has failed, and when its end is no longer waited for."""

from typing import Any

from domain.resources import Manifest
from services.planning.health.values import Children, HealthState
from tests.support.rollouts import pod, waiting, workload
from tests.support.timelines import judged, running, seen


def job(**status) -> Manifest:
    return workload("Job", spec={"completions": 1, "backoffLimit": 6}, status={"active": 1, **status})


def below(*statuses: dict[str, Any], phase: str = "Running", version: str = "1") -> Children:
    one = pod(
        "web-x", owner="workload", owner_kind="Job", statuses=list(statuses), status={"phase": phase}, version=version
    )
    return Children(pods=(one,))


def test_an_image_that_cannot_be_pulled_is_told_at_once_and_fails_it():
    broken = below(waiting("ErrImagePull", "web:9: not found"), phase="Pending")
    early, late = judged([(2, job(), broken), (123, job(), broken)])
    assert (early.state, early.reason) == (HealthState.PROGRESSING, "ErrImagePull")
    assert early.message.startswith("0 of 1 runs have succeeded. 1 pod is under way.")
    assert (late.state, late.pod) == (HealthState.FAILED, "web-x")


def test_a_job_that_runs_without_trouble_is_not_waited_for_to_its_end():
    early, settled = judged([(30, job(), below(running(since=5))), (66, job(), below(running(since=5)))])
    assert not early.settled
    assert (settled.state, settled.settled) == (HealthState.PROGRESSING, True)
    assert "its end is not waited for" in settled.message


def test_a_screen_shows_it_as_it_is():
    assert seen(500, job(), below(running(since=5))).state is HealthState.PROGRESSING


def test_a_failed_attempt_is_told_with_its_exit_code_and_keeps_it_waiting():
    ended = {"name": "web", "state": {"terminated": {"exitCode": 3, "reason": "Error", "message": "password=hunter2"}}}
    (health,) = judged([(90, job(active=0, failed=1), below(ended, phase="Failed"))])
    assert (health.state, health.reason, health.settled) == (HealthState.PROGRESSING, "AttemptFailed", False)
    assert "1 attempt has failed. Pod web-x, container web: exit code 3." in health.message
    assert "hunter2" not in repr(health)


def test_a_job_that_cannot_be_scheduled_ends_with_the_schedulers_words():
    unscheduled = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/3 nodes"}
    one = pod("web-x", owner="workload", owner_kind="Job", status={"conditions": [unscheduled]})
    health = judged([(901, job(), Children(pods=(one,)))])[-1]
    assert (health.state, health.reason, health.blameless) == (HealthState.FAILED, "Timeout", True)
    assert "0/3 nodes" in health.message
