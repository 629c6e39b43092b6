"""Replicas without clusters: tests say themselves what watchers find, and look into each one's memory."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import orjson

from db.listening import Listener
from db.live_records import CHANNEL
from db.transaction import Database
from domain.resources import Kind
from services.planning.live.records import LiveRecord, RecordKey
from services.reading.live.changes import Changes, KindState, Sink, StreamState
from services.reading.live.follower import Follower
from services.reading.live.leases import LeaseTimes
from services.reading.live.replica import Replica

POD = Kind(group="", version="v1", name="Pod")
QUICK = LeaseTimes(renewed_every=0.1, turn=0.05)
LONG_AGO = datetime(2026, 11, 30, 8, 0, tzinfo=UTC)


def record(name: str, *, version: str = "1") -> LiveRecord:
    metadata = {"namespace": "shop", "name": name, "resourceVersion": version}
    return LiveRecord.decoded(POD, orjson.dumps({"apiVersion": "v1", "kind": "Pod", "metadata": metadata}))


def key(name: str) -> RecordKey:
    return RecordKey(kind=POD, namespace="shop", name=name)


def state(word: StreamState = StreamState.LIVE, *, heard_at: datetime = LONG_AGO) -> KindState:
    return KindState(kind=POD, namespace=None, state=word, since=LONG_AGO, heard_at=heard_at)


def found(cluster_id: str, *names: str, version: str = "1", gone: Iterable[str] = (), live: bool = False) -> Changes:
    return Changes(
        cluster_id=cluster_id,
        put=tuple(record(name, version=version) for name in names),
        gone=tuple(key(name) for name in gone),
        states=(state(),) if live else (),
    )


class Memory:
    """The plainest memory that keeps what it is told."""

    def __init__(self) -> None:
        self.kept: dict[str, dict[RecordKey, LiveRecord]] = {}
        self.told: dict[str, dict[tuple[Kind, str | None], KindState]] = {}

    def apply(self, changes: Changes) -> None:
        records = self.kept.setdefault(changes.cluster_id, {})
        records.update((each.key, each) for each in changes.put)
        for each in changes.gone:
            records.pop(each, None)
        states = self.told.setdefault(changes.cluster_id, {})
        states.update(((each.kind, each.namespace), each) for each in changes.states)

    def restate(self, cluster_id: str, states: Iterable[KindState]) -> None:
        self.told[cluster_id] = {(each.kind, each.namespace): each for each in states}

    def states(self, cluster_id: str) -> tuple[KindState, ...]:
        return tuple(self.told.get(cluster_id, {}).values())

    def keys(self, cluster_id: str) -> tuple[RecordKey, ...]:
        return tuple(self.kept.get(cluster_id, {}))

    def records(self, cluster_id: str, namespace: str) -> Mapping[tuple[str, str], tuple[LiveRecord, ...]]:
        of = tuple(each for each in self.kept.get(cluster_id, {}).values() if each.key.namespace == namespace)
        return {(POD.group, POD.name): of} if of else {}

    def names(self, cluster_id: str) -> set[str]:
        return {each.name for each in self.keys(cluster_id)}

    def words(self, cluster_id: str) -> list[StreamState]:
        return [each.state for each in self.states(cluster_id)]


class Watched:
    """What a replica watches: the sinks, by cluster."""

    def __init__(self) -> None:
        self.sinks: dict[str, Sink] = {}
        self.stopped: list[str] = []

    async def start(self, cluster_id: str, sink: Sink) -> None:
        self.sinks[cluster_id] = sink

    async def stop(self, cluster_id: str) -> None:
        if self.sinks.pop(cluster_id, None) is not None:
            self.stopped.append(cluster_id)


@dataclass
class Running:
    """A replica that runs."""

    replica: Replica
    memory: Memory
    watched: Watched = field(default_factory=Watched)

    async def takes(self, changes: Changes) -> None:
        """As if the watcher of the cluster had found this."""
        await self.watched.sinks[changes.cluster_id].take(changes)


@asynccontextmanager
async def replica(
    database: Database, url: str, *, times: LeaseTimes = QUICK, purpose: str = "replica of a test"
) -> AsyncIterator[Running]:
    memory, watched = Memory(), Watched()
    async with AsyncExitStack() as stack:
        made = Replica(database, memory, watched, times=times)
        await stack.enter_async_context(Listener(url, {CHANNEL: made.follower}, purpose=purpose))
        await stack.enter_async_context(made)
        yield Running(made, memory, watched)


@asynccontextmanager
async def following(
    database: Database, url: str, *, purpose: str = "follower of a test"
) -> AsyncIterator[tuple[Follower, Memory]]:
    """A process that takes no leases, and what it has in memory."""
    memory = Memory()
    follower = Follower(database, memory)
    async with Listener(url, {CHANNEL: follower}, purpose=purpose), follower:
        yield follower, memory


async def until(holds: Callable[[], bool], *, seconds: float = 10.0) -> None:
    """Return when it holds. Raises `TimeoutError` where it does not within the time."""
    async with asyncio.timeout(seconds):
        while not holds():
            await asyncio.sleep(0.005)
