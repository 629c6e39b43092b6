"""Flux on a practice cluster: its definitions, what stands in for a Git repository, and its objects."""

from typing import Any

from sandbox.cluster import Cluster
from sandbox.flux.definitions import DEFINITIONS, HELM, KUSTOMIZE, SOURCE
from sandbox.git_folders import repository
from sandbox.store import Object, thaw
from tests.support.argocd import chart, kustomization, workload

__all__ = ["chart", "kustomization", "workload"]

URL, CHART, OVERLAY = "https://git.example/shop.git", "./charts/shop", "./overlays/production"


def install(cluster: Cluster, *, namespace: str) -> None:
    """The definitions, the namespace, and the GitRepository `shop` in it."""
    for definition in DEFINITIONS:
        if cluster.get("customresourcedefinitions", definition["metadata"]["name"]) is None:
            cluster.create(definition)
    if cluster.get("namespaces", namespace) is None:
        cluster.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
    metadata = {"name": "shop", "namespace": namespace}
    cluster.create({"apiVersion": f"{SOURCE}/v1", "kind": "GitRepository", "metadata": metadata, "spec": {"url": URL}})


def folder(files: dict[str, str], path: str, *, namespace: str) -> Object:
    """A folder of the repository."""
    name = path.strip("./").replace("/", "-")
    return repository(name, namespace, url=URL, path=path, files=files)


def helm_release(name: str = "shop", *, namespace: str, labels: dict[str, str] | None = None, **spec: Any) -> Object:
    """One of the chart in the repository."""
    source = {"kind": "GitRepository", "name": "shop"}
    return {
        "apiVersion": f"{HELM}/v2",
        "kind": "HelmRelease",
        "metadata": {"name": name, "namespace": namespace, "labels": labels or {}},
        "spec": {"interval": "10m", "chart": {"spec": {"chart": CHART, "sourceRef": source}}, **spec},
    }


def flux_kustomization(
    name: str = "shop", *, namespace: str, labels: dict[str, str] | None = None, **spec: Any
) -> Object:
    """One of the overlay in the repository."""
    source = {"kind": "GitRepository", "name": "shop"}
    return {
        "apiVersion": f"{KUSTOMIZE}/v1",
        "kind": "Kustomization",
        "metadata": {"name": name, "namespace": namespace, "labels": labels or {}},
        "spec": {"interval": "10m", "path": OVERLAY, "sourceRef": source, **spec},
    }


def live(cluster: Cluster, plural: str, name: str = "shop", *, namespace: str) -> Object:
    """The object as it is, to be changed."""
    found = cluster.get(plural, name, namespace)
    assert found is not None, f"{plural} {name} is not there"
    return thaw(found)


def values(cluster: Cluster, given: dict[str, Any], *, namespace: str) -> None:
    """Give the HelmRelease these values, as a person would."""
    body = live(cluster, "helmreleases", namespace=namespace)
    body["spec"]["values"] = given
    cluster.update(body, manager="kubectl-edit")
