"""`make bench`: how fast Stagecoach is, as ratios to the least that the same requests can cost.

    python -m trials.bench [--rounds N] [--only PART[,PART…]] [--kubeconfigs SOURCE:TARGET[:TARGET…]]
                           [--output bench.json]

A part's figures are printed as soon as it ends, with how long it took. Exits 1 if a ratio exceeds its limit. Ratios
rather than seconds: both sides of a round ran on the same machine within the same minute, so they are comparable on a
slow machine too.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any

from trials.bench import (
    figures,
    following,
    importing,
    live,
    preflight,
    promoting,
    receiving,
    rings,
    screens,
    showing,
    stopping,
    takeover,
)
from trials.bench.figures import Figure
from trials.bench.processes import free_port, practice_clusters, service, set_latency
from trials.bench.stage import stage

MANY = 50  # target clusters of one promotion
JUDGED = 10  # target clusters of one pre-flight
LATENCY = 40  # milliseconds for each request to a target, in the second pass


async def _operations(folder: Path, rounds: int) -> list[Figure]:
    measured: list[Figure] = []
    names = ["source", *(f"target-{number:02}" for number in range(MANY))]
    async with (
        practice_clusters(names, folder / "clusters") as address,
        service(folder / "data", free_port()) as running,
    ):
        paths = [folder / "clusters" / f"{name}.kubeconfig" for name in names]
        async with stage(*running, paths[0], paths[1:3]) as scene:
            measured += await importing.measure(scene, rounds=rounds, label="no latency")
            await set_latency(address, names[1:3], LATENCY)
            measured += await importing.measure(scene, rounds=rounds, label=f"{LATENCY} ms latency")
            await set_latency(address, names[1:3], 0)
            measured += await stopping.measure(scene, sandbox=address, targets=names[1:3], rounds=rounds)
        async with stage(*running, paths[0], paths[1 : JUDGED + 1]) as scene:
            await set_latency(address, names[1 : JUDGED + 1], LATENCY)
            measured += await preflight.measure(scene, rounds=rounds, label=f"{LATENCY} ms latency")
            await set_latency(address, names[1 : JUDGED + 1], 0)
        async with stage(*running, paths[0], paths[1:]) as scene:
            measured += await promoting.measure(scene, rounds=rounds)
            measured += await receiving.measure(scene.service, running[0], tag=scene.tag)
    return measured


_PARTS: dict[str, Callable[[Path, int], Coroutine[Any, Any, list[Figure]]]] = {
    "operations": _operations,
    "live": lambda folder, _: live.measure(folder),
    "screens": lambda folder, _: screens.measure(folder),
    "rings": lambda folder, rounds: rings.measure(folder, rounds=rounds),
    "following": lambda folder, _: following.measure(folder),
    "showing": lambda folder, rounds: showing.measure(folder, rounds=rounds),
    "takeover": lambda folder, rounds: takeover.measure(folder, rounds=rounds),
}


def _on_practice_clusters(folder: Path, rounds: int, parts: Sequence[str]) -> list[Figure]:
    measured: list[Figure] = []
    for part in parts:
        began = time.monotonic()
        (folder / part).mkdir()
        found = asyncio.run(_PARTS[part](folder / part, rounds))
        measured += found
        print(figures.table(found), f"({part}: {time.monotonic() - began:.0f} s)", sep="\n", flush=True)  # noqa: T201
    return measured


async def _on_real_clusters(folder: Path, rounds: int, paths: list[Path]) -> list[Figure]:
    async with service(folder / "data", free_port()) as running, stage(*running, paths[0], paths[1:]) as scene:
        measured = await importing.measure(scene, rounds=rounds, label="real clusters")
        return measured + await promoting.measure(scene, rounds=rounds)


def main() -> int:
    """Measure, print, write; 1 if a ratio exceeds its limit."""
    parser = argparse.ArgumentParser(prog="make bench", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--kubeconfigs", help="real clusters instead of practice clusters: source:target[:target…]")
    parser.add_argument("--output", type=Path, default=Path("bench.json"))
    parser.add_argument("--only", default=",".join(_PARTS), help=f"of {', '.join(_PARTS)}; with practice clusters")
    chosen = parser.parse_args()
    parts = chosen.only.split(",")
    if not _PARTS.keys() >= set(parts):
        parser.error(f"--only takes of {', '.join(_PARTS)}")
    with tempfile.TemporaryDirectory(prefix="stagecoach-bench-") as folder:
        if chosen.kubeconfigs:
            paths = [Path(part) for part in chosen.kubeconfigs.split(":")]
            if len(paths) < 2:
                parser.error("--kubeconfigs takes a source and at least one target")
            measured = asyncio.run(_on_real_clusters(Path(folder), chosen.rounds, paths))
            print(figures.table(measured))  # noqa: T201
        else:
            measured = _on_practice_clusters(Path(folder), chosen.rounds, parts)
    figures.write(measured, chosen.output)
    return 0 if all(figure.kept for figure in measured) else 1


if __name__ == "__main__":
    sys.exit(main())
