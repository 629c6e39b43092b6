"""Objects that roll nothing out are assessed by the conventions of their kind."""

from typing import Any

import pytest

from domain.resources import Manifest
from services.planning.health.assessment import assess
from services.planning.health.values import HealthState
from tests.support.health import FAILED, PENDING, POLICY, PROGRESSING, READY, TWO
from tests.support.rollouts import (
    START,
    stamp,
)


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


@pytest.mark.parametrize(
    ("condition", "since", "expected"),
    [
        ({"type": "ScalingActive", "reason": "FailedGetResourceMetric"}, -60, PROGRESSING),
        ({"type": "ScalingActive", "reason": "FailedGetExternalMetric"}, -600, FAILED),
        ({"type": "AbleToScale", "reason": "FailedGetScale"}, -60, PROGRESSING),
        ({"type": "ScalingActive", "reason": "InvalidSelector"}, -60, FAILED),
    ],
)
def test_an_autoscaler_of_new_pods_has_no_metrics_for_some_minutes(condition, since, expected):
    reported = [{**condition, "status": "False", "lastTransitionTime": stamp(since)}]
    autoscaler = other("autoscaling/v2", "HorizontalPodAutoscaler", status={"conditions": reported})
    health = assess(autoscaler, now=START, policy=POLICY)
    assert (health.state, health.reason) == (expected, condition["reason"])
