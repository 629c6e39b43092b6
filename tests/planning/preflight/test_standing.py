"""How workloads are before they get a new image, and what cannot do its work for them."""

from datetime import timedelta

import pytest

from domain.resources import Manifest
from tests.planning.preflight.facts import NOW, daemons, found, stateful, web
from tests.support.objects import obj

UNDER_WAY = [("rollout-under-way", "warns")]
FAILING = [("workload-failing", "warns")]


def told(workload: Manifest, **status) -> Manifest:
    return Manifest({**workload.body, "status": {**workload.status, **status}})


@pytest.mark.parametrize("workload", [web(), stateful(), daemons(), web(paused=True)])
def test_a_workload_that_is_as_it_should_be_is_not_spoken_of(workload):
    assert found(workload) == []


@pytest.mark.parametrize(
    ("workload", "expected"),
    [
        (told(web(), observedGeneration=0), UNDER_WAY),
        (told(web(), updatedReplicas=1), UNDER_WAY),
        (told(web(), replicas=4), UNDER_WAY),
        (told(stateful(), updatedReplicas=1, updateRevision="b"), UNDER_WAY),
        (told(daemons(), updatedNumberScheduled=1), UNDER_WAY),
        (told(web(), availableReplicas=2), FAILING),
        (told(stateful(), availableReplicas=1), FAILING),
        (told(daemons(), numberAvailable=2), FAILING),
        (
            told(web(), updatedReplicas=1, conditions=[{"type": "Progressing", "reason": "ProgressDeadlineExceeded"}]),
            FAILING,
        ),
        (web(0), [("no-pods", "tells")]),
    ],
)
def test_what_is_not_as_it_should_be_is_said_once(workload, expected):
    assert found(workload) == expected


@pytest.mark.parametrize(
    "workload",
    [
        told(stateful(updateStrategy={"rollingUpdate": {"partition": 2}}), updatedReplicas=0),
        told(stateful(updateStrategy={"type": "OnDelete"}), updatedReplicas=0),
        told(daemons(updateStrategy={"type": "OnDelete"}), updatedNumberScheduled=0),
    ],
)
def test_pods_that_are_kept_back_on_purpose_are_no_rollout(workload):
    assert found(workload) == []


def autoscaler(name="web", **condition):
    return obj(
        "autoscaling/v2",
        "HorizontalPodAutoscaler",
        "scaler",
        spec={"scaleTargetRef": {"kind": "Deployment", "name": name}},
        status={"conditions": [{"type": "ScalingActive", "status": "False", "reason": "FailedGetMetric", **condition}]},
    )


def since(minutes):
    return (NOW - timedelta(minutes=minutes)).isoformat()


def test_an_autoscaler_that_has_long_been_unable_is_told():
    assert found(web(), autoscalers=(autoscaler(lastTransitionTime=since(20)),)) == [("autoscaler-unable", "tells")]


@pytest.mark.parametrize(
    "harmless",
    [
        autoscaler(lastTransitionTime=since(5)),  # pods have just started, and have no metrics yet
        autoscaler(lastTransitionTime=since(20), status="True"),
        autoscaler(lastTransitionTime=since(20), reason="ScalingDisabled"),
        autoscaler("other", lastTransitionTime=since(20)),
        autoscaler(),
    ],
)
def test_an_autoscaler_that_works_or_is_of_another_workload_is_not_spoken_of(harmless):
    assert found(web(), autoscalers=(harmless,)) == []


def claiming(storage_class="fast"):
    named = {} if storage_class is None else {"storageClassName": storage_class}
    return stateful(volumeClaimTemplates=[{"metadata": {"name": "data"}, "spec": named}])


FAST = obj("storage.k8s.io/v1", "StorageClass", "fast")
DEFAULT = obj(
    "storage.k8s.io/v1",
    "StorageClass",
    "standard",
    metadata={"annotations": {"storageclass.kubernetes.io/is-default-class": "true"}},
)
BOTH_CLAIMS = frozenset({"data-db-0", "data-db-1"})


@pytest.mark.parametrize(
    ("storage_class", "claims", "classes", "warns"),
    [
        ("fast", BOTH_CLAIMS, (), False),  # claims that are there stay
        ("fast", frozenset({"data-db-0"}), (FAST,), False),
        ("fast", frozenset({"data-db-0"}), (DEFAULT,), True),
        (None, frozenset(), (DEFAULT,), False),
        (None, frozenset(), (FAST,), True),
        ("", frozenset(), (), False),  # takes no class: somebody makes its volume
        ("fast", None, None, False),  # they may not be listed
    ],
)
def test_a_claim_that_would_be_made_needs_its_storage_class(storage_class, claims, classes, warns):
    problems = found(claiming(storage_class), claims=claims, storage_classes=classes)
    assert problems == ([("storage-class-missing", "warns")] if warns else [])
