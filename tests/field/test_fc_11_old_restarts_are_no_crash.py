"""Restarts count since the write: a pod's restarts of last month and a missed probe are no crash."""

import pytest

from domain.resources import Manifest
from services.planning.health.values import HealthState
from tests.support.rollouts import children, pod, stamp, waiting, workload
from tests.support.timelines import ended, judged, ready, running, seen

_DAY = 86_400
_LONG_AGO = ended(began=-30 * _DAY, at_=-20 * _DAY, code=137, reason="OOMKilled")


def deployment(*, ready_pods: int, done: bool) -> Manifest:
    reason = "NewReplicaSetAvailable" if done else "ReplicaSetUpdated"
    return workload(
        spec={"replicas": 3},
        status={
            "replicas": 3,
            "updatedReplicas": 3,
            "readyReplicas": ready_pods,
            "availableReplicas": ready_pods,
            "conditions": [{"type": "Progressing", "status": "True", "reason": reason}],
        },
        annotations={"deployment.kubernetes.io/revision": "2"},
    )


def old_pod(name: str, *, is_ready: bool = True, restarts: int = 0, last=None, since: float = -20 * _DAY) -> Manifest:
    status = running(ready=is_ready, restarts=restarts, since=since, last=last)
    return pod(
        name, statuses=[status], created=-60 * _DAY, status={"phase": "Running", "conditions": [ready(is_ready)]}
    )


def test_a_missed_probe_of_a_pod_with_old_restarts_is_waited_for():
    starting = children(
        old_pod("a"),
        old_pod("b", is_ready=False, restarts=5, last=_LONG_AGO),
        pod("c", statuses=[waiting("ContainerCreating")]),
    )
    settled = children(old_pod("a"), old_pod("b", restarts=5, last=_LONG_AGO), pod("c", statuses=[running(since=5)]))
    first, last = judged(
        [(1, deployment(ready_pods=1, done=False), starting), (9, deployment(ready_pods=3, done=True), settled)]
    )
    assert first.state is HealthState.PROGRESSING
    assert "OOMKilled" not in first.message
    assert last.state is HealthState.READY


def test_a_screen_does_not_call_it_a_crash_either():
    below = children(old_pod("b", is_ready=False, restarts=5, last=_LONG_AGO))
    health = seen(1, deployment(ready_pods=2, done=False), below)
    assert (health.state, health.reason) == (HealthState.PROGRESSING, None)


def crashed(restarts: int, *, at_: float) -> Manifest:
    status = waiting("CrashLoopBackOff", restarts=restarts, lastState={"terminated": ended(began=at_ - 2, at_=at_)})
    return pod("b", statuses=[status], created=-60 * _DAY)


def test_an_old_pod_that_crashes_three_times_since_the_write_has_failed():
    rolling = deployment(ready_pods=2, done=False)
    calm = children(old_pod("b", restarts=5, last=_LONG_AGO))
    looks = [(1, rolling, calm), *((10 * n, rolling, children(crashed(5 + n, at_=10 * n - 1))) for n in (1, 2, 3))]
    states = [health.state for health in judged(looks)]
    assert states == [*[HealthState.PROGRESSING] * 3, HealthState.FAILED]


def test_an_old_pod_that_still_backs_off_from_before_the_write_is_said_and_not_final():
    # The write may have brought what it lacks; its next start comes within five minutes.
    rolling, below = deployment(ready_pods=2, done=False), children(crashed(40, at_=-100))
    healths = judged([(seconds, rolling, below) for seconds in (1, 60, 190)])
    assert {health.state for health in healths} == {HealthState.PROGRESSING}
    assert "40 restarts, none of them since the change" in healths[0].message


def test_a_process_that_begins_to_watch_later_counts_the_crash_it_has_not_seen():
    rolling = deployment(ready_pods=2, done=False)
    looks = [(20 + n, rolling, children(crashed(6 + n, at_=19 + n))) for n in range(3)]
    healths = judged(looks)
    assert "6 restarts, 1 of them since the change" in healths[0].message
    assert healths[-1].state is HealthState.FAILED


def test_a_new_container_that_runs_its_fourth_start_is_let_try():
    trying = running(ready=False, restarts=3, since=74, last=ended(began=40, at_=50))
    below = children(pod("n", statuses=[trying]))
    (health,) = judged([(75, deployment(ready_pods=2, done=False), below)])
    assert (health.state, health.reason) == (HealthState.PROGRESSING, "Restarted")


