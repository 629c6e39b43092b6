"""How far a process is behind the one that watches a cluster: from record to record, past browsers and pictures.

One process finds changes of many clusters and writes them for the others, as the service does; another one follows.
"""

import asyncio
from pathlib import Path

from trials.bench.figures import Figure
from trials.bench.live import child, percentile

_CLUSTERS, _RATE, _SECONDS = 100, 400, 15.0
_WARM = 3.0  # seconds of changes before those that count
_BEHIND = 0.05  # seconds


async def measure(folder: Path) -> list[Figure]:
    """The figures; `folder` is for the database."""
    where = folder / "database"
    async with (
        child("live_replica", where, _CLUSTERS, _CLUSTERS) as (owner, _),
        child("live_replica", where, _CLUSTERS, 0) as (follower, _),
    ):
        await owner.ask("change", _RATE, _WARM)
        await asyncio.sleep(1)
        await follower.ask("late")
        await owner.ask("change", _RATE, _SECONDS)
        await asyncio.sleep(1)
        late = (await follower.ask("late"))["late"]
    what = f"{_RATE} changes/s of {_CLUSTERS} clusters, to the record of a process that follows"
    return [
        _of(f"{what}: p50 / {_BEHIND:g} s", percentile(late, 0.5), None),
        _of(f"{what}: p99 / {_BEHIND:g} s", percentile(late, 0.99), 1.0),
    ]


def _of(name: str, seconds: float, limit: float | None) -> Figure:
    return Figure(name=name, ratio=seconds / _BEHIND, limit=limit, seconds=seconds, against=_BEHIND)
