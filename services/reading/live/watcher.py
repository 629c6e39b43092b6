"""Watches one cluster: keeps the records of what is wanted there up to date, and tells what has changed.

Nothing of it is shared with other clusters: one that hangs has tasks and slots of its own, and delays nobody.
"""

import asyncio
import random
import time
from collections.abc import Coroutine, Iterable, Sequence
from contextlib import aclosing, suppress
from typing import Any

from db.records.inventory import ClusterRecord
from domain.resources import Kind
from services.kube.deadline import Deadline
from services.kube.errors import BudgetExceededError, CertificateError, ClusterError, ClusterUnreachableError
from services.kube.gateway import WatchedCluster
from services.planning.live.belonging import Belonging
from services.planning.live.records import LiveRecord, RecordEvent, RecordKey
from services.reading.live.changes import Changes, KindState, Sink, StreamState, Wanted
from services.reading.live.holdings import Holdings
from services.reading.live.pace import Pace, spread
from services.reading.live.scopes import MOST_WATCHES, Scope, kinds_of, scopes_of
from services.reading.live.side_reads import SIDE_KINDS, SideReads
from services.reading.live.stream import Stream

_NO_ANSWER = (ClusterUnreachableError, CertificateError, BudgetExceededError)
_NOTHING = Wanted(kinds={})
_NONE = frozenset[str]()


