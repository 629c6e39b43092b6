"""OpenKruise on a practice cluster: its settings, and what a person changes of a CloneSet."""

from typing import Any

from sandbox.cluster import Cluster
from sandbox.kruise.clone_sets import NAMESPACE, SETTINGS
from sandbox.kruise.definitions import API_VERSION, DEFINITION
from sandbox.store import Object, thaw


def install(cluster: Cluster) -> None:
    """The definition, and the settings without which no controller looks at a CloneSet."""
    cluster.create(DEFINITION)
    cluster.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})
    metadata = {"name": SETTINGS, "namespace": NAMESPACE}
    cluster.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {}})


def clone_set(image: str, **strategy: Any) -> Object:
    """Of two pods, `web`, updated by this strategy."""
    template = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "web", "image": image}]}}
    return {
        "apiVersion": API_VERSION,
        "kind": "CloneSet",
        "metadata": {"name": "web"},
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": {"app": "web"}},
            "template": template,
            "updateStrategy": strategy,
        },
    }


def set_strategy(cluster: Cluster, namespace: str, **strategy: Any) -> None:
    """As a person does with kubectl who lowers a partition, pauses or resumes."""
    found = cluster.get("clonesets.apps.kruise.io", "web", namespace)
    assert found is not None
    body = thaw(found)
    body["spec"]["updateStrategy"] = strategy
    cluster.update(body, manager="kubectl")
