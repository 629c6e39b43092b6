"""Caches some kinds of one namespace: a few kinds are watched, others are listed every few seconds. Reads only.

A watch takes a connection, so only the kinds of the workloads are watched. What they own is listed while the informer
runs, which on many clusters is cheaper than hundreds of idle watches. Where the credential may list but not watch, the
kind is polled. A watch reconnects silently, so watched kinds are also listed at intervals: a dead cluster is noticed.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from contextlib import aclosing, asynccontextmanager
from typing import Any

from domain.resources import Kind, Manifest
from services.kube.deadline import Deadline
from services.kube.errors import (
    AccessDeniedError,
    ClusterError,
    KindNotServedError,
    ResourceGoneError,
    WatchExpiredError,
)
from services.kube.gateway import ClusterGateway, WatchEvent, WatchEventType

_LIST_SECONDS = 15.0  # seconds for one list
_RELIST_INTERVAL = 10.0  # seconds between two lists of a watched kind
_REWATCH_PAUSE = 0.5  # seconds before a watch that expired is begun anew
_POLL_INTERVAL = 2.0  # seconds between two lists of the other kinds, and of all where watching is not allowed


class Informer:
    """The cache. Failing to read a watched kind is an `error`; another kind that cannot be read stays empty.

    `polled` is called before each poll and returns the other kinds to list now.
    """

    def __init__(
        self,
        gateway: ClusterGateway,
        namespace: str,
        *,
        watched: Iterable[Kind],
        polled: Callable[["Informer"], Iterable[Kind]],
        deadline: Deadline,
    ) -> None:
        self._gateway = gateway
        self._namespace = namespace
        self._watched = frozenset(watched)
        self._polled = polled
        self._deadline = deadline
        self._objects: dict[Kind, dict[str, Manifest]] = {}
        self._changed = asyncio.Event()
        self._answered_at = time.monotonic()
        self._error: ClusterError | None = None
        self._tasks: tuple[asyncio.Task[None], ...] = ()

    @property
    def ready(self) -> bool:
        """Whether every kind has been listed once, or cannot be."""
        return self._objects.keys() >= {*self._watched, *self._polled(self)}

    @property
    def error(self) -> ClusterError | None:
        """Why the cache is incomplete, or None. A `terminal` error, which waiting does not repair, stays."""
        return self._error

    @property
    def silent_for(self) -> float:
        """Seconds since the cluster last answered."""
        return time.monotonic() - self._answered_at

    def find(self, kind: Kind, name: str) -> Manifest | None:
        """The cached object, or None."""
        return self._objects.get(kind, {}).get(name)

    def all(self, kind: Kind) -> tuple[Manifest, ...]:
        """All cached objects of a kind."""
        return tuple(self._objects.get(kind, {}).values())

    async def change(self, seconds: float) -> None:
        """Return when the cache changed, at the latest after `seconds`. Raises what a task raised by mistake."""
        try:
            async with asyncio.timeout(min(seconds, self._deadline.left())):
                await self._changed.wait()
        except TimeoutError:
            pass
        self._changed.clear()
        for task in self._tasks:
            if task.done() and not task.cancelled():
                task.result()  # a bug must not look like a silent cluster

    def start(self) -> None:
        """Begin listing and watching."""
        work: list[Coroutine[Any, Any, None]] = [self._watch(kind) for kind in self._watched]
        self._tasks = tuple(asyncio.create_task(each) for each in (*work, self._relist(), self._poll()))

    async def stop(self) -> None:
        """Stop all tasks, and return when they have ended."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _watch(self, kind: Kind) -> None:
        """Keep one kind up to date until the deadline; returns early where the credential cannot read it."""
        while not self._deadline.passed:
            try:
                version = await self._list(kind)
                watch = self._gateway.watch(
                    kind, namespace=self._namespace, resource_version=version, deadline=self._deadline
                )
                async with aclosing(watch) as events:  # type: ignore[type-var]  # the Protocol declares an iterator, the gateway returns a generator
                    async for event in events:
                        self._apply(kind, event)
            except WatchExpiredError:
                await self._pause(_REWATCH_PAUSE)  # bounds the rate where the server expires every version
            except (AccessDeniedError, KindNotServedError, ResourceGoneError) as error:
                if kind not in self._objects:
                    self._fail(error)
                    return
                await self._pause(_POLL_INTERVAL)  # it was listed, so only watching is refused
            except ClusterError as error:
                self._fail(error)
                await self._pause(_POLL_INTERVAL)

    async def _relist(self) -> None:
        while not self._deadline.passed:
            await self._pause(_RELIST_INTERVAL)
            for kind in self._watched & self._objects.keys():
                try:
                    await self._list(kind)
                except ClusterError as error:
                    self._fail(error)

    async def _poll(self) -> None:
        while not self._deadline.passed:
            await asyncio.gather(*(self._try_list(kind) for kind in self._polled(self)))
            if self._objects.keys() >= set(self._polled(self)):  # else what was listed requires further kinds
                await self._pause(_POLL_INTERVAL)

    async def _try_list(self, kind: Kind) -> None:
        try:
            await self._list(kind)
        except ClusterError as error:
            if error.terminal:
                self._objects[kind] = {}
            else:
                self._fail(error)
                await self._pause(_POLL_INTERVAL)

    async def _list(self, kind: Kind) -> str:
        listed = await self._gateway.list(
            kind, namespace=self._namespace, deadline=self._deadline.afresh(_LIST_SECONDS)
        )
        self._objects[kind] = {manifest.name: manifest for manifest in listed.items}
        self._answered_at = time.monotonic()
        if self._error is not None and not self._error.terminal:
            self._error = None
        self._changed.set()
        return listed.resource_version

    def _apply(self, kind: Kind, event: WatchEvent) -> None:
        objects = self._objects[kind]
        if event.type is WatchEventType.DELETED:
            objects.pop(event.object.name, None)
        else:
            objects[event.object.name] = event.object
        self._answered_at = time.monotonic()
        self._changed.set()

    def _fail(self, error: ClusterError) -> None:
        self._error = error
        self._changed.set()

    async def _pause(self, seconds: float) -> None:
        await asyncio.sleep(min(seconds, self._deadline.left()))


@asynccontextmanager
async def run_informer(
    gateway: ClusterGateway,
    namespace: str,
    *,
    watched: Iterable[Kind],
    polled: Callable[[Informer], Iterable[Kind]],
    deadline: Deadline,
) -> AsyncIterator[Informer]:
    """An `Informer` that runs as long as the block does."""
    informer = Informer(gateway, namespace, watched=watched, polled=polled, deadline=deadline)
    informer.start()
    try:
        yield informer
    finally:
        await informer.stop()
