"""Runs a watcher for each cluster of which this process has the lease, and tells it what is wanted there.

A cluster whose credential was replaced is watched anew with the new one. What a watcher raises by mistake is logged,
and it begins again.
"""

import asyncio
import random
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

import structlog

from db.records.inventory import ClusterRecord
from services.errors import StagecoachError
from services.kube.errors import CredentialRefusedError
from services.kube.gateway import ClusterCredential, WatchedCluster
from services.reading.credentials import credential_of
from services.reading.live.cache import LiveCache
from services.reading.live.changes import Changes, KindState, Sink, StreamState, Wanted
from services.reading.live.places import PlacesNow
from services.reading.live.settling import Settling
from services.reading.live.watcher import ClusterWatcher

_log = structlog.get_logger(__name__)
LOOK_EVERY = 1.0  # seconds from one look at all watchers to the next
_FORGOTTEN_AFTER = 60.0  # seconds in which every process has read that an environment has a cluster
_NOTHING = Wanted(kinds={})
_UNOPENED = (
    "The credential that is kept for the cluster could not be opened; the log of the service says why. Each process "
    "needs all encryption keys that are in use."
)


class WatchedClusters(Protocol):
    """Makes gateways for watchers: `services.kube.pool.ClusterPool`, and a fake in tests."""

    async def watched(self, credential: ClusterCredential) -> WatchedCluster:
        """Raises `KubeconfigRefusedError` and `CredentialRefusedError`."""

    async def forget(self, cluster_id: str) -> None:
        """Drop what is kept for a cluster that nothing runs on any more."""


@dataclass(frozen=True, kw_only=True)
class _Running:
    cluster: ClusterRecord
    watcher: ClusterWatcher
    task: asyncio.Task[None]


