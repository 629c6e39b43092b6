"""Pods that run and are not ready: what they wait for is told after a minute, and is nobody's failure by itself."""

from typing import Any

import pytest

from domain.resources import Manifest
from services.planning.health.values import HealthState
from tests.support.rollouts import children, pod, progressing_deployment, stamp, waiting, workload
from tests.support.timelines import event, judged, ready, running, seen

_PROBED = {"containers": [{"name": "web", "readinessProbe": {"httpGet": {"path": "/"}}, "startupProbe": {}}]}
_GATE = "target-health.elbv2.k8s.aws/k8s-shop-web"
_GATED = {"containers": [{"name": "web"}], "readinessGates": [{"conditionType": _GATE}]}
_WAITS = {
    "a readiness probe": (
        pod(statuses=[{**running(ready=False, since=5), "started": True}], spec=_PROBED),
        "ReadinessProbe",
        "container web: it has run since 2026-01-01T12:00:05Z, and its readiness probe has not succeeded yet",
    ),
    "a startup probe": (
        pod(statuses=[{**running(ready=False, since=5), "started": False}], spec=_PROBED),
        "StartupProbe",
        "its startup probe has not succeeded yet",
    ),
    "a probe of a sidecar": (
        pod(
            init=[{**running(ready=False, since=5, name="proxy"), "started": True}],
            spec={"initContainers": [{"name": "proxy", "restartPolicy": "Always", "readinessProbe": {}}]},
        ),
        "ReadinessProbe",
        "container proxy: it has run",
    ),
    "an init container": (
        pod(init=[running(ready=False, since=5, name="wait")], spec={"initContainers": [{"name": "wait"}]}),
        "InitContainer",
        "container wait: it has run since 2026-01-01T12:00:05Z, and the pod's containers start when it has ended",
    ),
    "a readiness gate": (
        pod(
            statuses=[running(since=5)],
            spec=_GATED,
            status={
                "conditions": [
                    {"type": "ContainersReady", "status": "True", "lastTransitionTime": stamp(6)},
                    ready(False, reason="ReadinessGatesNotReady"),
                ]
            },
        ),
        "ReadinessGate",
        f"waits for readiness gate {_GATE}, which another controller sets",
    ),
}


@pytest.mark.parametrize(("waits", "reason", "words"), _WAITS.values(), ids=_WAITS)
def test_what_a_pod_waits_for_is_told_after_a_minute(waits: Manifest, reason: str, words: str):
    early, late = judged([(at, progressing_deployment(), children(waits)) for at in (50, 70)])
    assert (early.state, early.reason) == (HealthState.PROGRESSING, None)
    assert (late.state, late.reason, late.pod) == (HealthState.PROGRESSING, reason, "web-hash2-a")
    assert words in late.message


def test_a_deadline_that_is_exceeded_names_the_probe_and_the_image_may_be_the_cause():
    unready, _, words = _WAITS["a readiness probe"]
    exceeded = [{"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"}]
    health = judged([(700, progressing_deployment(conditions=exceeded), children(unready))])[-1]
    assert (health.state, health.blameless) == (HealthState.FAILED, False)
    assert words in health.message


def test_a_long_start_is_waited_for_until_the_deployments_own_deadline():
    patient: dict[str, Any] = progressing_deployment().edited()
    patient["spec"]["progressDeadlineSeconds"] = 800
    starting, _, _ = _WAITS["a startup probe"]
    health = judged([(at, Manifest(patient), children(starting)) for at in (60, 400, 850)])
    assert {one.state for one in health} == {HealthState.PROGRESSING}


def test_a_large_image_that_is_being_pulled_is_named():
    pulling = event("uid-web-hash2-a", "Pulling", 'Pulling image "shop/web:2"', seconds=5, type_="Normal")
    creating = pod(statuses=[waiting("ContainerCreating")])
    looks = [(at, progressing_deployment(), children(creating, events=(pulling,))) for at in (30, 70)]
    early, late = judged(looks)
    assert early.reason is None
    assert (late.state, late.reason) == (HealthState.PROGRESSING, "Pulling")
    assert 'Pod web-hash2-a: Pulling image "shop/web:2", since 2026-01-01T12:00:05Z.' in late.message
    pulled = event("uid-web-hash2-a", "Pulled", "Image is there", seconds=50, type_="Normal")
    assert seen(500, progressing_deployment(), children(creating, events=(pulling, pulled))).reason is None


def test_a_pod_whose_containers_are_created_for_long_is_named_though_no_event_says_why():
    bound = {"type": "PodScheduled", "status": "True", "lastTransitionTime": stamp(2)}
    below = children(pod(statuses=[waiting("ContainerCreating")], status={"conditions": [bound]}))
    early, late = judged([(at, progressing_deployment(), below) for at in (30, 70)])
    assert (early.reason, late.reason) == (None, "ContainerCreating")
    assert "still creating its containers" in late.message


@pytest.mark.parametrize(
    "pod_",
    [
        pod(statuses=[running(ready=True, since=5)], spec=_PROBED, status={"conditions": [ready()]}),
        pod(statuses=[running(ready=False, since=5)], spec={"containers": [{"name": "web"}]}),
        pod(
            init=[running(ready=True, since=5, name="proxy")],
            spec={"initContainers": [{"name": "proxy", "restartPolicy": "Always"}]},
        ),
    ],
    ids=["ready", "without a probe", "a sidecar that runs"],
)
def test_nothing_is_told_of_a_pod_that_waits_for_nothing(pod_: Manifest):
    assert seen(500, progressing_deployment(), children(pod_)).reason is None


def ended_by_its_node(reason: str, message: str = "", *, created: float = 5) -> Manifest:
    return pod(
        "web-hash2-x",
        created=created,
        spec={"nodeName": "n1"},
        status={"phase": "Failed", "reason": reason, "message": message},
    )


@pytest.mark.parametrize(
    ("reason", "blameless"), [("Evicted", False), ("OutOfcpu", True), ("UnexpectedAdmissionError", True)]
)
def test_a_new_pod_that_its_node_ended_is_told_with_the_nodes_words(reason: str, blameless: bool):
    below = children(ended_by_its_node(reason, "The node was low on resource: ephemeral-storage. "))
    health = judged([(20, progressing_deployment(), below)])[-1]
    assert (health.state, health.reason, health.blameless) == (HealthState.PROGRESSING, reason, blameless)
    assert f"on node n1 was ended: {reason} (The node was low on resource: ephemeral-storage)." in health.message


@pytest.mark.parametrize("created", [-30, -86_400])
def test_a_pod_that_was_evicted_before_the_change_is_not_told(created: float):
    below = children(ended_by_its_node("Evicted", created=created))
    assert judged([(20, progressing_deployment(), below)])[-1].reason is None


def test_what_is_ready_is_ready_whatever_was_evicted_meanwhile():
    counts = dict.fromkeys(("replicas", "updatedReplicas", "readyReplicas", "availableReplicas"), 2)
    done = [{"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable"}]
    manifest = workload(spec={"replicas": 2}, status={**counts, "conditions": done})
    health = judged([(20, manifest, children(ended_by_its_node("Evicted")))])[-1]
    assert (health.state, health.reason) == (HealthState.READY, None)
