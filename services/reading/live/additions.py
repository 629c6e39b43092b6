"""Lists namespaces that came to be wanted while the whole cluster is watched, beside the watch that goes on.

To list the whole cluster again for each of them would read all pods of a large cluster once for every application that
is added.

What the watch tells meanwhile counts, and not what the list says of the same object. The watch has every change in its
order, while a page may have been made before one that it has told by now: what was deleted since would be there again
for good. What was not told meanwhile is in the list as it is, or changes later: a list without a resource version is as
new as what a watch had told before it was asked for
(https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions).
"""

import asyncio
import random
from collections.abc import Collection, Coroutine, Iterable, Sequence
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Protocol

from services.kube.deadline import Deadline
from services.kube.errors import ClusterError, ClusterUnreachableError
from services.kube.gateway import WatchedCluster
from services.planning.live.records import LiveRecord, RecordEvent, RecordKey
from services.reading.live.changes import KindState, StreamState
from services.reading.live.pace import Pace
from services.reading.live.scopes import Scope

_SECONDS = 60.0  # for one namespace
_MOST = 16  # namespaces at once: so many lists cost less than one of the whole cluster, as a rule


class Host(Protocol):
    """The watcher of the cluster, as lists use it."""

    async def put(self, records: Sequence[LiveRecord]) -> frozenset[RecordKey]:
        """Take what is wanted of these. Returns the keys of what was taken."""

    async def listed(self, scope: Scope, seen: frozenset[RecordKey]) -> None:
        """The list is whole: what else is held in the scope is gone."""

    async def told(self, state: KindState) -> None:
        """The state of a scope has changed to this one."""

    def beside(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """A task that does this; what it raises ends the watcher."""

    def suspect(self) -> None:
        """The cluster has not answered: find out whether it does."""

    async def alive(self) -> None:
        """Returns once the cluster answers, as far as it is known."""


class Additions:
    """Those of the kind of a scope. They are read while the watch stands: between `begin` and `end`."""

    def __init__(self, scope: Scope, gateway: WatchedCluster, host: Host, *, pace: Pace, chance: random.Random) -> None:
        self._kind, self._declaration = scope.kind, scope.declaration
        self._gateway = gateway
        self._host = host
        self._pace = pace
        self._chance = chance
        self._waiting: dict[str, KindState] = {}
        self._told: set[RecordKey] | None = None  # by the watch, while a namespace is being listed
        self._stands = False
        self._task: asyncio.Task[None] | None = None

    @property
    def states(self) -> tuple[KindState, ...]:
        """How the namespaces stand that have not been read."""
        return tuple(self._waiting.values())

    def add(self, namespaces: Collection[str], *, heard_at: datetime | None) -> bool:
        """Read these as well; `heard_at` is when the stream was. False where it had better begin anew."""
        if len(self._waiting.keys() | namespaces) > _MOST:
            return False
        for each in namespaces:
            self._waiting[each] = KindState(
                kind=self._kind, namespace=each, state=StreamState.LISTING, since=_now(), heard_at=heard_at
            )
        self._go_on()
        return True

    async def read(self, states: Iterable[KindState]) -> None:
        """The namespaces that stood so have been read: a list of the whole cluster has begun and ended since."""
        for state in states:
            namespace = state.namespace or ""
            if self._waiting.get(namespace) is state:  # else more came to be wanted there meanwhile
                del self._waiting[namespace]
                now = _now()
                stands = replace(state, state=StreamState.LIVE, since=now, heard_at=now, code=None, message=None)
                await self._host.told(stands)

    def begin(self) -> None:
        """The watch stands, or is about to: it tells of all namespaces that were added."""
        self._stands = True
        self._go_on()

    async def end(self) -> None:
        """The watch has ended. What was not read to the end waits for the next one, or a list of the whole cluster."""
        self._stands = False
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
            self._task = self._told = None

    def saw(self, events: Iterable[RecordEvent]) -> None:
        """The watch tells this."""
        if self._told is not None:
            self._told.update(event.record.key for event in events if event.record is not None)

    def _go_on(self) -> None:
        if self._stands and self._waiting and (self._task is None or self._task.done()):
            self._task = self._host.beside(self._read_all())

    async def _read_all(self) -> None:
        failures = 0
        while self._waiting:
            namespace = next(iter(self._waiting))
            state = self._waiting[namespace]
            self._told = set()
            try:
                await self._read(namespace, self._told)
            except ClusterError as error:
                failures += 1
                await self._failed(namespace, error)
                await asyncio.sleep(self._pace.after(failures, self._chance))
                await self._host.alive()
                continue
            finally:
                self._told = None
            failures = 0
            await self.read([state])

    async def _read(self, namespace: str, told: Collection[RecordKey]) -> None:
        """List the namespace; `told` grows while that goes on."""
        seen: set[RecordKey] = set()
        pages = self._gateway.list_records(
            self._kind,
            namespace=namespace,
            deadline=Deadline.after(_SECONDS),
            small=True,
            declaration=self._declaration,
        )
        async with aclosing(pages):
            async for page in pages:
                seen |= await self._host.put([record for record in page.records if record.key not in told])
                await asyncio.sleep(0)  # a page takes a while to decode
        await self._host.listed(Scope(kind=self._kind, namespace=namespace), frozenset(seen.union(told)))

    async def _failed(self, namespace: str, error: ClusterError) -> None:
        """It goes on being read, and says why that takes so long; behind the others, for they may be readable."""
        if isinstance(error, ClusterUnreachableError):
            self._host.suspect()
        state = self._waiting.pop(namespace, None)
        if state is not None:
            self._waiting[namespace] = found = replace(state, code=error.code, message=error.detail)
            await self._host.told(found)


def _now() -> datetime:
    return datetime.now(UTC)
