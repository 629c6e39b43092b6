"""Keeps one kind in one scope up to date: a list, then watches from its version on, and a list again where that ends.

https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
"""

import asyncio
import random
import time
from collections.abc import Collection, Sequence
from contextlib import aclosing
from datetime import UTC, datetime
from typing import Protocol

from services.kube.deadline import Deadline
from services.kube.errors import (
    AccessDeniedError,
    ClusterError,
    ClusterUnreachableError,
    CredentialRefusedError,
    KindNotServedError,
    ResourceGoneError,
    WatchExpiredError,
)
from services.kube.gateway import WatchedCluster
from services.kube.own_namespace import OwnNamespaceError
from services.planning.live.records import RecordEvent, RecordKey
from services.precedence import PRECEDENCE
from services.reading.live import additions
from services.reading.live.additions import Additions
from services.reading.live.changes import KindState, StreamState
from services.reading.live.pace import Pace, spread
from services.reading.live.scopes import Scope

_LIST_SECONDS = 600.0  # for all pages of a list; each has its own bound
_WATCH_SECONDS = 400.0  # the server ends a watch before
_SOON = 1.0
_AGAIN = 2  # failures, after which a watch does not go on from where it was
_REFUSALS = (AccessDeniedError, CredentialRefusedError, OwnNamespaceError)


class Host(additions.Host, Protocol):
    """The watcher of the cluster, as its streams use it."""

    async def happened(self, events: Sequence[RecordEvent]) -> None:
        """Take these events."""


