"""A process that shares clusters with another one as those of the service do, for `following`; it has no clusters.

    python -m trials.bench.live_replica FOLDER CLUSTERS WATCHED

Says itself what watchers would find: pods whose versions are when they were found, by the monotonic clock that all
processes share (Linux). The database is in `FOLDER`; who comes first watches all clusters, the others follow. Prints
`{"watches": …}` once it watches `WATCHED` of them, and reads commands from standard input, a line each: `change
RATE SECONDS`, which answers how many changes it has made, and `late`, which answers how many seconds after they were
found its memory had those of others.
"""

import asyncio
import json
import random
import sys
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import orjson
import structlog
import uvloop

from api import interpreter
from db.embedded import EmbeddedPostgres
from db.engine import create_engine
from db.keys import Keyring, new_key
from db.listening import Listener
from db.live_records import CHANNEL
from db.migrate import upgrade
from db.transaction import Database
from domain.resources import Kind
from services.planning.live.records import LiveRecord
from services.reading.live.cache import LiveCache
from services.reading.live.changes import Changes, Sink
from services.reading.live.leases import LeaseTimes
from services.reading.live.replica import Replica
from trials.bench.live_measuring import NAMESPACE

_PODS = 60  # of each cluster
_POD = Kind.of("v1", "Pod")
_TICK = 0.01  # seconds
_FOR_GOOD = LeaseTimes(lasts=3600.0, turn=3600.0)  # who watches a cluster goes on
_PATIENCE = 120.0  # seconds


class _Memory(LiveCache):
    """Notes how old what it is told is."""

    def __init__(self) -> None:
        super().__init__()
        self.late: list[float] = []

    def apply(self, changes: Changes) -> None:
        super().apply(changes)
        now = time.monotonic_ns()
        self.late += [(now - int(each.version)) / 1e9 for each in changes.put]


class _Found:
    """Has the sinks of the clusters that this process watches, and tells them what is found."""

    def __init__(self) -> None:
        self.sinks: dict[str, Sink] = {}

    async def start(self, cluster_id: str, sink: Sink) -> None:
        self.sinks[cluster_id] = sink

    async def stop(self, cluster_id: str) -> None:
        self.sinks.pop(cluster_id, None)

    async def change(self, rate: int, seconds: float) -> int:
        """Pods of random clusters change, at this rate over all of them."""
        chance, changed, began, ids = random.Random(1), 0, time.monotonic(), list(self.sinks)  # noqa: S311
        while (elapsed := time.monotonic() - began) < seconds:
            while changed < elapsed * rate:
                cluster_id = chance.choice(ids)
                put = (_pod(chance.randrange(_PODS)),)
                await self.sinks[cluster_id].take(Changes(cluster_id=cluster_id, put=put))
                changed += 1
            await asyncio.sleep(_TICK)
        return changed


def _pod(number: int) -> LiveRecord:
    metadata = {"namespace": NAMESPACE, "name": f"web-{number:02}", "resourceVersion": str(time.monotonic_ns())}
    container = {"name": "web", "ready": True, "restartCount": 0, "image": "registry.example/shop/web:1.4.2"}
    status = {"phase": "Running", "containerStatuses": [container]}
    body = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "status": status}
    return LiveRecord.decoded(_POD, orjson.dumps(body))


async def _add_clusters(database: Database, count: int) -> None:
    """Where the first process has not added them."""
    async with database.begin() as tx:
        if await tx.clusters.all():
            return
        for number in range(count):
            await tx.clusters.add(name=f"cluster-{number:03}", labels={}, server=None, credential=None)


async def _main(folder: Path, count: int, watched: int) -> None:
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(file=sys.stderr))  # answers go to standard output
    memory, found = _Memory(), _Found()
    async with AsyncExitStack() as stack:
        url = stack.enter_context(EmbeddedPostgres(folder)).url
        database = Database(create_engine(url), Keyring([new_key()]))
        stack.push_async_callback(database.engine.dispose)
        await upgrade(database.engine)
        await _add_clusters(database, count)
        interpreter.settle()
        replica = Replica(database, memory, found, times=_FOR_GOOD)
        await stack.enter_async_context(Listener(url, {CHANNEL: replica.follower}, purpose="bench"))
        await stack.enter_async_context(replica)
        async with asyncio.timeout(_PATIENCE):
            while len(found.sinks) != watched or not replica.follower.ready.is_set():  # noqa: ASYNC110 - it has no event
                await asyncio.sleep(_TICK)
        _say(watches=len(found.sinks))
        await _serve(memory, found)


async def _serve(memory: _Memory, found: _Found) -> None:
    loop = asyncio.get_running_loop()
    while line := (await loop.run_in_executor(None, sys.stdin.readline)).split():
        if line[0] == "change":
            _say(changed=await found.change(int(line[1]), float(line[2])))
        elif line == ["late"]:
            _say(late=sorted(memory.late))
            memory.late.clear()


def _say(**values: Any) -> None:
    print(json.dumps(values), flush=True)  # noqa: T201


if __name__ == "__main__":
    uvloop.run(_main(Path(sys.argv[1]), *map(int, sys.argv[2:])))
