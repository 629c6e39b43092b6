"""Pods that a controller may not create: the reason is told within seconds, whichever kind the controller is of."""

import pytest

from domain.resources import Manifest
from services.planning.health.obstacles import needs_events
from services.planning.health.values import Children, HealthState
from tests.support.rollouts import START, at, pod, stamp, workload
from tests.support.timelines import event, judged, running, seen

_WHY = 'violates PodSecurity "baseline:latest": host namespaces (hostNetwork=true)'
_WORDS = {
    "DaemonSet": f'Error creating: pods "web-" is forbidden: {_WHY}',
    "StatefulSet": f'create Pod web-0 in StatefulSet web failed error: pods "web-0" is forbidden: {_WHY}',
    "Job": f'Error creating: pods "web-" is forbidden: {_WHY}',
}
_STATUS = {
    "DaemonSet": {"desiredNumberScheduled": 1, "currentNumberScheduled": 0},
    "StatefulSet": {"replicas": 0, "updateRevision": "a", "currentRevision": "a"},
    "Job": {"startTime": stamp(0)},
}


def lacking(kind: str) -> Manifest:
    return workload(kind, status=_STATUS[kind])


def refused(kind: str, *, seconds: float = 1, message: str = "", about: str = "workload") -> Manifest:
    return event(about, "FailedCreate", message or _WORDS[kind], seconds=seconds, kind=kind)


@pytest.mark.parametrize("kind", _WORDS)
def test_the_event_is_told_at_once_and_ends_the_rollout_after_a_minute(kind):
    below = Children(events=(refused(kind),))
    early, later, late = judged([(seconds, lacking(kind), below) for seconds in (2, 55, 63)])
    assert early.state is later.state is HealthState.PROGRESSING
    assert early.reason == "FailedCreate"
    assert f"Pods cannot be created: {_WORDS[kind]}" in early.message
    assert (late.state, late.reason, late.blameless) == (HealthState.FAILED, "FailedCreate", True)


@pytest.mark.parametrize("kind", _WORDS)
def test_a_screen_tells_it_too(kind):
    below = Children(events=(refused(kind, seconds=-300),))
    health = seen(5, lacking(kind), below)
    assert (health.state, health.reason) == (HealthState.FAILED, "FailedCreate")


def test_a_deployments_condition_is_told_at_once():
    failure = {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "lastTransitionTime": stamp(1)}
    deployment = workload(spec={"replicas": 2}, status={"conditions": [{**failure, "message": _WORDS["DaemonSet"]}]})
    (health,) = judged([(2, deployment, Children())])
    assert (health.state, health.reason) == (HealthState.PROGRESSING, "FailedCreate")
    assert "host namespaces" in health.message


@pytest.mark.parametrize(
    ("message", "blameless"),
    [
        ('pods "web-" is forbidden: exceeded quota: pods, requested: pods=1, used: pods=4, limited: pods=4', True),
        ('pods "web-" is forbidden: error looking up service account shop/web: serviceaccount "web" not found', True),
        ('pods "web-" is forbidden: [maximum cpu usage per Container is 1, but limit is 2]', True),
        ('pods "web-" is forbidden: no PriorityClass with name high was found', True),
        ('admission webhook "verify.example.test" denied the request: signature of web:2 is missing', False),
        ("ValidatingAdmissionPolicy 'registries' with binding 'all' denied request: not our registry", False),
        ('pods "web-" is forbidden: image policy webhook backend denied one or more images', False),
    ],
)
def test_an_image_is_blamed_only_where_a_policy_may_have_looked_at_it(message, blameless):
    below = Children(events=(refused("DaemonSet", message=message),))
    health = judged([(seconds, lacking("DaemonSet"), below) for seconds in (2, 63)])[-1]
    assert (health.state, health.blameless) == (HealthState.FAILED, blameless)


@pytest.mark.parametrize(
    "events",
    [
        (refused("DaemonSet", seconds=-30),),
        (refused("DaemonSet", about="another"),),
        (refused("DaemonSet"), event("workload", "SuccessfulCreate", "Created pod", seconds=2, type_="Normal")),
    ],
    ids=["of before the change", "of another workload", "created since"],
)
def test_events_that_say_nothing_of_now_are_not_told(events):
    (health,) = judged([(5, lacking("DaemonSet"), Children(events=events))])
    assert (health.state, health.reason) == (HealthState.PROGRESSING, None)


def test_an_event_that_is_repeated_counts_by_its_last_time():
    body = refused("DaemonSet", seconds=-30).edited()
    repeated = Manifest({**body, "series": {"count": 4, "lastObservedTime": stamp(3)}})
    (health,) = judged([(5, lacking("DaemonSet"), Children(events=(repeated,)))])
    assert health.reason == "FailedCreate"


def test_a_workload_that_has_its_pods_is_not_judged_by_an_event():
    full = workload("DaemonSet", status={"desiredNumberScheduled": 1, "currentNumberScheduled": 1})
    (health,) = judged([(5, full, Children(events=(refused("DaemonSet"),)))])
    assert health.reason is None


def test_a_claim_that_nothing_provisions_is_told_beside_the_schedulers_words():
    words = "0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims."
    unscheduled = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": words}
    waiting_pod = pod(
        "web-0",
        owner="workload",
        owner_kind="StatefulSet",
        labels={"controller-revision-hash": "a"},
        spec={"volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "data-web-0"}}]},
        status={"conditions": [unscheduled]},
    )
    body = event("uid-claim", "ProvisioningFailed", 'storageclass.storage.k8s.io "fast" not found', seconds=2).edited()
    body["involvedObject"] = {"kind": "PersistentVolumeClaim", "name": "data-web-0", "uid": "uid-claim"}
    below = Children(pods=(waiting_pod,), events=(Manifest(body),))
    starting = workload("StatefulSet", status={"replicas": 1, "updateRevision": "a", "currentRevision": "a"})
    early, late = judged([(3, starting, below), (301, starting, below)])
    assert "unbound immediate PersistentVolumeClaims" in early.message
    assert 'PersistentVolumeClaim data-web-0: storageclass.storage.k8s.io "fast" not found' in early.message
    assert (late.state, late.reason, late.blameless) == (HealthState.FAILED, "Timeout", True)


@pytest.mark.parametrize("kind", _WORDS)
def test_events_are_read_while_pods_are_lacking(kind):
    assert needs_events(lacking(kind), Children(), now=START)


def test_events_are_not_read_of_a_workload_that_has_its_pods():
    fine = pod("web-0", owner="workload", owner_kind="DaemonSet", statuses=[running()])
    full = workload("DaemonSet", status={"desiredNumberScheduled": 1, "currentNumberScheduled": 1})
    assert not needs_events(full, Children(pods=(fine,)), now=at(5))