class Watching:
    """`start` and `stop` come with leases; `place` is called with the places whenever they have been read.

    `settled` is called when more streams stand than ever before.
    """

    def __init__(
        self,
        clusters: WatchedClusters,
        cache: LiveCache,
        *,
        clock: Callable[[], float] = time.monotonic,
        settled: Callable[[], None] = lambda: None,
    ) -> None:
        self._clusters = clusters
        self._cache = cache
        self._places: PlacesNow | None = None
        self._wanted: dict[str, Wanted] = {}
        self._sinks: dict[str, Sink] = {}  # of the clusters that are to be watched
        self._running: dict[str, _Running] = {}
        self._clock = clock
        self._settling = Settling(settled)
        self._chance = random.Random()  # noqa: S311  jitter, not cryptography; one takes 2.5 KB
        self._unused: dict[str, float] = {}  # clusters of no environment, and since when
        self._turn = asyncio.Lock()
        self._woken = asyncio.Event()

    def place(self, places: PlacesNow) -> None:
        """These are the places from now on."""
        former, self._places = self._places, places
        if former is not None and former.rows_are(places):
            return  # operations and pushed images alone have changed
        self._wanted = places.wanted()
        self._woken.set()

    async def start(self, cluster_id: str, sink: Sink) -> None:
        """Watch the cluster from now on; what is in memory of it is what its watcher knows."""
        self._sinks[cluster_id] = sink
        self._woken.set()

    async def stop(self, cluster_id: str) -> None:
        """Watch it no more: another process does, or will. Its watcher has ended then."""
        self._sinks.pop(cluster_id, None)
        async with self._turn:
            await self._stop(cluster_id)

    async def run(self) -> None:
        """Start and stop watchers as it is wanted, until cancelled."""
        while True:
            self._woken.clear()
            async with self._turn:
                await self.look()
            try:
                async with asyncio.timeout(LOOK_EVERY):
                    await self._woken.wait()
            except TimeoutError:
                continue

    async def close(self) -> None:
        """Stop all watchers; whoever looks later starts none. They have ended then, so their clients may be closed."""
        self._sinks.clear()
        async with self._turn:
            for cluster_id in tuple(self._running):
                await self._stop(cluster_id)

    async def look(self) -> None:
        """Make the watchers those that are wanted, once."""
        if self._places is None:
            return
        clusters = self._places.clusters
        for cluster_id, sink in tuple(self._sinks.items()):
            cluster = clusters.get(cluster_id)
            if cluster is not None:
                await self._see_to(cluster, sink)
            elif running := self._running.get(cluster_id):
                running.watcher.want(_NOTHING)  # what was seen there is taken back, for others as well
                if running.task.done() or not self._cache.count(cluster_id):
                    await self._stop(cluster_id)
        await self._forget_others(clusters)
        self._settling.look(sum(each.watcher.standing for each in self._running.values()))

    async def _forget_others(self, clusters: Collection[str]) -> None:
        """Forget clusters that no environment has had for a while: they were deleted.

        Not at once. The process that watches one may have read the places earlier than this one: what is forgotten then
        would be missing here, for it tells what it found only once. The pool learns of it here, too: the process that
        deleted a cluster has told its own one alone.
        """
        now = self._clock()
        others = [each for each in self._cache.clusters() if each not in clusters and each not in self._running]
        self._unused = {each: self._unused.get(each, now) for each in others}
        for cluster_id, since in tuple(self._unused.items()):
            taken_back = cluster_id in self._sinks and not self._cache.count(cluster_id)  # by this process itself
            if taken_back or now - since >= _FORGOTTEN_AFTER:
                self._cache.forget(cluster_id)
                del self._unused[cluster_id]
                await self._clusters.forget(cluster_id)

    async def _see_to(self, cluster: ClusterRecord, sink: Sink) -> None:
        cluster_id = cluster.id
        running = self._running.get(cluster_id)
        if running is not None and (running.task.done() or _is_other(running.cluster, cluster)):
            await self._stop(cluster_id)
            running = None
        if running is None:
            running = await self._start(cluster, sink)
        if running is not None:
            wanted = self._wanted.get(cluster_id, _NOTHING)
            running.watcher.want(wanted)
            if running.watcher.states or not wanted.kinds:  # else its streams have not begun
                await self._tidy_states(cluster_id, running.watcher, sink)

    async def _start(self, cluster: ClusterRecord, sink: Sink) -> _Running | None:
        wanted = self._wanted.get(cluster.id, _NOTHING)
        if not wanted.kinds and not self._cache.count(cluster.id):
            return None  # nothing is there to watch, and nothing to take back
        try:
            gateway = await self._clusters.watched(credential_of(cluster))
        except StagecoachError as error:
            await self._show_refused(cluster, wanted, sink, code=error.code, message=error.detail)
            return None
        except Exception as error:  # noqa: BLE001 - as where its key is missing: all others are watched all the same
            if await self._show_refused(cluster, wanted, sink, code=CredentialRefusedError.code, message=_UNOPENED):
                _log.error("a credential could not be opened", cluster=cluster.name, error=type(error).__qualname__)
            return None
        known = self._cache.keys(cluster.id)
        watcher = ClusterWatcher(cluster, gateway, sink, known=known, chance=self._chance)
        task = asyncio.create_task(watcher.run(), name=f"watching {cluster.name}")
        self._running[cluster.id] = running = _Running(cluster=cluster, watcher=watcher, task=task)
        return running

    async def _show_refused(
        self, cluster: ClusterRecord, wanted: Wanted, sink: Sink, *, code: str, message: str
    ) -> bool:
        """Say of all that would be watched that there is no client to watch it with. False where that was said."""
        told = self._cache.states(cluster.id)
        since = {each.kind: each.since for each in told if each.state is StreamState.REFUSED}
        now = datetime.now(UTC)
        states = tuple(
            KindState(
                kind=kind,
                namespace=None,
                state=StreamState.REFUSED,
                since=since.get(kind, now),
                heard_at=max((each.heard_at for each in told if each.kind == kind and each.heard_at), default=None),
                code=code,
                message=message,
            )
            for kind in wanted.kinds
        )
        if set(states) == set(told):
            return False
        self._cache.restate(cluster.id, states)  # no stream stands any more that a former credential had
        await sink.take(Changes(cluster_id=cluster.id, states=states, restated=True))
        return True

    async def _stop(self, cluster_id: str) -> None:
        running = self._running.get(cluster_id)
        if running is None:
            return
        if running.task.done() and not running.task.cancelled() and (error := running.task.exception()) is not None:
            _log.error("a watcher ended", cluster=running.cluster.name, error=type(error).__qualname__, exc_info=error)
        running.task.cancel()
        await asyncio.wait([running.task])
        del self._running[cluster_id]  # not before: whoever stops it while this is cancelled waits for its end as well

    async def _tidy_states(self, cluster_id: str, watcher: ClusterWatcher, sink: Sink) -> None:
        """Streams that are no more must not go on being shown, as standing or not: another one took their place."""
        there = {(each.kind, each.namespace) for each in watcher.states}
        kept = self._cache.states(cluster_id)
        remaining = tuple(each for each in kept if (each.kind, each.namespace) in there)
        if len(remaining) < len(kept):
            self._cache.restate(cluster_id, remaining)
            await sink.take(Changes(cluster_id=cluster_id, states=remaining, restated=True))


def _is_other(one: ClusterRecord, other: ClusterRecord) -> bool:
    """Whether the cluster has to be watched by another client."""
    return (one.name, one.credential_version) != (other.name, other.credential_version)
