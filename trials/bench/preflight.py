"""The preview of a promotion of twenty Deployments, with all findings, against a floor that does the same reads.

What a preview requests of each target: the Deployments, then what new pods would need (quotas, limits, autoscalers,
the ConfigMaps that they refer to), then a dry run of each write. The floor sends the same requests, as many at once as
the service does, and none after another that it would have to know first.
"""

import asyncio
import time
from typing import Any

from trials.bench import samples
from trials.bench.figures import Figure, compare
from trials.bench.processes import cpu_seconds, floor
from trials.bench.stage import Stage
from trials.direct import JSON_PATCH, MANAGED, DirectCluster

WORKLOADS = 20
_IMAGE = "registry.k8s.io/pause"
_CONCURRENCY = 8  # requests at once to one cluster, in the service as in the floor
_PART_OF = {"app.kubernetes.io/part-of": "shop"}


async def measure(scene: Stage, *, rounds: int, label: str) -> list[Figure]:
    """`rounds` previews, each followed by its floor; the first one warms connections up."""
    everywhere = [scene.source, *scene.targets]
    namespace = await scene.namespace("preflight", everywhere)
    await asyncio.gather(*(_equip(cluster, namespace) for cluster in everywhere))
    application = scene.name("judged")
    await scene.service.post("applications", {"name": application})
    for environment in ("from", "to"):
        path = f"applications/{application}/environments/{scene.name(environment)}/adopt"
        await scene.service.post(path, {"namespace": namespace, "label_selector": "app.kubernetes.io/part-of=shop"})
    await asyncio.gather(*(_raise(scene.source, namespace, number) for number in range(WORKLOADS)))
    await _settled(scene.source, namespace)
    request = {"source_environment": scene.name("from"), "target_environment": scene.name("to")}
    ours, floors, cpus, floor_cpus = [], [], [], []
    for number in range(rounds + 1):
        began, cpu = time.perf_counter(), cpu_seconds(scene.pid)
        plan = await scene.service.post(f"applications/{application}/promotions/preview", request)
        wall, spent = time.perf_counter() - began, cpu_seconds(scene.pid) - cpu
        _require_complete(plan, len(scene.targets))
        least = await _floor(scene, namespace)
        if number:
            ours.append(wall)
            cpus.append(spent)
            floors.append(least[0])
            floor_cpus.append(least[1])
    what = f"pre-flight of {WORKLOADS} workloads on {len(scene.targets)} clusters, {label}"
    return [
        compare(f"{what}: time / floor", ours, floors, limit=1.5),
        compare(f"{what}: CPU / floor", cpus, floor_cpus, limit=None),
    ]


async def _equip(cluster: DirectCluster, namespace: str) -> None:
    """The Deployments, each with a ConfigMap, and a quota with room."""
    quota = {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": "room"},
        "spec": {"hard": {"pods": str(WORKLOADS * 3)}},
    }
    await cluster.create(samples.path(namespace, quota), quota)
    for number in range(WORKLOADS):
        settings = {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": f"web-{number:02}"},
            "data": {"LOG_LEVEL": "info"},
        }
        await cluster.create(samples.path(namespace, settings), settings)
        workload = _workload(number, f"{_IMAGE}:3.1")
        await cluster.create(samples.path(namespace, workload), workload)
    await _settled(cluster, namespace)


def _workload(number: int, image: str) -> dict[str, Any]:
    name = f"web-{number:02}"
    labels = {"app.kubernetes.io/name": name, **_PART_OF}
    container = {"name": "web", "image": image, "envFrom": [{"configMapRef": {"name": name}}]}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "labels": labels},
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        },
    }


async def _raise(cluster: DirectCluster, namespace: str, number: int) -> None:
    """Another image, which the source runs."""
    path = samples.path(namespace, _workload(number, _IMAGE))
    await cluster.call("PATCH", path, _patch(f"{_IMAGE}:3.2"), content_type=JSON_PATCH)


def _patch(image: str) -> list[dict[str, Any]]:
    return [
        {"op": "test", "path": "/spec/template/spec/containers/0/name", "value": "web"},
        {"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": image},
    ]


def _require_complete(plan: dict[str, Any], targets: int) -> None:
    """Raises RuntimeError unless every cluster was planned: a preview that gives up is fast."""
    changes = [change for cluster in plan["clusters"] for change in cluster["changes"] if change["action"] == "update"]
    if len(changes) != WORKLOADS * targets or plan["blocked"]:
        raise RuntimeError(f"the measured preview is not complete: {len(changes)} changes, {plan['problems']}")


async def _floor(scene: Stage, namespace: str) -> tuple[float, float]:
    core, apps = f"/api/v1/namespaces/{namespace}", f"/apis/apps/v1/namespaces/{namespace}"
    autoscalers = f"/apis/autoscaling/v2/namespaces/{namespace}/horizontalpodautoscalers"
    reads = [f"{apps}/deployments", f"{core}/resourcequotas", f"{core}/limitranges", autoscalers, f"{core}/configmaps"]
    tries = [
        [
            "PATCH",
            f"{samples.path(namespace, _workload(number, _IMAGE))}{MANAGED}&dryRun=All",
            JSON_PATCH,
            _patch("x:1"),
        ]
        for number in range(WORKLOADS)
    ]
    of_source = [f"{apps}/deployments", f"{apps}/replicasets", f"{core}/pods", f"{core}/configmaps"]
    clusters: list[dict[str, Any]] = [
        {"kubeconfig": str(cluster.path), "requests": [*(["GET", path, "", None] for path in reads), *tries]}
        for cluster in scene.targets
    ]
    reading = [["GET", path, "", None] for path in of_source]
    clusters.append({"kubeconfig": str(scene.source.path), "requests": reading})
    return await floor({"concurrency": _CONCURRENCY, "clusters": clusters})


async def _settled(cluster: DirectCluster, namespace: str) -> None:
    """Wait until every Deployment has rolled out: what still rolls out at the source is a finding."""
    for _ in range(600):
        listed = (await cluster.call("GET", f"/apis/apps/v1/namespaces/{namespace}/deployments"))["items"]
        if len(listed) == WORKLOADS and all(map(_is_settled, listed)):
            return
        await asyncio.sleep(0.2)
    raise RuntimeError(f"the Deployments of {namespace} did not roll out within 2 min")


def _is_settled(found: dict[str, Any]) -> bool:
    status = found.get("status", {})
    counts = {status.get(key) for key in ("updatedReplicas", "replicas", "availableReplicas")}
    return bool(status.get("observedGeneration", 0) >= found["metadata"]["generation"] and counts == {1})
