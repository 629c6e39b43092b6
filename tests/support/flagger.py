"""Flagger on a practice cluster: what it answers to, and what a person does who opens and closes its gates."""

from collections.abc import Sequence
from typing import Any

from sandbox.cluster import Cluster
from sandbox.flagger.canaries import NAMESPACE, SETTINGS
from sandbox.flagger.definitions import API_VERSION, DEFINITION
from sandbox.store import Object, thaw


def install(cluster: Cluster) -> None:
    """The definition, and the gates without which no controller looks at a Canary."""
    cluster.create(DEFINITION)
    cluster.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})
    metadata = {"name": SETTINGS, "namespace": NAMESPACE}
    cluster.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {}})


def canary(*, gates: Sequence[str] = (), interval: str = "200ms", iterations: int = 1, **spec: Any) -> Object:
    """Of the Deployment `web`; `gates` are the types of webhooks that hold it up until a person opens them."""
    webhooks = [{"name": each, "type": each, "url": "http://gates.example/check"} for each in gates]
    analysis = {"interval": interval, "iterations": iterations, "threshold": 1, "webhooks": webhooks}
    return {
        "apiVersion": API_VERSION,
        "kind": "Canary",
        "metadata": {"name": "web"},
        "spec": {
            "provider": "kubernetes",
            "targetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"},
            "analysis": analysis,
            **spec,
        },
    }


def open_gate(cluster: Cluster, namespace: str, gate: str) -> None:
    """As a person with Flagger's load tester does (pkg/loadtester/server.go, `/gate/open`)."""
    _answer(cluster, namespace, gate, "open")


def close_gate(cluster: Cluster, namespace: str, gate: str) -> None:
    """As `/gate/close`."""
    _answer(cluster, namespace, gate, "closed")


def _answer(cluster: Cluster, namespace: str, gate: str, answer: str) -> None:
    found = cluster.get("configmaps", SETTINGS, NAMESPACE)
    assert found is not None
    body = thaw(found)
    body.setdefault("data", {})[f"{namespace}.web.{gate}"] = answer
    cluster.update(body, manager="loadtester")
