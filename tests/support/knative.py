"""Knative on a practice cluster: its settings, and what a person changes of a Service."""

from collections.abc import Mapping
from typing import Any

from sandbox.cluster import Cluster
from sandbox.knative.definitions import API_VERSION, DEFINITIONS, SERVICES
from sandbox.knative.services import NAMESPACE, SETTINGS
from sandbox.store import Object, thaw

LATEST: Mapping[str, Any] = {"latestRevision": True, "percent": 100}


def install(cluster: Cluster) -> None:
    """The definitions, and the settings without which no controller looks at a Service."""
    for each in DEFINITIONS:
        cluster.create(each)
    cluster.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})
    metadata = {"name": SETTINGS, "namespace": NAMESPACE}
    cluster.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {}})


def service(image: str, *traffic: Mapping[str, Any]) -> Object:
    """Of one container, `web`, with this traffic."""
    template = {"spec": {"containers": [{"name": "web", "image": image}]}}
    spec: Object = {"template": template, "traffic": [dict(each) for each in traffic or (LATEST,)]}
    return {"apiVersion": API_VERSION, "kind": "Service", "metadata": {"name": "web"}, "spec": spec}


def pinned_to(revision: str, percent: int = 100) -> Mapping[str, Any]:
    """A share of the traffic that stays with a Revision."""
    return {"revisionName": revision, "latestRevision": False, "percent": percent}


def set_traffic(cluster: Cluster, namespace: str, *traffic: Mapping[str, Any]) -> None:
    """As a person does with `kn service update --traffic`."""
    found = cluster.get(SERVICES, "web", namespace)
    assert found is not None
    body = thaw(found)
    body["spec"]["traffic"] = [dict(each) for each in traffic]
    cluster.update(body, manager="kn")