class ClusterWatcher:
    """`known` are the objects that the sink knows already: those that a list does not name are told as gone."""

    def __init__(
        self,
        cluster: ClusterRecord,
        gateway: WatchedCluster,
        sink: Sink,
        *,
        known: Iterable[RecordKey] = (),
        pace: Pace | None = None,
        chance: random.Random | None = None,
    ) -> None:
        self._cluster_id = cluster.id
        self._gateway = gateway
        self._sink = sink
        self._pace = pace or Pace()
        self._chance = chance or random.Random()  # noqa: S311  jitter, not cryptography
        self._holdings = Holdings(known)
        self._wanted = _NOTHING
        self._kinds: dict[Kind, frozenset[str]] = {}  # of what is wanted
        self._belonging: dict[str, Belonging] = {}
        self._asked = asyncio.Event()  # what is wanted has changed
        self._narrow: set[Kind] = set()  # kinds of which the whole cluster was refused
        self._narrowed = asyncio.Event()
        self._streams: dict[Scope, tuple[Stream, asyncio.Task[None]]] = {}
        self._alive = asyncio.Event()
        self._alive.set()
        self._suspected = asyncio.Event()
        self._side = SideReads(
            gateway,
            self._holdings,
            self._side_told,
            watched=self._is_watched,
            listing=self._is_listing,
            of=self._belonging_in,
            pace=self._pace,
        )
        self._tasks: asyncio.TaskGroup | None = None
        self._changing = asyncio.Lock()  # of the streams

    @property
    def states(self) -> tuple[KindState, ...]:
        """All its streams, as they are now."""
        return tuple(state for stream, _ in self._streams.values() for state in stream.states)

    @property
    def standing(self) -> int:
        """How many of its streams stand."""
        return sum(stream.connected for stream, _ in self._streams.values())

    def want(self, wanted: Wanted) -> None:
        """Watch this from now on."""
        if wanted != self._wanted or not self._kinds:  # what is known is to be taken back, where nothing is wanted
            former, self._wanted, self._kinds = self._wanted, wanted, kinds_of(wanted)
            self._belonging = {
                namespace: self._belonging[namespace]
                if namespace in self._belonging and former.resources[namespace] == own
                else Belonging(own)
                for namespace, own in wanted.resources.items()
            }
            self._asked.set()

    async def run(self) -> None:
        """Until it is cancelled. What a cluster does is a state and no error; an error of the sink ends it."""
        try:
            async with asyncio.TaskGroup() as tasks:
                self._tasks = tasks
                tasks.create_task(self._probe())
                tasks.create_task(self._side.run())
                tasks.create_task(self._widen())
                former = _NOTHING
                while True:
                    await self._asked.wait()
                    self._asked.clear()
                    now = self._wanted
                    async with self._changing:
                        await self._reconcile(former, now)
                    former = now
                    await asyncio.sleep(self._pace.settle)
        finally:
            self._streams.clear()

    # What is watched ------------------------------------------------------------------------------------------

    async def _reconcile(self, former: Wanted, now: Wanted) -> None:
        """Start and stop streams until they are those that are wanted."""
        scopes = scopes_of(now, narrow=self._narrow)
        added, kinds = _namespaces_with_more(former, now), kinds_of(now)
        watched = frozenset(scopes[:MOST_WATCHES])
        for scope, (stream, _) in tuple(self._streams.items()):
            moved = stream.may_watch != (scope in watched)  # others took its place among the watches, or left it one
            more = {each for each in added & kinds.get(scope.kind, _NONE) if scope.covers(scope.kind, each)}
            if scope not in scopes or moved or (more and not stream.read_also(more)):
                await self._stop(scope)
        await self._tell(gone=self._holdings.unless(self._is_held))
        for scope in scopes:
            if scope not in self._streams:
                may_watch = scope in watched
                self._start(
                    Stream(scope, self._gateway, self, may_watch=may_watch, pace=self._pace, chance=self._chance)
                )
        for namespace in added | _namespaces_with_more(now, former):  # or with less
            self._side.mark(namespace)
        await self._tell(states=self.states)

    def _start(self, stream: Stream) -> None:
        assert self._tasks is not None, "it runs"
        self._streams[stream.scope] = (stream, self._tasks.create_task(self._follow(stream)))

    async def _follow(self, stream: Stream) -> None:
        await stream.run()
        # The whole cluster is refused: namespace by namespace then. The task ends when the streams are made anew.
        self._narrow.add(stream.scope.kind)
        self._narrowed.set()
        self._asked.set()

    async def _widen(self) -> None:
        """Ask now and then for what was refused in the whole cluster, and watch that again once it may be read.

        An API server that has just started refuses what it will allow a moment later, and a credential may be given
        more rights. What is watched namespace by namespace is left alone until then.
        """
        refusals = 0
        while True:
            await self._narrowed.wait()
            refusals += 1
            await asyncio.sleep(self._pace.after_refusal(refusals, self._chance))
            await self._alive.wait()
            wide = [scope.kind for scope in scopes_of(self._wanted) if scope.may_narrow]
            for kind in self._narrow.intersection(wide):
                if await self._may_read_all(kind):
                    self._narrow.discard(kind)
                    self._asked.set()
            if not self._narrow:
                self._narrowed.clear()

    async def _may_read_all(self, kind: Kind) -> bool:
        """Whether a first page of the whole cluster can be read: it takes no other right than watching does."""
        pages = self._gateway.list_records(kind, namespace=None, deadline=Deadline.after(self._pace.answer), small=True)
        try:
            async with aclosing(pages):
                await anext(pages)
        except ClusterError:
            return False
        return True

    async def _stop(self, scope: Scope) -> Stream:
        stream, task = self._streams.pop(scope)
        task.cancel()
        await asyncio.wait([task])
        return stream

    def _is_held(self, kind: Kind, namespace: str, record: LiveRecord | None) -> bool:
        if not self._is_watched(kind, namespace):
            return kind in SIDE_KINDS  # they come and go with what needs them
        return record is None or self._belongs(record)

    def _is_watched(self, kind: Kind, namespace: str) -> bool:
        return namespace in self._kinds.get(kind, ())

    def _is_listing(self, namespace: str) -> bool:
        """Whether a stream has not read yet what it is to watch there."""
        return any(each.state is StreamState.LISTING and each.namespace in {None, namespace} for each in self.states)

    def _belongs(self, record: LiveRecord) -> bool:
        namespace = record.key.namespace
        if not self._is_watched(record.key.kind, namespace):
            return False
        belonging = self._belonging.get(namespace)
        return belonging is None or belonging.holds(record)

    def _belonging_in(self, namespace: str) -> Belonging | None:
        """What belongs to app environments there; None where nothing is wanted."""
        if not any(namespace in namespaces for namespaces in self._kinds.values()):
            return None
        return self._belonging.get(namespace) or Belonging(())

    # What streams tell: `stream.Host` -------------------------------------------------------------------------

    async def put(self, records: Sequence[LiveRecord]) -> frozenset[RecordKey]:
        """Take what is wanted of these. Returns the keys of what was taken."""
        wanted = [record for record in records if self._belongs(record)]
        await self._tell(put=self._holdings.changed(wanted))
        return frozenset(record.key for record in wanted)

    async def listed(self, scope: Scope, seen: frozenset[RecordKey]) -> None:
        """The list is whole: what else is held in the scope is gone."""
        await self._tell(gone=self._holdings.beside(scope, seen))

    async def happened(self, events: Sequence[RecordEvent]) -> None:
        """Take these events; of several about one object the last one counts."""
        there: dict[RecordKey, LiveRecord] = {}
        gone: set[RecordKey] = set()
        for event in events:
            record = event.record
            if record is None:
                continue
            there.pop(record.key, None)
            if event.type != "DELETED" and self._belongs(record):
                there[record.key] = record
                gone.discard(record.key)
            else:
                gone.add(record.key)
        await self._tell(put=self._holdings.changed(there.values()), gone=self._holdings.held(gone) if gone else ())

    async def told(self, state: KindState) -> None:
        """The state of a scope has changed to this one."""
        await self._tell(states=(state,))

    def beside(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """A task that does this; what it raises ends the watcher."""
        assert self._tasks is not None, "it runs"
        return self._tasks.create_task(work)

    def suspect(self) -> None:
        """The cluster has not answered: find out whether it does."""
        self._suspected.set()

    async def alive(self) -> None:
        """Returns once the cluster answers, as far as it is known."""
        await self._alive.wait()

    async def _side_told(self, put: tuple[LiveRecord, ...], gone: tuple[RecordKey, ...]) -> None:
        await self._tell(put=put, gone=gone, of_side=True)

    async def _tell(
        self,
        *,
        put: tuple[LiveRecord, ...] = (),
        gone: tuple[RecordKey, ...] = (),
        states: tuple[KindState, ...] = (),
        of_side: bool = False,
    ) -> None:
        """Nothing is held before it has been told: a task that is cancelled in between tells it again."""
        if put or gone or states:
            await self._sink.take(Changes(cluster_id=self._cluster_id, put=put, gone=gone, states=states))
            self._holdings.take(put, gone)
        if not of_side:
            self._side.changed(put, gone)

    # Whether the cluster answers ------------------------------------------------------------------------------

    async def _probe(self) -> None:
        """Ask for the version while nothing is heard, and whenever the cluster is suspected not to answer."""
        failures, failed_at = 0, 0.0
        await self._quiet_for(self._pace.answer)  # a cluster that hangs from the beginning is known soon
        while True:
            self._suspected.clear()
            asked_at = time.monotonic()
            error = await self._asked_for_version()
            if error is None or self._heard_since(asked_at):
                await self._answers(down_until=failed_at if failures else None)
                failures = 0
            else:
                failures, failed_at = failures + 1, time.monotonic()
                self._alive.clear()
                for stream, _ in tuple(self._streams.values()):
                    await stream.silent(code=error.code, message=error.detail)
            if failures:
                await asyncio.sleep(self._pace.after(failures, self._chance))
            else:
                await self._quiet_for(spread(self._pace.quiet, self._chance))

    async def _quiet_for(self, seconds: float) -> None:
        """Return once nothing has been heard of any stream for so long, or the cluster is suspected."""
        left = seconds
        while left > 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await self._suspected.wait()
            if self._suspected.is_set():
                return
            heard = max((stream.heard for stream, _ in self._streams.values()), default=float("-inf"))
            left = seconds - (time.monotonic() - heard)
            await self._tell(states=self.states)  # since when they have been heard of

    async def _asked_for_version(self) -> ClusterError | None:
        """Why the cluster does not answer; None where it does, a refusal being an answer, or nothing is watched."""
        if not self._streams:
            return None
        self._gateway.allow_probe()
        try:
            await self._gateway.version(deadline=Deadline.after(self._pace.answer))
        except _NO_ANSWER as error:
            return error
        except ClusterError:
            return None
        return None

    def _heard_since(self, moment: float) -> bool:
        """Whether any stream was heard of since: then the cluster answers, though it may be too slow for a question."""
        return any(stream.heard > moment for stream, _ in self._streams.values())

    async def _answers(self, *, down_until: float | None) -> None:
        """It answers; `down_until` is when it last did not (monotonic), None where it did the last time, too."""
        self._alive.set()
        for stream, _ in tuple(self._streams.values()):
            await stream.answered()
        if down_until is None:
            return
        async with self._changing:
            for scope in [scope for scope, (stream, _) in self._streams.items() if stream.hangs(since=down_until)]:
                # It waits for an answer that will not come, or for its time to try again: the cluster is back now.
                # A list that goes on is left alone: on a slow cluster it would begin again and again.
                self._start(await self._stop(scope))


def _namespaces_with_more(former: Wanted, now: Wanted) -> frozenset[str]:
    """Where objects are wanted that were dropped before."""
    more = {namespace for namespace, own in now.resources.items() if own - former.resources.get(namespace, frozenset())}
    kinds = former.kinds
    return frozenset(more).union(*(each - kinds.get(kind, frozenset()) for kind, each in now.kinds.items()))
