"""The application of a run: its objects, made past Stagecoach, and what there is of it on a cluster in the end."""

import asyncio
from base64 import b64encode
from typing import Any

from trials.direct import JSON_PATCH, DirectCluster

Manifest = dict[str, Any]
REPOSITORY = "registry.example/shop/web"
_KINDS = {  # where objects of each kind are listed
    "Deployment": "apis/apps/v1/namespaces/{}/deployments",
    "Job": "apis/batch/v1/namespaces/{}/jobs",
    "ConfigMap": "api/v1/namespaces/{}/configmaps",
    "Secret": "api/v1/namespaces/{}/secrets",
    "Service": "api/v1/namespaces/{}/services",
    "Application": "apis/argoproj.io/v1alpha1/namespaces/{}/applications",  # of Argo CD
}
_OF_THE_CLUSTER = {"kube-root-ca.crt"}
_ASSIGNED = {"clusterIP", "clusterIPs"}  # by each cluster for itself
_OF_THE_RUN = {"destination"}  # of Argo CD: the namespace, of which each run has its own
RESTARTED = "restartedAt"  # the end of the annotation by which workloads are restarted: its value is a time
_HOOK = "stagecoach.dev/hook"
_SETTLING = 60.0  # seconds
_LOOK_EVERY = 0.1  # seconds


def image(tag: str) -> str:
    return f"{REPOSITORY}:{tag}"


def application(tag: str, *, level: str = "info") -> list[Manifest]:
    """Two Deployments with this image, what they read, and a Service."""
    return [
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}, "data": {"LOG_LEVEL": level}},
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": "database"},
            "type": "Opaque",
            "data": {"password": b64encode(f"password-{level}".encode()).decode()},
        },
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": "web"},
            "spec": {"selector": {"app": "web"}, "ports": [{"port": 80}]},
        },
        _deployment("web", tag),
        _deployment("worker", tag),
    ]


def _deployment(name: str, tag: str) -> Manifest:
    container = {
        "name": name,
        "image": image(tag),
        "envFrom": [{"configMapRef": {"name": "settings"}}, {"secretRef": {"name": "database"}}],
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": {"app": name}},
            "template": {"metadata": {"labels": {"app": name}}, "spec": {"containers": [container]}},
        },
    }


def job(tag: str = "") -> Manifest:
    """A Job for hooks and checks; without a tag it gets the new image of `web`."""
    container = {"name": "web", "image": image(tag) if tag else "$(image:web)"}
    pod = {"restartPolicy": "Never", "containers": [container]}
    return {"apiVersion": "batch/v1", "kind": "Job", "spec": {"backoffLimit": 0, "template": {"spec": pod}}}


async def place(cluster: DirectCluster, namespace: str, objects: list[Manifest]) -> None:
    """Make them in a new namespace; returns when they have rolled out."""
    await cluster.make_namespace(namespace)
    for each in objects:
        await create(cluster, namespace, each)
    await settled(cluster, namespace)


async def create(cluster: DirectCluster, namespace: str, body: Manifest) -> None:
    await cluster.create(f"/{_KINDS[body['kind']].format(namespace)}/{body['metadata']['name']}", body)


async def give_images(cluster: DirectCluster, namespace: str, tag: str) -> None:
    """Change the images of all Deployments, and wait until they have rolled out."""
    patch = [{"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": image(tag)}]
    for name in ("web", "worker"):
        path = f"/{_KINDS['Deployment'].format(namespace)}/{name}"
        await cluster.call("PATCH", path, patch, content_type=JSON_PATCH)
    await settled(cluster, namespace)


async def configure(cluster: DirectCluster, namespace: str, *, level: str) -> None:
    """Change the ConfigMap and the Secret."""
    for each in application("1.0.0", level=level)[:2]:
        path = f"/{_KINDS[each['kind']].format(namespace)}/{each['metadata']['name']}"
        await cluster.call("PATCH", path, {"data": each["data"]}, content_type="application/merge-patch+json")


async def settled(cluster: DirectCluster, namespace: str) -> None:
    """Wait until all Deployments have rolled out. Raises `TimeoutError`."""
    async with asyncio.timeout(_SETTLING):
        while True:
            listed = await cluster.call("GET", f"/{_KINDS['Deployment'].format(namespace)}")
            if all(map(_has_rolled_out, listed["items"])):
                return
            await asyncio.sleep(_LOOK_EVERY)


def _has_rolled_out(deployment: Manifest) -> bool:
    status, replicas = deployment.get("status", {}), deployment["spec"]["replicas"]
    counts = {status.get(name) for name in ("updatedReplicas", "replicas", "availableReplicas")}
    return bool(status.get("observedGeneration", 0) >= deployment["metadata"]["generation"] and counts == {replicas})


async def content(cluster: DirectCluster, namespace: str) -> dict[str, Manifest]:
    """All that was asked for, by `Deployment/web`; without what a cluster assigns, and names and times of runs."""
    found: dict[str, Manifest] = {}
    for kind, path in _KINDS.items():
        for each in (await cluster.call("GET", f"/{path.format(namespace)}"))["items"]:
            metadata = each["metadata"]
            if metadata["name"] in _OF_THE_CLUSTER:
                continue
            labels = metadata.get("labels") or {}
            name = f"{kind}/{labels.get(_HOOK, metadata['name'])}"
            if kind == "Job":  # made once, and by name of its run: that it is there is what counts
                found[name] = {"jobs": found.get(name, {"jobs": 0})["jobs"] + 1}
            else:
                asked = {part: each[part] for part in ("spec", "data", "type") if part in each}
                found[name] = {"labels": labels, **_comparable(asked)}
    return found


def _comparable(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: "a time" if name.endswith(RESTARTED) else _comparable(each)
            for name, each in value.items()
            if name not in _ASSIGNED | _OF_THE_RUN
        }
    return [_comparable(each) for each in value] if isinstance(value, list) else value