class Stream:
    """Without `may_watch` it is listed again and again. `too_wide` is set where the whole cluster is refused."""

    def __init__(
        self, scope: Scope, gateway: WatchedCluster, host: Host, *, may_watch: bool, pace: Pace, chance: random.Random
    ) -> None:
        self.scope = scope
        self.may_watch = may_watch
        self.connected = False  # a watch stands, or the last list succeeded and nothing has failed since
        self.too_wide = False
        self.heard_at: datetime | None = None
        self.heard = float("-inf")  # the same moment on the monotonic clock
        self.active_at = time.monotonic()  # when it asked last, or was answered
        self.pausing = False  # after a failure, until it asks again
        self._gateway = gateway
        self._host = host
        self._polled_until = float("-inf") if may_watch else float("inf")  # on the monotonic clock
        self._pace = pace
        self._chance = chance
        self._additions = Additions(scope, gateway, host, pace=pace, chance=chance)
        self._version: str | None = None
        self._failures = 0
        self._state = StreamState.LISTING
        self._since = _now()
        self._why: tuple[str | None, str | None] = (None, None)

    @property
    def state(self) -> KindState:
        code, message = self._why
        return KindState(
            kind=self.scope.kind,
            namespace=self.scope.namespace,
            state=self._state,
            since=self._since,
            heard_at=self.heard_at,
            code=code,
            message=message,
        )

    @property
    def states(self) -> tuple[KindState, ...]:
        """Its own, and those of namespaces that are being read beside it."""
        return (self.state, *self._additions.states)

    def read_also(self, namespaces: Collection[str]) -> bool:
        """Read what is wanted since in these namespaces. False where it has to begin anew for that."""
        if self.scope.namespace is not None or "" in namespaces or self._polled:
            return False
        return self._additions.add(namespaces, heard_at=self.heard_at)

    @property
    def _polled(self) -> bool:
        return time.monotonic() < self._polled_until

    async def run(self) -> None:
        """Until it is cancelled; returns only where the scope is `too_wide`."""
        while not self.too_wide:
            try:
                await self._once()
            except ClusterError as error:
                self.connected = False
                self._failures += 1
                self.pausing = True
                await self._failed(error)

    async def silent(self, *, code: str, message: str) -> None:
        """The cluster does not answer, whatever the stream makes of it."""
        state = StreamState.SILENT if self.connected else StreamState.UNREACHABLE
        if self._state in {StreamState.LIVE, StreamState.POLLED, StreamState.LISTING}:
            await self._be(state, code=code, message=message)

    def hangs(self, *, since: float) -> bool:
        """Whether it does nothing but wait: for its time to try again, or for an answer to what it asked before then.

        `since` is in seconds of the monotonic clock.
        """
        return not self.connected and (self.pausing or self.active_at < since)

    async def answered(self) -> None:
        """The cluster answers: what stands is heard of, as far as nothing says otherwise."""
        if self.connected:
            self.heard_at, self.heard = _now(), time.monotonic()
            if self._state is StreamState.SILENT:
                await self._be(StreamState.POLLED if self._polled else StreamState.LIVE)

    async def _once(self) -> None:
        self.pausing, self.active_at = False, time.monotonic()
        if self._version is None:
            self._version = await self._list()
            self._failures = 0
        if self._polled:
            self.connected = True
            await self._be(StreamState.POLLED)
            await asyncio.sleep(spread(self._pace.poll, self._chance))
            self._version = None
            return
        try:
            await self._watch(self._version)
        except AccessDeniedError:
            # It was listed, so only watching is refused: or nothing is, and an API server that has just been started
            # does not know all bindings yet (kubernetes/kubernetes#121635).
            self._polled_until = time.monotonic() + self._pace.refused

    async def _list(self) -> str:
        seen: set[RecordKey] = set()
        version, added = "", self._additions.states
        deadline = Deadline.after(_LIST_SECONDS)
        pages = self._gateway.list_records(
            self.scope.kind,
            namespace=self.scope.namespace,
            deadline=deadline,
            declaration=self.scope.declaration,
        )
        async with aclosing(pages):
            async for page in pages:
                seen |= await self._host.put(page.records)
                version = page.resource_version
                self._heard()
                await asyncio.sleep(0)  # a page takes a while to decode
        await self._host.listed(self.scope, frozenset(seen))
        await self._additions.read(added)
        return version

    async def _watch(self, version: str) -> None:
        watch = self._gateway.watch_records(
            self.scope.kind,
            namespace=self.scope.namespace,
            resource_version=version,
            deadline=Deadline.after(_WATCH_SECONDS),
            declaration=self.scope.declaration,
        )
        began = time.monotonic()
        self._additions.begin()
        try:
            async with aclosing(watch):
                async for events in watch:
                    self._heard()
                    self.connected = True
                    if self._state is not StreamState.LIVE:
                        await self._be(StreamState.LIVE)
                    if events:
                        self._failures = 0
                        if PRECEDENCE.is_taken:  # an operation on many clusters is followed by events of them all
                            await PRECEDENCE.give_way()
                        self._additions.saw(events)
                        await self._host.happened(events)
                        self._version = events[-1].version or self._version
        finally:
            await self._additions.end()
            # Where nothing happens, a proxy in between ends each watch after some time without data: HAProxy as kubeadm
            # sets it up after 35 seconds (kubernetes/kubeadm, docs/ha-considerations.md). That is no row of failures.
            if self.connected and time.monotonic() - began >= self._pace.steady:
                self._failures = 0
        if time.monotonic() - began < _SOON:  # a server that ends each watch at once is not asked all the time
            self._failures += 1
            await asyncio.sleep(self._pace.after(self._failures, self._chance))

    def _heard(self) -> None:
        self.heard_at = _now()
        self.active_at = self.heard = time.monotonic()

    async def _failed(self, error: ClusterError) -> None:
        if isinstance(error, AccessDeniedError) and self.scope.may_narrow:
            self.too_wide = True
        elif isinstance(error, WatchExpiredError):
            self._version = None
            await self._be(StreamState.LISTING)
            await asyncio.sleep(self._pace.after(self._failures, self._chance))
        elif isinstance(error, KindNotServedError | ResourceGoneError):
            self._version = None
            await self._host.listed(
                self.scope, frozenset()
            )  # a cluster has no objects of a kind that it does not serve
            await self._be(StreamState.NOT_SERVED, code=error.code, message=error.detail)
            await asyncio.sleep(spread(self._pace.unserved, self._chance))
        elif isinstance(error, _REFUSALS):
            await self._be(StreamState.REFUSED, code=error.code, message=error.detail)
            await asyncio.sleep(self._pace.after_refusal(self._failures, self._chance))
        else:
            await self._unreachable(error)

    async def _unreachable(self, error: ClusterError) -> None:
        """A connection that ends once is made again at once, and is no news."""
        gone = isinstance(error, ClusterUnreachableError)
        if not gone and self._failures > _AGAIN:
            self._version = None  # an event that cannot be read would be met again and again
        if self._failures > 1 or self._state is not StreamState.LIVE:
            await self._be(StreamState.UNREACHABLE, code=error.code, message=error.detail)
        if gone:
            self._host.suspect()
        await asyncio.sleep(self._pace.after(self._failures, self._chance))
        if gone:
            await self._host.alive()

    async def _be(self, state: StreamState, *, code: str | None = None, message: str | None = None) -> None:
        if (state, code, message) == (self._state, *self._why):
            return
        if state is not self._state:
            self._since = _now()
        self._state, self._why = state, (code, message)
        await self._host.told(self.state)


def _now() -> datetime:
    return datetime.now(UTC)
