"""What five hundred clusters cost one process, by hand: too much memory for `make bench`, 4 GB of practice clusters.

    python -m trials.bench.many [--clusters N] [--rate N] [--seconds S] [--floor]

What watches is the service's, without its database and its HTTP. With `--floor`, the floor of `live` is measured first:
it tries nothing again, so it needs a machine that does nothing else to connect to all clusters at once.
"""

import argparse
import asyncio
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from trials.bench.live import LATENCY, Side, child, measured, percentile

CLUSTERS, DEPLOYMENTS, PODS = 500, 10, 30
RATE = 500  # changes a second, of all clusters together


_STAGECOACH = ("Stagecoach", "live_watchers")
_FLOOR = ("floor", "live_floor")


async def measure(folder: Path, *, count: int, rate: int, seconds: float, floor: bool) -> dict[str, Side]:
    """The sides by name; `folder` is for kubeconfigs."""
    async with child("live_clusters", folder, count, DEPLOYMENTS, PODS, 0) as (clusters, _):
        return {
            name: await measured(
                module, folder, clusters, count=count, seconds=seconds, objects=count * (DEPLOYMENTS + PODS), rate=rate
            )
            for name, module in ((_FLOOR, _STAGECOACH) if floor else (_STAGECOACH,))
        }


_ROWS: tuple[tuple[str, Callable[[Side], str]], ...] = (
    ("memory of the process, MB", lambda side: f"{side.resident:.0f}"),
    ("memory of a cluster, MB", lambda side: f"{side.memory:.2f}"),
    (f"start at {LATENCY} ms latency, s", lambda side: f"{side.start:.1f}"),
    ("idle, % of a core", lambda side: f"{side.idle * 100:.1f}"),
    ("with changes, % of a core", lambda side: f"{side.share * 100:.0f}"),
    ("CPU of 1,000 changes, ms", lambda side: f"{side.cpu * 1000:.0f}"),
    ("change to record, p50, ms", lambda side: f"{percentile(side.late, 0.5) * 1000:.1f}"),
    ("change to record, p99, ms", lambda side: f"{percentile(side.late, 0.99) * 1000:.1f}"),
    ("longest garbage collection, ms", lambda side: f"{side.collection * 1000:.0f}"),
    ("longest stall of the loop, ms", lambda side: f"{side.stall * 1000:.0f}"),
)


def table(found: dict[str, Side], *, count: int, rate: int) -> str:
    """A table for people, and how busy the machine was."""
    head = f"{count} clusters of {DEPLOYMENTS + PODS} objects, {rate} changes a second"
    one, five, _ = os.getloadavg()
    return "\n".join(
        [
            head.ljust(58) + "".join(f"{name:>12}" for name in found),
            *(what.ljust(58) + "".join(f"{value(side):>12}" for side in found.values()) for what, value in _ROWS),
            f"load of the machine in 1 and 5 minutes: {one:.1f}, {five:.1f}",
        ]
    )


def main() -> int:
    """Measure and print; nothing has a limit here."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--clusters", type=int, default=CLUSTERS)
    parser.add_argument("--rate", type=int, default=RATE)
    parser.add_argument("--seconds", type=float, default=15.0)
    parser.add_argument("--floor", action="store_true")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="stagecoach-bench-") as folder:
        found = asyncio.run(
            measure(Path(folder), count=chosen.clusters, rate=chosen.rate, seconds=chosen.seconds, floor=chosen.floor)
        )
    print(table(found, count=chosen.clusters, rate=chosen.rate))  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
