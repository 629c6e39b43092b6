"""Workloads of custom kinds on practice clusters, and what their controllers report.

Each status is what the kind's own controller writes (argoproj/argo-rollouts utils/rollout/rolloututil.go,
openkruise/kruise apis/apps/v1alpha1/cloneset_types.go, knative/serving pkg/apis/serving/v1/service_types.go); whoever
stages a test says when.
"""

from typing import Any

from sandbox.server import Sandbox
from tests.support.definitions import definition

DRIVERS = {
    "Rollout": ("argoproj.io", "v1alpha1", "rollouts"),
    "Canary": ("flagger.app", "v1beta1", "canaries"),
}
GROUPS = {
    "Rollout": ("argoproj.io", "v1alpha1", "rollouts"),
    "CloneSet": ("apps.kruise.io", "v1alpha1", "clonesets"),
    "Service": ("serving.knative.dev", "v1", "services"),
}


def definition_of(kind: str) -> dict[str, Any]:
    """The definition of the kind, with its status apart."""
    group, version, plural = (GROUPS | DRIVERS)[kind]
    return definition(kind, plural, group, version, status_apart=True)


def custom_workload(kind: str, image: str, name: str = "web", **spec: Any) -> dict[str, Any]:
    """A workload of this kind with one container, `web`."""
    group, version, _ = GROUPS[kind]
    template = {"metadata": {"labels": {"app": name}}, "spec": {"containers": [{"name": "web", "image": image}]}}
    return {
        "apiVersion": f"{group}/{version}",
        "kind": kind,
        "metadata": {"name": name},
        "spec": {"template": template, **spec},
    }


def driver(kind: str, target: str = "web", of: str = "Deployment") -> dict[str, Any]:
    """A Rollout or Canary that refers to a workload: argo-rollouts `ObjectRef`, flagger `LocalObjectReference`."""
    group, version, _ = DRIVERS[kind]
    member = {"Rollout": "workloadRef", "Canary": "targetRef"}[kind]
    return {
        "apiVersion": f"{group}/{version}",
        "kind": kind,
        "metadata": {"name": target, "namespace": "shop", "uid": f"uid-{kind}-{target}", "generation": 1},
        "spec": {member: {"apiVersion": "apps/v1", "kind": of, "name": target}},
    }


def done(kind: str) -> dict[str, Any]:
    """The status of one that has rolled out, without its generation."""
    by_kind: dict[str, dict[str, Any]] = {
        "Rollout": {"phase": "Healthy", "stableRS": "newest", "currentPodHash": "newest", "pauseConditions": None},
        "CloneSet": dict.fromkeys(
            ("replicas", "readyReplicas", "availableReplicas", "updatedReplicas", "updatedReadyReplicas"), 1
        ),
        "Service": {
            "conditions": [{"type": "Ready", "status": "True"}],
            "latestReadyRevisionName": "web-1",
            "latestCreatedRevisionName": "web-1",
            "traffic": [{"revisionName": "web-1", "percent": 100}],
        },
    }
    return by_kind[kind]


def paused() -> dict[str, Any]:
    """The status of a Rollout that stands at a pause without a duration."""
    return {
        "phase": "Paused",
        "stableRS": "former",
        "currentPodHash": "newest",
        "pauseConditions": [{"reason": "CanaryPauseStep", "startTime": "2026-01-01T12:00:00Z"}],
    }


def aborted() -> dict[str, Any]:
    """The status of a Rollout that a person has aborted."""
    return {**paused(), "phase": "Degraded", "abort": True, "pauseConditions": None, "message": "RolloutAborted"}


def report(sandbox: Sandbox, cluster: str, body: dict[str, Any], status: dict[str, Any]) -> None:
    """Write the status of the generation that is there, as the controller would."""
    generation = body["metadata"]["generation"]
    observed = str(generation) if body["kind"] == "Rollout" else generation
    former = body.get("status") or {}
    told = {**body, "status": {**former, **status, "observedGeneration": observed}}
    sandbox.cluster(cluster).update_status(told, manager=f"{body['kind'].lower()}-controller")
