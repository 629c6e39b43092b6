"""Argo Rollouts on a practice cluster: its settings, and what a person does with its kubectl plugin."""

from typing import Any

from sandbox.argo_rollouts.canary import NAMESPACE, SETTINGS
from sandbox.argo_rollouts.definitions import API_VERSION, DEFINITION
from sandbox.cluster import Cluster
from sandbox.store import Object, thaw

STEPS = [{"setWeight": 50}, {"pause": {}}]


def install(cluster: Cluster) -> None:
    """The definition, and the settings without which no controller looks at a Rollout."""
    cluster.create(DEFINITION)
    cluster.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})
    metadata = {"name": SETTINGS, "namespace": NAMESPACE}
    cluster.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {}})


def rollout(image: str, *, steps: list[Any] | None = None, **spec: Any) -> Object:
    """Of two pods, `web`, which pauses for a person when one of them is new."""
    template = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "web", "image": image}]}}
    return {
        "apiVersion": API_VERSION,
        "kind": "Rollout",
        "metadata": {"name": "web"},
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": {"app": "web"}},
            "strategy": {"canary": {"steps": STEPS if steps is None else steps}},
            **({} if "workloadRef" in spec else {"template": template}),
            **spec,
        },
    }


def promote(cluster: Cluster, namespace: str) -> None:
    """As `kubectl argo rollouts promote`: it takes the pause away (pkg/kubectl-argo-rollouts/cmd/promote)."""
    _change(cluster, namespace, pauseConditions=None)


def abort(cluster: Cluster, namespace: str) -> None:
    """As `kubectl argo rollouts abort` (pkg/kubectl-argo-rollouts/cmd/abort)."""
    _change(cluster, namespace, abort=True)


def _change(cluster: Cluster, namespace: str, **status: Any) -> None:
    found = cluster.get("rollouts.argoproj.io", "web", namespace)
    assert found is not None
    body = thaw(found)
    body["status"] = {name: value for name, value in {**body["status"], **status}.items() if value is not None}
    cluster.update_status(body, manager="kubectl-argo-rollouts")
