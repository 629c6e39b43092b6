"""Promoting one Deployment to every target, against the floor: the same reading and patching, and nothing else.

The floor reads before it patches, because a patch cannot test for images that were not read, it reads the quotas and
limits that new pods must fit into, and what the source runs, because a promotion writes the digest that runs. It does
not wait for the source before it patches, which a promotion has to: so it is a little below what is possible. Nobody
applies the Deployment: else a promotion would write it in that manager's name, which takes a read and a dry run more.
"""

import asyncio
from typing import Any

from trials.bench import samples
from trials.bench.figures import Figure, compare
from trials.bench.processes import floor
from trials.bench.stage import Stage
from trials.direct import JSON_PATCH, MANAGED, DirectCluster

_IMAGE = "registry.k8s.io/pause"
# One promotion takes less than a tenth of a second, so scheduling noise matters: each round measures several.
_A_ROUND = 3
_SELECTOR = "app.kubernetes.io/name=web"


async def measure(scene: Stage, *, rounds: int) -> list[Figure]:
    """Three promotions a round, each from 3.(n) to 3.(n+1) on all targets."""
    namespace = await scene.namespace("promotion", [scene.source, *scene.targets])
    first = samples.deployment(f"{_IMAGE}:3.1")
    everywhere = [scene.source, *scene.targets]
    await asyncio.gather(*(cluster.create(samples.path(namespace, first), first) for cluster in everywhere))
    await asyncio.gather(*(settled(cluster, samples.path(namespace, first)) for cluster in everywhere))
    application = scene.name("promoted")
    await scene.service.post("applications", {"name": application})
    for environment in ("from", "to"):
        path = f"applications/{application}/environments/{scene.name(environment)}/adopt"
        await scene.service.post(path, {"namespace": namespace, "label_selector": _SELECTOR})
    ours, floors = [], []
    for number in range(2, _A_ROUND * rounds + 3):
        image = f"{_IMAGE}:3.{number}"
        path = samples.path(namespace, first)
        await scene.source.call("PATCH", path, image_patch(image), content_type=JSON_PATCH)
        # On all clusters: rollouts of the previous round's floor would slow the promotion of this one.
        await asyncio.gather(*(settled(cluster, path) for cluster in everywhere))
        await scene.at_rest()
        request = {"source_environment": scene.name("from"), "target_environment": scene.name("to")}
        mine = await scene.operation(f"applications/{application}/promotions", request, until="images.changed")
        least = await _floor(scene, path, f"{_IMAGE}:2.{number}")
        if number > 2:  # the first promotion warms caches and connections up
            ours.append(mine[0])
            floors.append(least[0])
    return [compare(f"promote 1 Deployment on {len(scene.targets)} clusters: time / floor", ours, floors, limit=2.0)]


async def _floor(scene: Stage, path: str, image: str) -> tuple[float, float]:
    namespace = path.rpartition("/deployments/")[0]
    requests = requests_of_a_target(path, image)
    reading = [["GET", each, "", None] for each in (path, f"{namespace}/replicasets", _core(namespace, "pods"))]
    clusters = [{"kubeconfig": str(cluster.path), "requests": requests} for cluster in scene.targets]
    clusters.append({"kubeconfig": str(scene.source.path), "requests": reading})
    return await floor({"concurrency": 1, "clusters": clusters})


def requests_of_a_target(path: str, image: str) -> list[list[Any]]:
    """What the floor sends to a target: it reads the Deployment, the quotas and the limits, and patches the image."""
    namespace = path.rpartition("/deployments/")[0]
    judged = [path, *(_core(namespace, plural) for plural in ("resourcequotas", "limitranges"))]
    return [*(["GET", each, "", None] for each in judged), ["PATCH", path + MANAGED, JSON_PATCH, image_patch(image)]]


def _core(namespace: str, plural: str) -> str:
    return f"{namespace.replace('/apis/apps/v1/', '/api/v1/')}/{plural}"


def image_patch(image: str) -> list[dict[str, Any]]:
    return [
        {"op": "test", "path": "/spec/template/spec/containers/0/name", "value": "web"},
        {"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": image},
    ]


async def settled(cluster: DirectCluster, path: str) -> None:
    """Wait until the Deployment has rolled out: a promotion writes what runs."""
    for _ in range(600):
        found = await cluster.call("GET", path)
        status = found.get("status", {})
        if (
            status.get("observedGeneration", 0) >= found["metadata"]["generation"]
            and status.get("updatedReplicas") == status.get("replicas") == status.get("availableReplicas") == 1
        ):
            return
        await asyncio.sleep(0.1)
    raise RuntimeError(f"the Deployment did not roll out within 60 s: {path}")
