"""A process that watches practice clusters as the service does, for `live`; it takes part in nothing else.

    python -m trials.bench.live_watchers FOLDER

Imports the service: the watchers have no address of their own that could be measured from outside.
"""

import asyncio
import random
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import structlog
import uvloop

from api import allocator, interpreter
from db.records.inventory import ClusterRecord
from domain.resources import Kind
from domain.words import Reachability
from services.concurrency import repeated
from services.kube.gateway import ClusterCredential
from services.kube.kubeconfig import KubeconfigRules
from services.kube.pool import ClusterPool
from services.net.addresses import AddressPolicy
from services.planning.live.records import LiveRecord, RecordKey
from services.planning.live.shapes import Pod
from services.reading.live.changes import Changes, StreamState, Wanted
from services.reading.live.resting import Resting
from services.reading.live.settling import Settling
from services.reading.live.watcher import ClusterWatcher
from services.reading.live.watching import LOOK_EVERY
from trials.bench.live_measuring import KINDS, NAMESPACE, Measured

_WANTED = Wanted(kinds={Kind.of(version, kind): frozenset({NAMESPACE}) for version, kind, _ in KINDS})
_HERE = KubeconfigRules(addresses=AddressPolicy(allow_loopback=True, allow_private=True), allow_http_to_loopback=True)


class _Kept:
    """Keeps what it is told, and packs what has rested, as every process of the service does."""

    def __init__(self, measured: Measured, resting: Resting) -> None:
        self._measured = measured
        self._resting = resting
        self.records: dict[RecordKey, LiveRecord] = {}

    async def take(self, changes: Changes) -> None:
        for record in changes.put:
            former = self.records.get(record.key)
            self.records[record.key] = record
            if former is not None:
                self._measured.events += 1
                if self._measured.events % 16 == 0 and isinstance(body := record.body, Pod) and body.status:
                    self._measured.seen(body.status.reason)
        self._resting.take(changes.cluster_id, changes.put)
        for key in changes.gone:
            del self.records[key]
        self._resting.drop(changes.cluster_id, changes.gone)


class _Watchers:
    def __init__(self, folder: Path, pool: ClusterPool) -> None:
        self._paths = sorted(folder.glob("*.kubeconfig"))
        self._pool = pool
        self._watchers: list[tuple[str, ClusterWatcher]] = []
        self._kept: list[_Kept] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._settling = Settling(interpreter.keep)
        self._resting = Resting()
        self._chance = random.Random()  # noqa: S311  jitter, not cryptography
        self.measured = Measured(self.begin, lambda: sum(len(each.records) for each in self._kept))

    async def begin(self) -> None:
        self._tasks.append(asyncio.create_task(self._resting.run()))
        for path in self._paths:
            credential = ClusterCredential(cluster_id=path.stem, name=path.stem, version=1, kubeconfig=path.read_text)
            kept = _Kept(self.measured, self._resting)
            watcher = ClusterWatcher(
                _record(path.stem), await self._pool.watched(credential), kept, chance=self._chance
            )
            watcher.want(_WANTED)
            self._watchers.append((path.stem, watcher))
            self._kept.append(kept)
            self._tasks.append(asyncio.create_task(watcher.run()))
        good = [watcher for name, watcher in self._watchers if not name.startswith("silent")]
        looked_at = float("-inf")
        while not all(map(_stands, good)):
            await asyncio.sleep(0.01)
            if time.monotonic() - looked_at >= LOOK_EVERY:
                looked_at = time.monotonic()
                self._settle()
        self._settle()

    def _settle(self) -> None:
        self._settling.look(sum(watcher.standing for _, watcher in self._watchers))


def _stands(watcher: ClusterWatcher) -> bool:
    states = watcher.states
    return len(states) == len(KINDS) and all(each.state is StreamState.LIVE for each in states)


def _record(name: str) -> ClusterRecord:
    now = datetime.now(UTC)
    return ClusterRecord(
        id=name,
        name=name,
        labels={},
        server=None,
        credential=None,
        credential_version=1,
        reachability=Reachability.REACHABLE,
        server_version=None,
        last_seen_at=None,
        last_error=None,
        created_at=now,
        updated_at=now,
    )


async def _main(folder: Path) -> None:
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(file=sys.stderr))  # answers go to standard output
    interpreter.settle()
    allocator.settle()
    memory = repeated("giving memory back", allocator.give_back, every=allocator.GIVES_BACK_EVERY)
    async with memory, ClusterPool(rules=_HERE) as pool:
        await _Watchers(folder, pool).measured.serve()


if __name__ == "__main__":
    uvloop.run(_main(Path(sys.argv[1])))
