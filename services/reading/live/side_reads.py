"""Lists beside the watched kinds what explains a workload that its status does not decide, while it is so.

ReplicaSets, revisions, events and nodes are many, change often and matter seldom. They are kept and told as records
like the rest, so every process judges by them; they are gone again when nothing needs them any more.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Iterable
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import UTC, datetime

from domain.resources import Kind
from services.kube.deadline import Deadline
from services.kube.errors import ClusterError
from services.kube.gateway import WatchedCluster
from services.planning.health.rollout_drivers import DRIVERS
from services.planning.live.belonging import Belonging
from services.planning.live.needs import CONTROLLER_REVISIONS, EVENTS, NODES, REPLICA_SETS, Looking, Needs
from services.planning.live.records import LiveRecord, RecordKey
from services.planning.live.shapes import Event
from services.precedence import PRECEDENCE
from services.reading.live.holdings import Holdings
from services.reading.live.pace import Pace
from services.reading.live.scopes import Scope

SIDE_KINDS = frozenset({REPLICA_SETS, CONTROLLER_REVISIONS, EVENTS, NODES, *DRIVERS})
_SECONDS = 10.0  # for one list
_LARGE = 500  # records of a namespace, from which on a thread looks at them
_MOST_NODES = 20
_CLAIM = "PersistentVolumeClaim"

Told = Callable[[tuple[LiveRecord, ...], tuple[RecordKey, ...]], Awaitable[None]]


@dataclass
class _Namespace:
    """`changed`: since it was looked at last. Times are seconds on the monotonic clock.

    `listed`: it has been read once. `looked_at` is when that was, before the first look.
    """

    listed: bool = False
    changed: bool = True
    needs: Needs = field(default_factory=Needs)
    looking: Looking = field(default_factory=Looking)
    looked_at: float = float("-inf")
    nodes_read_at: float = float("-inf")

    def is_due(self, now: float, pace: Pace) -> bool:
        if now - self.looked_at < pace.beside:
            return False
        wait = pace.revisions if self.needs.revisions else float("inf")
        wait = min(wait, pace.nodes) if self.needs.nodes else wait
        return self.changed or self.needs.events or now - self.looked_at >= wait


class SideReads:
    """Those of one cluster. `watched` tells whether a kind is watched anyway, `of` what belongs to a namespace.

    `listing` tells whether workloads or pods of a namespace are being listed: a first look waits for that. What has
    been read by half decides nothing, and a process that starts has enough to do.
    """

    def __init__(
        self,
        gateway: WatchedCluster,
        holdings: Holdings,
        told: Told,
        *,
        watched: Callable[[Kind, str], bool],
        listing: Callable[[str], bool],
        of: Callable[[str], Belonging | None],
        pace: Pace,
    ) -> None:
        self._gateway = gateway
        self._holdings = holdings
        self._told = told
        self._watched = watched
        self._listing = listing
        self._of = of
        self._pace = pace
        self._namespaces: dict[str, _Namespace] = {}
        self._refused: dict[Kind, float] = {}
        self._woken = asyncio.Event()

    def mark(self, namespace: str) -> None:
        """Something has changed there."""
        if namespace:
            self._namespaces.setdefault(namespace, _Namespace()).changed = True
            self._woken.set()

    def changed(self, put: Iterable[LiveRecord], gone: Iterable[RecordKey]) -> None:
        """These records have changed: look again where that may matter."""
        for record in put:
            known = self._namespaces.get(record.key.namespace)
            if known is None or (not known.changed and known.looking.may_change(record)):
                self.mark(record.key.namespace)
        for namespace in {key.namespace for key in gone}:
            self.mark(namespace)

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            now = time.monotonic()
            for namespace, known in tuple(self._namespaces.items()):
                if not known.listed:
                    known.listed, known.looked_at = not self._listing(namespace), now
                elif known.is_due(now, self._pace):
                    await PRECEDENCE.give_way()
                    await self._look(namespace, known)
            waiting = any(known.changed or known.needs.any for known in self._namespaces.values())
            if not waiting:
                await self._woken.wait()
            self._woken.clear()
            await asyncio.sleep(self._pace.beside / 4)

    async def _look(self, namespace: str, known: _Namespace) -> None:
        known.changed, known.looked_at = False, time.monotonic()
        belonging = self._of(namespace)
        records = self._holdings.of(namespace)
        if belonging is None:
            known.needs = Needs()
            del self._namespaces[namespace]
        elif len(records) >= _LARGE:
            known.needs = await asyncio.to_thread(known.looking.needs, records, now=datetime.now(UTC))
        else:
            known.needs = known.looking.needs(records, now=datetime.now(UTC))
        for kind in (REPLICA_SETS, CONTROLLER_REVISIONS, EVENTS, *DRIVERS):
            if self._watched(kind, namespace):
                continue
            needed = kind in known.needs.revisions or (kind == EVENTS and known.needs.events)
            await self._read(kind, namespace, belonging if needed else None)
        await self._read_nodes(known)

    async def _read(self, kind: Kind, namespace: str, belonging: Belonging | None) -> None:
        """List what belongs there; where it is None, nothing of the kind is needed any more."""
        found: list[LiveRecord] = []
        if belonging is not None:
            await PRECEDENCE.give_way()
            try:
                found = await self._listed(kind, namespace, belonging)
            except ClusterError as error:
                if not error.terminal:
                    return  # what was read before says more than nothing
                self._refused[kind] = time.monotonic()
        seen = {record.key for record in found}
        gone = self._holdings.beside(Scope(kind=kind, namespace=namespace), seen)
        put = self._holdings.changed(found)
        if put or gone:
            await self._told(put, gone)

    async def _listed(self, kind: Kind, namespace: str, belonging: Belonging) -> list[LiveRecord]:
        if time.monotonic() - self._refused.get(kind, float("-inf")) < self._pace.refused:
            return []
        if kind in DRIVERS:
            served = await self._gateway.served_kinds(deadline=Deadline.after(_SECONDS))
            if served.find(kind) is None:  # as on most clusters, and discovery is not read again for it
                return []
        found: list[LiveRecord] = []
        # Every two seconds for each namespace where something is rolled out: a handshake each would cost more.
        pages = self._gateway.list_records(kind, namespace=namespace, deadline=Deadline.after(_SECONDS), small=True)
        async with aclosing(pages):
            async for page in pages:
                found += page.records
        if kind != EVENTS:
            return [record for record in found if belonging.holds(record)]
        held = {(record.key.kind.name, record.key.name) for record in self._holdings.of(namespace)}
        return [record for record in found if _is_about(record, held)]

    async def _read_nodes(self, known: _Namespace) -> None:
        """Nodes belong to the cluster: those stay that any namespace needs."""
        needed = sorted(frozenset().union(*(each.needs.nodes for each in self._namespaces.values())))[:_MOST_NODES]
        scope = Scope(kind=NODES, namespace=None)
        keys = {RecordKey(kind=NODES, namespace="", name=name) for name in needed}
        gone = self._holdings.beside(scope, keys)
        put: tuple[LiveRecord, ...] = ()
        if known.needs.nodes and time.monotonic() - known.nodes_read_at >= self._pace.nodes:
            known.nodes_read_at = time.monotonic()
            put = self._holdings.changed(await self._nodes(sorted(known.needs.nodes)[:_MOST_NODES]))
        if put or gone:
            await self._told(put, gone)

    async def _nodes(self, names: Iterable[str]) -> list[LiveRecord]:
        """Those that may be read: the credential of one namespace may not, and what pods say suffices then."""
        found: list[LiveRecord] = []
        for name in names:
            if time.monotonic() - self._refused.get(NODES, float("-inf")) < self._pace.refused:
                break
            try:
                record = await self._gateway.record(NODES, name, namespace=None, deadline=Deadline.after(_SECONDS))
            except ClusterError as error:
                if error.terminal:
                    self._refused[NODES] = time.monotonic()
                continue
            found += [record] if record is not None else []
        return found


def _is_about(event: LiveRecord, held: Collection[tuple[str, str]]) -> bool:
    """Whether it is about something that is kept, or about a volume claim, for which a pod may wait."""
    body = event.body
    about = body.involved_object if isinstance(body, Event) else None
    return about is not None and (about.kind == _CLAIM or (about.kind, about.name) in held)
