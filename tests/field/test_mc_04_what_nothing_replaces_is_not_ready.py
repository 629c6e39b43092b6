"""A ReplicationController never replaces its pods: no screen and no operation calls the former image ready."""

from typing import Any

import pytest

from domain.resources import Manifest, ResourceId
from domain.stored.rollouts import ExpectedRollout
from domain.words import Outcome
from services.execution.watching import watch_rollouts
from services.kube.deadline import Deadline
from services.planning.health.values import Children, HealthPolicy, HealthState
from tests.support.fake_cluster import FakeCluster, FakeLog
from tests.support.rollouts import pod, stamp
from tests.support.timelines import judged, ready, running, seen

_OLD, _NEW = "registry.example.test/herald:1.0", "registry.example.test/herald:2.0"
HERALD = ResourceId.of("v1", "ReplicationController", "herald")


def controller(
    kind: str = "ReplicationController", *, image: str = _NEW, replicas: int = 1, available: int = 1, **more
):
    container: dict[str, Any] = {"name": "h", "image": image, **more}
    return Manifest(
        {
            "apiVersion": "v1" if kind == "ReplicationController" else "apps/v1",
            "kind": kind,
            "metadata": {"name": "herald", "uid": "uid-herald", "generation": 2},
            "spec": {"replicas": replicas, "template": {"spec": {"containers": [container]}}},
            "status": {"observedGeneration": 2, "replicas": replicas, "availableReplicas": available},
        }
    )


def running_pod(name: str, image: str, **container: Any) -> Manifest:
    return pod(
        name,
        owner="uid-herald",
        owner_kind="ReplicationController",
        statuses=[running(name="h", since=-60)],
        spec={"containers": [{"name": "h", "image": image, **container}]},
        status={"phase": "Running", "conditions": [ready()]},
    )


@pytest.mark.parametrize("kind", ["ReplicationController", "ReplicaSet"])
def test_pods_of_the_former_image_are_not_called_ready(kind):
    below = Children(pods=(running_pod("a", _OLD),))
    for health in (seen(5, controller(kind), below), *judged([(5, controller(kind), below)])):
        assert (health.state, health.reason, health.held) == (HealthState.SUSPENDED, "PodsNotReplaced", True)
        assert "0 of 1 pods run the new template" in health.message
        assert f"a {kind} replaces no pods" in health.message


def test_each_pod_that_a_person_deletes_is_counted_until_all_run_it():
    pods = [running_pod("a", _OLD), running_pod("b", _OLD)]
    manifest, counts = controller(replicas=2, available=2), []
    for n in range(3):
        counts.append(seen(5, manifest, Children(pods=tuple(pods))))
        if n < 2:
            pods[n] = running_pod(f"new-{n}", _NEW)
    assert [health.state for health in counts] == [*[HealthState.SUSPENDED] * 2, HealthState.READY]
    assert "1 of 2 pods" in counts[1].message
    assert counts[2].message == "2 of 2 pods are available."


def test_another_variable_reaches_no_pod_either():
    changed = controller(image=_OLD, env=[{"name": "MODE", "value": "b"}])
    kept = running_pod("a", _OLD, env=[{"name": "MODE", "value": "a"}])
    assert seen(5, changed, Children(pods=(kept,))).state is HealthState.SUSPENDED
    made = running_pod("a", _OLD, env=[{"name": "ADDED", "value": "by admission"}, {"name": "MODE", "value": "b"}])
    assert seen(5, changed, Children(pods=(made,))).state is HealthState.READY


def test_pods_that_admission_rewrote_are_of_the_template():
    pinned = running_pod("a", f"{_NEW}@sha256:{'2' * 64}")
    assert seen(5, controller(), Children(pods=(pinned,))).state is HealthState.READY


def test_without_the_right_to_list_pods_a_write_is_not_called_ready():
    (after_write,) = judged([(5, controller(), Children())])
    assert (after_write.state, after_write.reason) == (HealthState.SUSPENDED, "PodsNotReplaced")


def test_its_pods_are_waited_for_as_those_of_other_workloads():
    below = Children(pods=(pod("a", owner="uid-herald", owner_kind="ReplicationController"),))
    early, late = judged([(5, controller(available=0), below), (901, controller(available=0), below)])
    assert (early.state, early.message) == (HealthState.PROGRESSING, "0 of 1 pods are available.")
    assert (late.state, late.reason) == (HealthState.FAILED, "Timeout")


def test_pods_that_it_may_not_create_are_told_at_once_and_fail_it_after_a_minute():
    body = controller(available=0).edited()
    refused = {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "lastTransitionTime": stamp(1)}
    body["status"]["conditions"] = [{**refused, "message": 'pods "herald-" is forbidden: exceeded quota: q'}]
    early, late = judged([(2, Manifest(body), Children()), (61, Manifest(body), Children())])
    assert early.state is HealthState.PROGRESSING
    assert "exceeded quota" in early.message
    assert (late.state, late.blameless) == (HealthState.FAILED, True)


async def test_an_operation_says_what_is_left_to_do():
    async def never() -> bool:
        return False

    cluster = FakeCluster(controller().body, running_pod("a", _OLD).body)
    expected = ExpectedRollout(resource=HERALD, uid="uid-herald", generation=2, images={"h": _NEW})
    result = await watch_rollouts(
        (expected,),
        cluster.gateway,
        "shop",
        FakeLog(),
        policy=HealthPolicy(soak=0),
        deadline=Deadline.after(5),
        cancelled=never,
    )
    assert (result.outcome, result.code, result.resource) == (Outcome.SUCCEEDED, "pods-not-replaced", HERALD)
    assert "ReplicationController herald: 0 of 1 pods run the new template" in (result.detail or "")


def test_evicted_pods_are_not_counted_among_those_that_run_it():
    evicted = Manifest({**running_pod("gone", _NEW).edited(), "status": {"phase": "Failed", "reason": "Evicted"}})
    health = seen(5, controller(), Children(pods=(running_pod("a", _OLD), evicted)))
    assert (health.state, health.held) == (HealthState.SUSPENDED, True)
    assert "0 of 1 pods run the new template" in health.message
