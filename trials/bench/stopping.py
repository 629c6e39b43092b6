"""How long after the answer to an emergency stop an import that is under way still writes. It may be a second."""

import asyncio
import statistics
import time
from datetime import datetime
from typing import Any

import httpx

from trials.bench import samples
from trials.bench.figures import Figure
from trials.bench.importing import an_import
from trials.bench.processes import set_latency
from trials.bench.stage import Stage

_LATENCY = 150  # milliseconds for each request, so that the import takes seconds and the stop meets it in the middle
_INTO = 0.5  # seconds after the first write, at which it is stopped
_ALLOWED = 1.0  # seconds
_WATCHED = 2.0  # seconds after the stop in which a write would be seen


async def measure(scene: Stage, *, sandbox: str, targets: list[str], rounds: int) -> list[Figure]:
    """Stop everything `rounds` times amid imports to these practice clusters; `sandbox` is their address."""
    objects = samples.config_maps() + samples.secret_objects()
    source = await scene.namespace("stop-source", [scene.source])
    for manifest in objects:
        await scene.source.apply(samples.path(source, manifest), manifest)
    await set_latency(sandbox, targets, _LATENCY)
    async with httpx.AsyncClient(base_url=f"{sandbox}/sandbox/clusters/") as clusters:
        took = [
            await _stopped(scene, clusters, targets, *await an_import(scene, objects, source, f"stop-{each}"))
            for each in range(rounds)
        ]
    await set_latency(sandbox, targets, 0)
    name = f"from the answer to a stop to an import's last write, {_LATENCY} ms latency"
    worst = max(took)
    return [
        Figure(name=f"{name}: worst of {rounds} / 1 s", ratio=worst, limit=_ALLOWED, seconds=worst, against=_ALLOWED),
        Figure(
            name=f"{name}: median / 1 s",
            ratio=statistics.median(took),
            limit=None,
            seconds=statistics.median(took),
            against=_ALLOWED,
        ),
    ]


async def _stopped(
    scene: Stage, clusters: httpx.AsyncClient, targets: list[str], path: str, request: dict[str, Any]
) -> float:
    """Seconds; 0 where nothing was written after the answer."""
    await asyncio.gather(*(clusters.delete(f"{each}/writes") for each in targets))
    operation = (await scene.service.post(path, request))["id"]
    async for event in scene.service.events(operation):
        if event["type"] == "resource.applied":
            break
    await asyncio.sleep(_INTO)
    stop = await scene.service.post("stops", {"reason": "The bench stops everything."})
    answered = time.time()
    await asyncio.sleep(_WATCHED)
    written = [await _writes(clusters, each) for each in targets]
    if min(len(each) for each in written) >= len(request["resources"]):
        raise RuntimeError("the import ended before it was stopped: nothing was measured")
    await scene.service.delete(f"stops/{stop['id']}")
    await scene.service.post(f"operations/{operation}/cancel")
    async for _ in scene.service.events(operation):
        pass
    return max(0.0, max(at for each in written for at in each) - answered)


async def _writes(clusters: httpx.AsyncClient, name: str) -> list[float]:
    """When objects were written, as the practice cluster's clock says, which is this machine's."""
    answer = await clusters.get(f"{name}/writes")
    answer.raise_for_status()
    return [
        datetime.fromisoformat(each["time"]).timestamp()
        for each in answer.json()["writes"]
        if each["verb"] == "patch" and not each["dry_run"]
    ]
