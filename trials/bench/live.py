"""What it costs to watch many clusters, against plain aiohttp and msgspec that do the same (`live_floor`).

    python -m trials.bench.live [--clusters N] [--seconds S] [--output FILE]

Every side is a process of its own, and sees the same clusters, objects and changes within the same minutes. Ratios
have limits; so have the memory of a cluster, and pauses, which no slow machine explains.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trials.bench import figures
from trials.bench.figures import Figure, compare

CLUSTERS, DEPLOYMENTS, PODS, SILENT = 100, 20, 60, 25
RATE = 400  # changes a second, of all clusters together
LATENCY = 40  # milliseconds, while clusters are read for the first time
MANY_PODS = 10_000  # of one cluster
_SECONDS = 15.0  # of changes
_PATIENCE = 900.0
_ROUNDS = 3  # of starts
_SETTLES = 5.0  # seconds after a start, in which each workload is looked at once more: that is no change's cost
_IDLE = 15.0  # seconds without changes: as long as a quiet cluster is not asked anything


@dataclass
class Process:
    """A child that answers commands with JSON lines."""

    process: asyncio.subprocess.Process

    async def ask(self, *command: object) -> dict[str, Any]:
        assert self.process.stdin is not None
        self.process.stdin.write((" ".join(map(str, command)) + "\n").encode())
        await self.process.stdin.drain()
        return await self.answer()

    async def answer(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = await asyncio.wait_for(self.process.stdout.readline(), _PATIENCE)
        if not line:
            raise RuntimeError("a measured process has ended")
        answer: dict[str, Any] = json.loads(line)
        return answer


@asynccontextmanager
async def child(module: str, *arguments: object) -> AsyncIterator[tuple[Process, dict[str, Any]]]:
    """A child and its first answer."""
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        f"trials.bench.{module}",
        *map(str, arguments),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=2**24,
    )
    running = Process(child)
    try:
        yield running, await running.answer()
    finally:
        if child.returncode is None:
            child.terminate()
            await child.wait()


@dataclass(frozen=True, kw_only=True)
class Side:
    """What one side took: MB and milliseconds a cluster or event, seconds else; `resident` MB of the whole process.

    `start` is when all watches stood. `share` is that of a core while there are changes, `idle` without.
    """

    start: float
    resident: float
    memory: float
    share: float
    cpu: float
    idle: float
    late: Sequence[float]
    collection: float
    stall: float


async def measured(
    module: str, folder: Path, clusters: Process, *, count: int, seconds: float, objects: int, rate: int = RATE
) -> Side:
    """One side in a process of its own: a start, changes at this rate, and the quiet after them."""
    async with child(module, folder) as (side, first):
        await clusters.ask("latency", LATENCY)
        started = await side.ask("start")
        if started["objects"] != objects:
            raise RuntimeError(f"{module} keeps {started['objects']} of {objects} objects")
        await clusters.ask("latency", 0)
        await asyncio.sleep(_SETTLES)
        before = await side.ask("figures")
        began = time.monotonic()
        await clusters.ask("change", rate, seconds)
        took = time.monotonic() - began
        await asyncio.sleep(0.5)
        after = await side.ask("figures")
        await asyncio.sleep(5)
        quiet = await side.ask("quiet")
        await asyncio.sleep(_IDLE)
        idle = await side.ask("figures")
        events = after["events"] - before["events"]
        return Side(
            start=started["seconds"],
            resident=after["resident"],
            share=(after["cpu"] - before["cpu"]) / took,
            memory=(after["resident"] - first["resident"]) / count,
            cpu=(after["cpu"] - before["cpu"]) / events * 1000,
            idle=(idle["cpu"] - quiet["cpu"]) / _IDLE,
            late=after["late"],
            collection=max(each["collection"] for each in (before, after)),
            stall=after["stall"],
        )


async def _started(module: str, folder: Path, clusters: Process) -> tuple[float, float]:
    """Seconds and CPU seconds of a start."""
    async with child(module, folder) as (side, _):
        await clusters.ask("latency", LATENCY)
        before = await side.ask("figures")
        started = await side.ask("start")
        after = await side.ask("figures")
        await clusters.ask("latency", 0)
        return float(started["seconds"]), float(after["cpu"] - before["cpu"])


async def _of_one_large_cluster(folder: Path) -> list[Figure]:
    """Memory at its peak and the longest stall of the loop while one cluster of many pods is read."""
    async with (
        child("live_clusters", folder, 1, DEPLOYMENTS, MANY_PODS, 0),
        child("live_watchers", folder) as (side, first),
    ):
        await side.ask("start")
        after = await side.ask("figures")
        return [
            _absolute(
                f"memory while {MANY_PODS} pods are read, of 60 MB", after["peak"] - first["resident"], 60.0, "M"
            ),
            _absolute("longest stall of the loop meanwhile, of 50 ms", after["stall"], 0.050),
        ]


def _absolute(name: str, value: float, most: float, unit: str = "s") -> Figure:
    return Figure(name=name, ratio=value / most, limit=1.0, seconds=value, against=most, unit=unit)


def _ratio(name: str, ours: float, floor: float, limit: float | None, unit: str = "s") -> Figure:
    return Figure(name=name, ratio=ours / floor, limit=limit, seconds=ours, against=floor, unit=unit)


def _walls(starts: Sequence[tuple[float, float]]) -> list[float]:
    return [wall for wall, _ in starts]


def _cpus(starts: Sequence[tuple[float, float]]) -> list[float]:
    return [cpu for _, cpu in starts]


def percentile(values: Sequence[float], share: float) -> float:
    """Of values in order."""
    return values[min(len(values) - 1, int(len(values) * share))]


async def measure(folder: Path, *, count: int = CLUSTERS, seconds: float = _SECONDS) -> list[Figure]:
    """The figures; `folder` is for kubeconfigs."""
    good, mixed, large = (folder / name for name in ("good", "mixed", "large"))
    for each in (good, mixed, large):
        each.mkdir()
    objects = count * (DEPLOYMENTS + PODS)
    async with child("live_clusters", mixed, count, DEPLOYMENTS, PODS, SILENT) as (clusters, _):
        for path in mixed.glob("cluster-*.kubeconfig"):
            (good / path.name).write_text(path.read_text())
        floor, ours = [
            await measured(module, good, clusters, count=count, seconds=seconds, objects=objects)
            for module in ("live_floor", "live_watchers")
        ]
        starts = [
            [
                await _started(*each, clusters)
                for each in (("live_floor", good), ("live_watchers", good), ("live_watchers", mixed))
            ]
            for _ in range(_ROUNDS)
        ]
    (floor_starts, our_starts, beside) = zip(*starts, strict=True)
    return [
        _ratio(f"memory of one of {count} clusters, MB", ours.memory, floor.memory, None, "M"),
        _absolute("memory of a cluster, of 0.6 MB", ours.memory, 0.6, "M"),
        compare(f"start at {LATENCY} ms latency", _walls(our_starts), _walls(floor_starts), limit=1.5),
        compare("CPU of a start", _cpus(our_starts), _cpus(floor_starts), limit=None),
        compare(f"start beside {SILENT} that never answer, to without", _walls(beside), _walls(our_starts), limit=1.2),
        _ratio("CPU of 1,000 changes", ours.cpu, floor.cpu, 1.5),
        _ratio("change to record, p50", percentile(ours.late, 0.5), percentile(floor.late, 0.5), 2.0),
        _ratio("change to record, p99", percentile(ours.late, 0.99), percentile(floor.late, 0.99), None),
        _absolute("longest garbage collection, of 50 ms", ours.collection, 0.050),
        _absolute("idle, of 3 % of a core", ours.idle, 0.03, " "),
        *await _of_one_large_cluster(large),
    ]


def main() -> int:
    """Measure, print, write; 1 if a limit is exceeded."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--clusters", type=int, default=CLUSTERS)
    parser.add_argument("--seconds", type=float, default=_SECONDS)
    parser.add_argument("--output", type=Path, default=Path("bench-live.json"))
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="stagecoach-bench-") as folder:
        measured = asyncio.run(measure(Path(folder), count=chosen.clusters, seconds=chosen.seconds))
    print(figures.table(measured))  # noqa: T201
    figures.write(measured, chosen.output)
    return 0 if all(figure.kept for figure in measured) else 1


if __name__ == "__main__":
    sys.exit(main())
