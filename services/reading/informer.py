"""A live picture of some kinds of one namespace: a few kinds watched, others read anew every few seconds.

Reading only. The kinds that are followed cost a connection each, so they are few: those of the workloads. What hangs
below them is read as long as somebody looks, which on many clusters is cheaper than hundreds of idle watches. A
credential that may list but not watch is polled for instead. Because a watch bridges outages in silence, followed kinds
are also read anew now and then: that is how a cluster that has gone away is noticed.
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

_CALL = 15.0  # seconds for one list
_PULSE = 10.0  # seconds between two readings of the followed kinds
_SOON = 0.5  # seconds after which a watch that expired is begun anew
_POLL = 2.0  # seconds between two readings of the others, and of all where watching is not allowed


class Informer:
    """The picture. Followed kinds have to be readable; what else cannot be read stays empty.

    `besides` says, each time, which other kinds are worth reading now.
    """

    def __init__(
        self,
        gateway: ClusterGateway,
        namespace: str,
        *,
        followed: Iterable[Kind],
        besides: Callable[["Informer"], Iterable[Kind]],
        deadline: Deadline,
    ) -> None:
        self._gateway = gateway
        self._namespace = namespace
        self._followed = frozenset(followed)
        self._besides = besides
        self._deadline = deadline
        self._objects: dict[Kind, dict[str, Manifest]] = {}
        self._changed = asyncio.Event()
        self._answered_at = time.monotonic()
        self._error: ClusterError | None = None
        self._tasks: tuple[asyncio.Task[None], ...] = ()

    @property
    def ready(self) -> bool:
        """Whether every kind has been read once (or is known not to be readable)."""
        return self._objects.keys() >= {*self._followed, *self._besides(self)}

    @property
    def error(self) -> ClusterError | None:
        """What keeps the picture from being whole; one that only a person can mend (`terminal`) stays."""
        return self._error

    @property
    def silent_for(self) -> float:
        """Seconds since the cluster last answered."""
        return time.monotonic() - self._answered_at

    def find(self, kind: Kind, name: str) -> Manifest | None:
        return self._objects.get(kind, {}).get(name)

    def all(self, kind: Kind) -> tuple[Manifest, ...]:
        return tuple(self._objects.get(kind, {}).values())

    async def change(self, seconds: float) -> None:
        """Return when something changed, at the latest after `seconds`."""
        try:
            async with asyncio.timeout(min(seconds, self._deadline.left())):
                await self._changed.wait()
        except TimeoutError:
            pass
        self._changed.clear()
        for task in self._tasks:
            if task.done() and not task.cancelled():
                task.result()  # a mistake of the program must not look like silence

    def start(self) -> None:
        """Begin to read and to watch."""
        work: list[Coroutine[Any, Any, None]] = [self._follow(kind) for kind in self._followed]
        self._tasks = tuple(asyncio.create_task(each) for each in (*work, self._pulse(), self._read_besides()))

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _follow(self, kind: Kind) -> None:
        """Keep one kind up to date until the deadline; returns early where only a person could mend what is wrong."""
        while not self._deadline.passed:
            try:
                version = await self._list(kind)
                watch = self._gateway.watch(
                    kind, namespace=self._namespace, resource_version=version, deadline=self._deadline
                )
                async with aclosing(watch) as events:  # type: ignore[type-var]  # the Protocol promises less than it is
                    async for event in events:
                        self._apply(kind, event)
            except WatchExpiredError:
                await self._pause(_SOON)  # a server for which every version has expired is not asked without end
            except (AccessDeniedError, KindNotServedError, ResourceGoneError) as error:
                if kind not in self._objects:
                    self._fail(error)
                    return
                await self._pause(_POLL)  # it was listed, so that only watching is refused
            except ClusterError as error:
                self._fail(error)
                await self._pause(_POLL)

    async def _pulse(self) -> None:
        while not self._deadline.passed:
            await self._pause(_PULSE)
            for kind in self._followed & self._objects.keys():
                try:
                    await self._list(kind)
                except ClusterError as error:
                    self._fail(error)

    async def _read_besides(self) -> None:
        while not self._deadline.passed:
            await asyncio.gather(*(self._try_list(kind) for kind in self._besides(self)))
            if self._objects.keys() >= set(self._besides(self)):  # else what was read calls for more
                await self._pause(_POLL)

    async def _try_list(self, kind: Kind) -> None:
        try:
            await self._list(kind)
        except ClusterError as error:
            if error.terminal:
                self._objects[kind] = {}
            else:
                self._fail(error)
                await self._pause(_POLL)

    async def _list(self, kind: Kind) -> str:
        listed = await self._gateway.list(kind, namespace=self._namespace, deadline=self._deadline.capped(_CALL))
        self._objects[kind] = {manifest.name: manifest for manifest in listed.items}
        self._answered_at = time.monotonic()
        if self._error is not None and not self._error.terminal:
            self._error = None
        self._changed.set()
        return listed.resource_version

    def _apply(self, kind: Kind, event: WatchEvent) -> None:
        held = self._objects[kind]
        if event.type is WatchEventType.DELETED:
            held.pop(event.object.name, None)
        else:
            held[event.object.name] = event.object
        self._answered_at = time.monotonic()
        self._changed.set()

    def _fail(self, error: ClusterError) -> None:
        self._error = error
        self._changed.set()

    async def _pause(self, seconds: float) -> None:
        await asyncio.sleep(min(seconds, self._deadline.left()))


@asynccontextmanager
async def cached(
    gateway: ClusterGateway,
    namespace: str,
    *,
    followed: Iterable[Kind],
    besides: Callable[[Informer], Iterable[Kind]],
    deadline: Deadline,
) -> AsyncIterator[Informer]:
    """A `Informer` that reads as long as the block runs."""
    informer = Informer(gateway, namespace, followed=followed, besides=besides, deadline=deadline)
    informer.start()
    try:
        yield informer
    finally:
        await informer.stop()