@pytest.mark.parametrize("restarts", [1, 3, 9])
def test_an_init_container_that_completed_after_failures_is_no_trouble(restarts):
    done = {
        "name": "wait",
        "ready": True,
        "restartCount": restarts,
        "state": {"terminated": {"exitCode": 0, "reason": "Completed"}},
        "lastState": {"terminated": ended(began=1, at_=2)},
    }
    below = children(pod("n", init=[done], statuses=[running(ready=False, since=60)]))
    (health,) = judged([(75, deployment(ready_pods=2, done=False), below)])
    assert (health.state, health.reason) == (HealthState.PROGRESSING, None)


def test_an_init_container_that_waits_for_its_database_is_said_and_given_a_minute():
    status = waiting(
        "CrashLoopBackOff", container="wait", restarts=3, lastState={"terminated": ended(began=70, at_=72)}
    )
    rolling, below = deployment(ready_pods=2, done=False), children(pod("n", init=[status]))
    healths = judged([(seconds, rolling, below) for seconds in (75, 134, 136)])
    assert [health.state for health in healths] == [*[HealthState.PROGRESSING] * 2, HealthState.FAILED]
    assert "container wait: CrashLoopBackOff (3 restarts" in healths[0].message


def crash_loop(*, runs: bool, is_ready: bool) -> tuple[Manifest, Manifest]:
    last = ended(began=98, at_=100)
    status = running(ready=is_ready, restarts=7, since=104, last=last)
    if not runs:
        status = waiting("CrashLoopBackOff", restarts=7, lastState={"terminated": last})
    return deployment(ready_pods=3 if runs and is_ready else 2, done=True), pod("n", statuses=[status])


@pytest.mark.parametrize("is_ready", [True, False], ids=["without a readiness probe", "with one"])
def test_what_a_screen_shows_of_a_crash_loop_does_not_change_at_each_restart(is_ready):
    states = [
        seen(105, manifest, children(broken)).state
        for manifest, broken in (crash_loop(runs=runs, is_ready=is_ready) for runs in (False, True, False, True))
    ]
    assert set(states) == {HealthState.FAILED}


def test_a_container_that_runs_longer_than_it_ran_before_has_recovered():
    manifest, broken = crash_loop(runs=True, is_ready=True)
    assert seen(115, manifest, children(broken)).state is HealthState.READY


@pytest.mark.parametrize("is_ready", [True, False])
def test_a_single_crash_after_a_long_run_is_no_crash_loop_on_a_screen_however_many_were_before(is_ready):
    last = ended(began=-10 * _DAY, at_=-20, code=255, reason="Unknown")  # as a node's reboot leaves it
    below = children(old_pod("b", is_ready=is_ready, restarts=50, last=last, since=-10))
    health = seen(1, deployment(ready_pods=3 if is_ready else 2, done=True), below)
    assert health.state is (HealthState.READY if is_ready else HealthState.PROGRESSING)
    assert "since the change" not in health.message


@pytest.mark.parametrize("created", [-30, 0])
def test_a_new_workload_that_crashes_until_its_database_is_there_is_given_three_minutes(created):
    made = deployment(ready_pods=0, done=False).edited()
    made["metadata"]["creationTimestamp"] = stamp(created)
    crashes = [(10 + 40 * n, n + 1) for n in range(6)]
    looks = [
        (at_ + 5, Manifest(made), children(pod("n", statuses=[_backing_off(restarts, at_)])))
        for at_, restarts in crashes
    ]
    healths = judged(looks)
    assert [health.state for health in healths] == [*[HealthState.PROGRESSING] * 5, HealthState.FAILED]
    assert all(health.reason == "CrashLoopBackOff" for health in healths)


def _backing_off(restarts: int, at_: float):
    return waiting("CrashLoopBackOff", restarts=restarts, lastState={"terminated": ended(began=at_ - 2, at_=at_)})


def test_a_workload_that_was_created_a_moment_ago_and_then_changed_is_not_new():
    changed = deployment(ready_pods=0, done=False).edited()
    changed["metadata"] |= {"creationTimestamp": stamp(-30), "generation": 2}
    changed["status"]["observedGeneration"] = 2
    (health,) = judged([(60, Manifest(changed), children(pod("n", statuses=[_backing_off(3, 55)])))])
    assert health.state is HealthState.FAILED
