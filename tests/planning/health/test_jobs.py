"""A Job that is followed: what it waits for, when it has failed, and when its end is no longer waited for."""

from typing import Any

from domain.resources import Manifest
from services.planning.health.values import Children, HealthState
from tests.support.rollouts import pod, waiting, workload
from tests.support.timelines import ended, judged, running, seen


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


def attempt(name: str, *statuses: dict[str, Any], phase: str) -> Manifest:
    return pod(name, owner="workload", owner_kind="Job", statuses=list(statuses), status={"phase": phase})


def failed_after(seconds: float) -> Manifest:
    return attempt("web-a", {"name": "web", "state": {"terminated": ended(began=0, at_=seconds)}}, phase="Failed")


def test_an_attempt_that_failed_does_not_keep_the_next_one_from_being_trusted_when_it_runs_for_longer():
    again = attempt("web-b", running(since=20), phase="Running")
    healths = judged([(at, job(failed=1), Children(pods=(failed_after(10), again))) for at in (40, 85)])
    assert [health.settled for health in healths] == [False, True]
    assert "1 attempt has failed" in healths[-1].message


def test_an_attempt_that_has_run_for_less_time_than_the_one_that_failed_proves_nothing_yet():
    again = attempt("web-b", running(since=210), phase="Running")
    healths = judged([(at, job(failed=1), Children(pods=(failed_after(200), again))) for at in (300, 415)])
    assert [health.settled for health in healths] == [False, True]


def test_a_job_of_many_short_runs_is_trusted_when_one_has_succeeded():
    done = {"name": "web", "state": {"terminated": ended(began=0, at_=20, code=0, reason="Completed")}}
    pods = (attempt("web-0", done, phase="Succeeded"), attempt("web-1", running(since=70), phase="Running"))
    early, late = judged([(at, job(succeeded=1), Children(pods=pods)) for at in (75, 85)])
    assert (early.settled, late.settled) == (False, True)
