"""Promoting one Deployment to a hundred clusters in three rings, against a floor that does the same and nothing else.

For each ring, the floor reads and patches as `promoting` describes it, all clusters of the ring at once, and waits as
long as Stagecoach has to: for pods to start and to stay ready.
"""

import asyncio
import time
from pathlib import Path
from typing import Any

from trials.bench import samples
from trials.bench.figures import Figure, compare
from trials.bench.processes import floor, free_port, practice_clusters, service
from trials.bench.promoting import image_patch, requests_of_a_target, settled
from trials.bench.stage import Stage, stage
from trials.direct import JSON_PATCH

TARGETS = 100
_RINGS = (1, 9, 90)  # clusters of each
_STEADY = 3.0  # seconds for which every rollout has to stay ready
_IMAGE = "registry.k8s.io/pause"
_SELECTOR = "app.kubernetes.io/name=web"
_SPEED = 10.0  # times as fast as on a real cluster do pods start
_LIMIT = 1.5


async def measure(folder: Path, *, rounds: int) -> list[Figure]:
    """`rounds` promotions, each followed by its floor; the first one warms connections up."""
    names = ["source", *(f"target-{number:03}" for number in range(TARGETS))]
    async with (
        practice_clusters(names, folder / "clusters", speed=_SPEED),
        service(folder / "data", free_port()) as running,
    ):
        paths = [folder / "clusters" / f"{name}.kubeconfig" for name in names]
        async with stage(*running, paths[0], paths[1:]) as scene:
            return await _measured(scene, rounds)


async def _measured(scene: Stage, rounds: int) -> list[Figure]:
    everywhere = [scene.source, *scene.targets]
    namespace = await scene.namespace("rings", everywhere)
    first = samples.deployment(f"{_IMAGE}:3.1")
    path = samples.path(namespace, first)
    await asyncio.gather(*(cluster.create(path, first) for cluster in everywhere))
    await asyncio.gather(*(settled(cluster, path) for cluster in everywhere))
    application = scene.name("in-rings")
    await scene.service.post("applications", {"name": application})
    for environment in ("from", "to"):
        adopt = f"applications/{application}/environments/{scene.name(environment)}/adopt"
        await scene.service.post(adopt, {"namespace": namespace, "label_selector": _SELECTOR})
    ours, floors = [], []
    for number in range(2, rounds + 3):
        image = f"{_IMAGE}:3.{number}"
        await scene.source.call("PATCH", path, image_patch(image), content_type=JSON_PATCH)
        await asyncio.gather(*(settled(cluster, path) for cluster in everywhere))
        request = {
            "source_environment": scene.name("from"),
            "target_environment": scene.name("to"),
            "strategy": {"rings": [{"size": size} for size in _RINGS[:-1]] + [{"remaining": True}]},
        }
        mine = await scene.operation(f"applications/{application}/promotions", request, until="cluster.ended")
        least = await _floor(scene, path, f"{_IMAGE}:2.{number}")
        if number > 2:
            ours.append(mine[0])
            floors.append(least)
    what = f"promote 1 Deployment on {len(scene.targets)} clusters in {len(_RINGS)} rings"
    return [compare(f"{what}: time / floor", ours, floors, limit=_LIMIT)]


async def _floor(scene: Stage, path: str, image: str) -> float:
    """Seconds for all rings."""
    seconds, begins = 0.0, 0
    for size in _RINGS:
        ring = scene.targets[begins : begins + size]
        begins += size
        clusters: list[dict[str, Any]] = [
            {"kubeconfig": str(each.path), "requests": requests_of_a_target(path, image)} for each in ring
        ]
        wall, _ = await floor({"concurrency": 1, "clusters": clusters})
        began = time.monotonic()
        await asyncio.gather(*(settled(cluster, path) for cluster in ring))
        seconds += wall + time.monotonic() - began + _STEADY
    return seconds
