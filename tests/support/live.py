"""A watched practice cluster, and whoever is told of it."""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from domain.resources import Kind, ResourceId
from sandbox.cluster import Cluster
from sandbox.server import Sandbox
from sandbox.store import Object
from services.kube.gateway import ClusterCredential
from services.kube.pool import ClusterPool
from services.planning.live.records import LiveRecord, RecordKey, read_event, read_object
from services.reading.live.changes import Changes, KindState, StreamState, Wanted
from services.reading.live.pace import Pace
from services.reading.live.watcher import ClusterWatcher
from tests.support.records import cluster_record

PRINT_KEY = b"a key of fingerprints, for tests"
DEPLOYMENTS, STATEFUL_SETS = Kind.of("apps/v1", "Deployment"), Kind.of("apps/v1", "StatefulSet")
PODS, CRON_JOBS = Kind.of("v1", "Pod"), Kind.of("batch/v1", "CronJob")
QUICK = Pace(
    first=0.05,
    longest=0.4,
    refused=0.3,
    unserved=0.3,
    poll=0.2,
    quiet=0.6,
    answer=0.5,
    settle=0.02,
    beside=0.1,
    revisions=1.0,
    nodes=1.0,
)


def record_of(body: dict[str, Any]) -> LiveRecord:
    kind = Kind.of(body["apiVersion"], body["kind"])
    record = read_event(kind, json.dumps({"type": "MODIFIED", "object": body}).encode(), key=PRINT_KEY).record
    assert record is not None
    return record


@dataclass
class KeptSink:
    """Keeps what it is told."""

    records: dict[RecordKey, LiveRecord] = field(default_factory=dict)
    states: dict[tuple[str, str | None], KindState] = field(default_factory=dict)
    taken: list[Changes] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def take(self, changes: Changes) -> None:
        self.taken.append(changes)
        self.records |= {record.key: record for record in changes.put}
        for key in changes.gone:
            del self.records[key]  # what was never told cannot go
        self.states |= {(state.kind.name, state.namespace): state for state in changes.states}
        self.changed.set()

    def names(self, kind: Kind, namespace: str | None = None) -> set[str]:
        return {key.name for key in self.records if key.kind == kind and namespace in {None, key.namespace}}

    def state(self, kind: Kind, namespace: str | None = None) -> StreamState | None:
        found = self.states.get((kind.name, namespace))
        return found.state if found else None

    async def until(self, holds: Callable[[], bool], seconds: float = 120.0) -> None:
        """Return once it holds."""
        async with asyncio.timeout(seconds):
            while not holds():
                self.changed.clear()
                await self.changed.wait()


async def watcher_of(
    sandbox: Sandbox,
    name: str,
    sink: KeptSink,
    *,
    pool: ClusterPool,
    user: str = "admin",
    known: Iterable[RecordKey] = (),
    pace: Pace = QUICK,
    seed: int = 1,
) -> ClusterWatcher:
    credential = ClusterCredential(
        cluster_id=f"{name}-{user}", name=name, version=1, kubeconfig=lambda: sandbox.kubeconfig(name, user)
    )
    gateway = await pool.watched(credential)
    chance = random.Random(seed)
    return ClusterWatcher(cluster_record(name), gateway, sink, known=known, pace=pace, chance=chance)


@asynccontextmanager
async def watching(
    sandbox: Sandbox,
    name: str,
    wanted: Wanted,
    *,
    pool: ClusterPool,
    user: str = "admin",
    sink: KeptSink | None = None,
    known: Iterable[RecordKey] = (),
    pace: Pace = QUICK,
    seed: int = 1,
) -> AsyncIterator[tuple[ClusterWatcher, KeptSink]]:
    told = sink or KeptSink()
    watcher = await watcher_of(sandbox, name, told, pool=pool, user=user, known=known, pace=pace, seed=seed)
    watcher.want(wanted)
    async with running(watcher):
        yield watcher, told


@asynccontextmanager
async def running(watcher: ClusterWatcher) -> AsyncIterator[None]:
    task = asyncio.create_task(watcher.run())
    try:
        yield
    finally:
        failed = task.done()
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        assert not failed, "the watcher ended by itself"


def wanted_of(namespaces: Iterable[str], *resources: str, kinds: Iterable[Kind] = (DEPLOYMENTS, PODS)) -> Wanted:
    """These kinds in these namespaces; `resources` as `Deployment/web` where only some are wanted, in each of them."""
    places = frozenset(namespaces)
    own = frozenset(ResourceId.of("apps/v1", *each.split("/")) for each in resources)
    return Wanted(kinds=dict.fromkeys(kinds, places), resources=dict.fromkeys(places, own) if own else {})


def fresh(cluster: Cluster, kind: Kind, plural: str) -> dict[RecordKey, LiveRecord]:
    """What is on the cluster now, as records."""
    found = {}
    for each in cluster.list(plural):
        record = read_object(kind, json.dumps(plain(each)).encode(), key=PRINT_KEY)
        assert record is not None
        found[record.key] = record
    return found


def plain(value: Any) -> Any:
    if isinstance(value, dict) or hasattr(value, "items"):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return value


def web(
    name: str = "web", namespace: str = "shop", *, image: str = "registry.example/shop/web:1", **spec: Any
) -> Object:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": {"app": name}},
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {"containers": [{"name": "c", "image": image}]},
            },
            **spec,
        },
    }


def namespace(name: str) -> Object:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
