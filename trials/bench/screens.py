"""What screens cost: pages of many applications on many clusters, against a bare route that answers the same bytes.

    python -m trials.bench.screens [--applications N] [--requests N] [--output FILE]

Callers ask again as soon as they have an answer. Each figure is the 99th percentile of both sides, which took turns.
Beside changes, pages may take twice as long as is allowed without; how long they took without is there to compare with.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from trials.bench import figures
from trials.bench.figures import Figure
from trials.bench.live import child
from trials.bench.processes import free_port, service
from trials.direct import DirectCluster
from trials.service import Service

APPLICATIONS, ENVIRONMENTS, CLUSTERS = 200, 6, 2  # clusters of each environment
RATE = 500  # changes a second, of all clusters together
_CALLERS = {1: 6.0, 8: 3.0, 50: 3.0}  # with the limit of the ratio
_BUSY = 2.0  # with changes, as many times as much is allowed
_TURNS = 3
_ADOPTED_AT_ONCE = 4
_PATIENCE = 300.0
_LOOKS = 6  # at a page, half a second apart, that has to be the same


@dataclass(frozen=True, kw_only=True)
class _Side:
    """Where a page is asked for, and with what."""

    address: str
    token: str | None = None

    async def latencies(self, callers: int, requests: int) -> list[float]:
        """The seconds that each of so many requests took, of all callers together."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        taken: list[float] = []
        connector = aiohttp.TCPConnector(limit=callers)
        async with aiohttp.ClientSession(connector=connector, headers=headers) as session:

            async def call() -> None:
                for _ in range(max(1, requests // callers)):
                    began = time.perf_counter()
                    async with session.get(self.address) as answer:
                        await answer.read()
                        if answer.status != 200:
                            raise RuntimeError(f"{self.address} answered {answer.status}")
                    taken.append(time.perf_counter() - began)

            await asyncio.gather(*(call() for _ in range(callers)))
        return taken

    async def settled(self) -> None:
        """Return once the page has been the same for a while: what changed before is shown, and indexed."""
        same = 0
        tag: str | None = None
        headers = {"Authorization": f"Bearer {self.token}"}
        async with aiohttp.ClientSession(headers=headers) as session, asyncio.timeout(_PATIENCE):
            while same < _LOOKS:
                await asyncio.sleep(0.5)
                async with session.get(self.address) as answer:
                    former, tag = tag, answer.headers["ETag"]
                same = same + 1 if tag == former else 0


async def measure(folder: Path, *, applications: int = APPLICATIONS, requests: int = 400) -> list[Figure]:
    """The figures; `folder` is for kubeconfigs, the service's data and the floor's bytes."""
    kubeconfigs = folder / "clusters"
    kubeconfigs.mkdir(parents=True)
    count = ENVIRONMENTS * CLUSTERS
    async with (
        child("screens_clusters", kubeconfigs, count, applications) as (clusters, _),
        service(folder / "data", free_port()) as (address, token, _),
    ):
        api = Service(address, token)
        try:
            await _set_up(api, sorted(kubeconfigs.iterdir()), applications)
            await _until_known(api, applications)
        finally:
            await api.close()
        matrix = _Side(address=f"{address}/api/v1/overview?limit=200", token=token)
        page = _Side(address=f"{address}/api/v1/applications/app-000/overview", token=token)
        found = []
        await matrix.settled()
        async with _floor(folder, page) as floor:  # before changes: what differs then is written half a minute later
            for callers in (1, 8):
                limit = _CALLERS[callers]
                found.append(await _compare("an application", page, floor, callers, requests, limit=limit))
        async with _floor(folder, matrix) as floor:
            for callers, limit in _CALLERS.items():
                found.append(await _compare("matrix", matrix, floor, callers, requests, limit=limit))
            for callers, limit in _CALLERS.items():
                await matrix.settled()
                calm, bare = await matrix.latencies(callers, requests), await floor.latencies(callers, requests)
                changing = asyncio.create_task(clusters.ask("change", RATE, 8))
                await asyncio.sleep(1)
                busy = await matrix.latencies(callers, requests)
                await changing
                name = f"matrix, {callers} callers: p99 beside {RATE} changes a second"
                found.append(_figure(f"{name} / that of a bare route without", busy, bare, limit * _BUSY))
                found.append(_figure(f"{name} / without", busy, calm))
    return found


async def _compare(what: str, ours: _Side, floor: _Side, callers: int, requests: int, *, limit: float) -> Figure:
    mine: list[float] = []
    theirs: list[float] = []
    for _ in range(_TURNS):
        theirs += await floor.latencies(callers, requests // _TURNS)
        mine += await ours.latencies(callers, requests // _TURNS)
    return _figure(f"{what}, {callers} callers: p99 / that of a bare route", mine, theirs, limit)


def _figure(name: str, ours: Sequence[float], theirs: Sequence[float], limit: float | None = None) -> Figure:
    mine, other = _p99(ours), _p99(theirs)
    return Figure(name=name, ratio=mine / other, limit=limit, seconds=mine, against=other)


def _p99(taken: Sequence[float]) -> float:
    return sorted(taken)[len(taken) * 99 // 100]


@asynccontextmanager
async def _floor(folder: Path, side: _Side) -> AsyncIterator[_Side]:
    """A bare route that answers what the side answers now."""
    headers = {"Authorization": f"Bearer {side.token}"}
    async with aiohttp.ClientSession(headers=headers) as session, session.get(side.address) as answer:
        file, port = folder / "page.json", free_port()
        file.write_bytes(await answer.read())
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "trials.bench.screens_floor", str(port), str(file))
    )
    bare = _Side(address=f"http://127.0.0.1:{port}/page")
    try:
        for _ in range(200):
            try:
                await bare.latencies(1, 1)
                break
            except aiohttp.ClientConnectionError:
                await asyncio.sleep(0.05)
        yield bare
    finally:
        process.terminate()
        await process.wait()


async def _set_up(api: Service, paths: Sequence[Path], applications: int) -> None:
    """Every application in every environment, each on clusters of its own."""
    for path in paths:
        credential = {"type": "kubeconfig", "kubeconfig": DirectCluster(path).text}
        await api.post("clusters", {"name": path.stem, "credential": credential})
    environments = [f"stage-{number}" for number in range(ENVIRONMENTS)]
    for number, name in enumerate(environments):
        there = [path.stem for path in paths[number * CLUSTERS : (number + 1) * CLUSTERS]]
        await api.post("environments", {"name": name, "clusters": there, "namespaces": ["*"]})
    turns = asyncio.Semaphore(_ADOPTED_AT_ONCE)

    async def add(name: str) -> None:
        async with turns:
            await api.post("applications", {"name": name})
            for environment in environments:
                await api.post(f"applications/{name}/environments/{environment}/adopt", {"namespace": name})

    await asyncio.gather(*(add(f"app-{number:03}") for number in range(applications)))


async def _until_known(api: Service, applications: int) -> None:
    async with asyncio.timeout(_PATIENCE):
        while True:
            rows = (await api.get("overview", limit="200"))["items"]
            cells = [cell for row in rows for cell in row["cells"]]
            if len(rows) == min(applications, 200) and all(each["images"] and not each["stale"] for each in cells):
                return
            await asyncio.sleep(0.2)


def main() -> int:
    """Measure, print, write; 1 if a limit is exceeded."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--applications", type=int, default=APPLICATIONS)
    parser.add_argument("--requests", type=int, default=400)
    parser.add_argument("--output", type=Path, default=Path("bench-screens.json"))
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="stagecoach-bench-") as folder:
        measured = asyncio.run(measure(Path(folder), applications=chosen.applications, requests=chosen.requests))
    print(figures.table(measured))  # noqa: T201
    figures.write(measured, chosen.output)
    return 0 if all(figure.kept for figure in measured) else 1


if __name__ == "__main__":
    sys.exit(main())
