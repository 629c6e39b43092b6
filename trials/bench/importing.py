"""Importing 100 ConfigMaps and 100 Secrets to every target, against the floor and against kubectl.

A start without a preview tries all writes before the first one, which a start with the digest of a preview need not do.
So each is measured against a floor that sends the same writes: the first one after a dry run of all of them, the second
one alone. The preview is what a person waited for before.

The floor reads before it writes, because it has to know what it copies and what it would overwrite: the objects of the
source, and those of the same kinds where they go. It neither compares nor waits for the source before it writes, and
keeps no record of what it did: so it is a little below what is possible.
"""

import asyncio
import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

from trials.bench import samples
from trials.bench.figures import Figure, compare
from trials.bench.processes import floor
from trials.bench.stage import Stage
from trials.direct import APPLY, MANAGED

CONCURRENCY = 8  # applies at once to one cluster, in the service as in the floor


async def measure(scene: Stage, *, rounds: int, label: str) -> list[Figure]:
    """`rounds` times each of the ways, one after the other, into namespaces of their own."""
    objects = samples.config_maps() + samples.secret_objects()
    source = await scene.namespace(f"{label}-source", [scene.source])
    for manifest in objects:
        await scene.source.apply(samples.path(source, manifest), manifest)
    kubectl = shutil.which("kubectl")
    previewed: list[tuple[float, float]] = []
    floors: list[tuple[float, float]] = []
    tried: list[tuple[float, float]] = []
    tried_floors: list[tuple[float, float]] = []
    theirs: list[float] = []
    for number in range(rounds + 1):
        mine = await _through_stagecoach(scene, objects, source, f"{label}-{number}", previewed=True)
        least = await _floor(scene, objects, source, f"{label}-{number}-floor")
        other = await _with_kubectl(scene, objects, f"{label}-{number}-kubectl") if kubectl else None
        at_once = await _through_stagecoach(scene, objects, source, f"{label}-{number}-at-once")
        both = await _floor(scene, objects, source, f"{label}-{number}-both", tried=True)
        if number == 0:
            continue  # the first round warms caches and connections up
        previewed.append(mine)
        floors.append(least)
        tried.append(at_once)
        tried_floors.append(both)
        theirs += [other] if other is not None else []
    what = f"import {len(objects)} objects to {len(scene.targets)} clusters, {label}"
    figures = [
        compare(f"{what}: time / floor", _walls(previewed), _walls(floors), limit=1.5),
        compare(f"{what}: CPU / floor", _cpus(previewed), _cpus(floors), limit=2.0),
        compare(f"{what}, unseen: time / floor", _walls(tried), _walls(tried_floors), limit=1.5),
        compare(f"{what}, unseen: CPU / floor", _cpus(tried), _cpus(tried_floors), limit=2.0),
    ]
    if theirs:
        figures.append(compare(f"{what}: time / kubectl", _walls(previewed), theirs, limit=None))
    return figures


def _walls(measured: list[tuple[float, float]]) -> list[float]:
    return [wall for wall, _ in measured]


def _cpus(measured: list[tuple[float, float]]) -> list[float]:
    return [cpu for _, cpu in measured]


async def _through_stagecoach(
    scene: Stage, objects: list[dict[str, Any]], source: str, label: str, *, previewed: bool = False
) -> tuple[float, float]:
    path, request = await an_import(scene, objects, source, label)
    if previewed:
        plan = await scene.service.post(f"{path}/preview", request)
        request = {**request, "plan_digest": plan["digest"]}
    await scene.at_rest()
    return await scene.operation(path, request, until="cluster.ended")


async def an_import(scene: Stage, objects: list[dict[str, Any]], source: str, label: str) -> tuple[str, dict[str, Any]]:
    """The path and the body that import the objects to every target, into a namespace and application of their own."""
    target = await scene.namespace(label, scene.targets)
    application = scene.name(f"app-{label}")
    await scene.service.post("applications", {"name": application})
    environments = f"applications/{application}/environments"
    adopt = {"namespace": source, "label_selector": "app.kubernetes.io/part-of=bench"}
    await scene.service.post(f"{environments}/{scene.name('from')}/adopt", adopt)
    request = {
        "source_environment": scene.name("from"),
        "namespace": target,
        "resources": [
            {"api_version": "v1", "kind": manifest["kind"], "name": manifest["metadata"]["name"]}
            for manifest in objects
        ],
    }
    return f"{environments}/{scene.name('to')}/import", request


async def _floor(
    scene: Stage, objects: list[dict[str, Any]], source: str, label: str, *, tried: bool = False
) -> tuple[float, float]:
    namespace = await scene.namespace(label, scene.targets)
    requests = [*_reads(namespace, objects), *_writes(namespace, objects, tried=tried)]
    clusters = [{"kubeconfig": str(cluster.path), "requests": requests} for cluster in scene.targets]
    clusters.append({"kubeconfig": str(scene.source.path), "requests": _reads(source, objects)})
    return await floor({"concurrency": CONCURRENCY, "clusters": clusters})


def _reads(namespace: str, objects: list[dict[str, Any]]) -> list[list[Any]]:
    """Lists of the kinds of these objects."""
    lists = dict.fromkeys(samples.path(namespace, manifest).rpartition("/")[0] for manifest in objects)
    return [["GET", path, "", None] for path in lists]


def _writes(namespace: str, objects: list[dict[str, Any]], *, tried: bool) -> list[list[Any]]:
    """The applies of these objects; `tried`: after a dry run of each."""
    queries = [*([f"{MANAGED}&dryRun=All"] if tried else []), MANAGED]
    return [
        ["PATCH", samples.path(namespace, manifest) + query, APPLY, _in(namespace, manifest)]
        for query in queries
        for manifest in objects
    ]


async def _with_kubectl(scene: Stage, objects: list[dict[str, Any]], label: str) -> float:
    namespace = await scene.namespace(label, scene.targets)
    with tempfile.TemporaryDirectory() as folder:
        file = _written(Path(folder), [_in(namespace, manifest) for manifest in objects])
        loop = asyncio.get_running_loop()
        begun = loop.time()
        await asyncio.gather(*(_kubectl_apply(cluster.path, file) for cluster in scene.targets))
        return loop.time() - begun


def _written(folder: Path, items: list[dict[str, Any]]) -> Path:
    file = folder / "objects.json"
    file.write_text("\n".join(json.dumps(item) for item in items))
    return file


async def _kubectl_apply(kubeconfig: Path, file: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        "kubectl",
        f"--kubeconfig={kubeconfig}",
        "apply",
        "--server-side",
        "--field-manager=stagecoach",
        "-f",
        str(file),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    _, errors = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"kubectl apply failed: {errors.decode(errors='replace')[:300]}")


def _in(namespace: str, manifest: dict[str, Any]) -> dict[str, Any]:
    return {**manifest, "metadata": {**manifest["metadata"], "namespace": namespace}}
