"""A rollout in a full namespace: each pod that ends makes room for the next, so a refusal is no failure meanwhile."""

import pytest

from domain.resources import Manifest
from services.planning.health.values import HealthState
from tests.support.rollouts import children, pod, stamp, workload
from tests.support.timelines import judged, running

_QUOTA = 'pods "web-hash2-" is forbidden: exceeded quota: team, requested: pods=1, used: pods=4, limited: pods=4'


def rolling(updated: int, *, since: float = 1) -> Manifest:
    """Four replicas in a namespace with room for four pods: the surge is refused all the time."""
    refused = {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": _QUOTA}
    return workload(
        spec={"replicas": 4},
        status={
            "replicas": 4,
            "updatedReplicas": updated,
            "readyReplicas": 3,
            "availableReplicas": 3,
            "conditions": [{**refused, "lastTransitionTime": stamp(since)}],
        },
        annotations={"deployment.kubernetes.io/revision": "2"},
    )


def starting(at: float) -> Manifest:
    return pod(statuses=[running(ready=False, since=at)], version=str(at))


def leaving(until: float) -> Manifest:
    body = pod("web-hash1-a", owner="rs1", labels={"pod-template-hash": "hash1"}).edited()
    body["metadata"] |= {"deletionTimestamp": stamp(until), "deletionGracePeriodSeconds": 90}
    body["metadata"]["ownerReferences"][0]["name"] = "web-hash1"
    return Manifest(body)


def test_a_rollout_that_goes_on_beside_a_refusal_is_waited_for_and_the_quota_is_told():
    looks = [(at, rolling(1 + at // 80), children(starting(at))) for at in range(5, 320, 20)]
    healths = judged(looks)
    assert {health.state for health in healths} == {HealthState.PROGRESSING}
    assert all("exceeded quota" in health.message for health in healths)


def test_pods_that_take_their_time_to_end_keep_the_quota_full_and_fail_nothing():
    looks = [(at, rolling(0), children(leaving(92))) for at in range(2, 95, 5)]
    # The controller doubles its pauses, so it may try again as late as it was refused for.
    after = [(at, rolling(0), children()) for at in range(95, 170, 5)]
    assert {health.state for health in judged([*looks, *after])} == {HealthState.PROGRESSING}


def test_a_refusal_while_nothing_moves_fails_the_rollout_after_a_minute():
    looks = [(at, rolling(1), children()) for at in (1, 30, 62)]
    assert [health.state for health in judged(looks)][-1] is HealthState.FAILED


def test_a_pod_that_a_dead_node_holds_is_no_movement():
    looks = [(at, rolling(1), children(leaving(-3600))) for at in (1, 30, 62)]
    assert judged(looks)[-1].state is HealthState.FAILED


@pytest.mark.parametrize(
    ("message", "blameless"),
    [
        ('Internal error occurred: failed calling webhook "v.example.test": Post "https://v/": EOF', True),
        ('admission webhook "verify.example.test" denied the request: image is not signed', False),
    ],
)
def test_a_webhook_that_does_not_answer_has_not_looked_at_the_image(message: str, blameless: bool):
    body = rolling(1).edited()
    body["status"]["conditions"][0]["message"] = message
    health = judged([(at, Manifest(body), children()) for at in (1, 62)])[-1]
    assert (health.state, health.blameless) == (HealthState.FAILED, blameless)
