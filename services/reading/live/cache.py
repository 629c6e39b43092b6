"""What this process keeps of all clusters: records, the states of their streams, and which places have to be judged.

In memory alone. What fills it, a watcher of this process or the follower of another one's, calls `take`.
"""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import takewhile
from types import MappingProxyType

from domain.resources import Kind
from services.planning.live.records import LiveRecord, RecordKey
from services.reading.live.changes import Changes, KindState
from services.reading.live.judging import ANY_WORKLOAD, Named, workloads_of
from services.reading.live.resting import Resting
from services.reading.live.standing import STANDS

Records = Mapping[tuple[str, str], tuple[LiveRecord, ...]]
"""By group and name of a kind: clusters serve it in different versions."""

_NONE: Records = MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class Marks:
    """What has changed since it was asked last.

    `workloads` by the id of a cluster and a namespace there: whose objects have changed, `ANY_WORKLOAD` among them
    where that cannot be told. `states` are those of all streams of the clusters where one has changed: what they say
    is known has its records in the cache by now.
    """

    workloads: Mapping[tuple[str, str], frozenset[Named]]
    states: Mapping[str, tuple[KindState, ...]]


@dataclass
class _Cluster:
    """`records` by namespace, then by group and name of the kind, then by name."""

    records: dict[str, dict[tuple[str, str], dict[str, LiveRecord]]] = field(default_factory=dict)
    states: dict[tuple[Kind, str | None], KindState] = field(default_factory=dict)


class LiveCache:
    """The records of all clusters. `woken` is set whenever there are new marks; `change` counts what changes."""

    def __init__(self) -> None:
        self._clusters: dict[str, _Cluster] = {}
        self._workloads: dict[tuple[str, str], set[Named]] = {}
        self._restated: set[str] = set()
        self._changes: dict[tuple[str, str], int] = {}  # the spots that changed last come last
        self.change = 0
        self.woken = asyncio.Event()
        self.resting = Resting()

    async def take(self, changes: Changes) -> None:
        """As `apply`: a cache is a `Sink`."""
        self.apply(changes)

    def apply(self, changes: Changes) -> None:
        """Take over what changed on one cluster."""
        cluster = self._clusters.setdefault(changes.cluster_id, _Cluster())
        for record in changes.put:
            self._put(changes.cluster_id, cluster, record)
        self.resting.take(changes.cluster_id, changes.put)
        for key in changes.gone:
            self._remove(changes.cluster_id, cluster, key)
        self.resting.drop(changes.cluster_id, changes.gone)
        for state in changes.states:
            scope = (state.kind, state.namespace)
            former = cluster.states.get(scope)
            cluster.states[scope] = now = _after(former, state)
            if former is None or _as_shown(former) != _as_shown(now):
                self._restated.add(changes.cluster_id)
        self._wake()

    def restate(self, cluster_id: str, states: Iterable[KindState]) -> None:
        """These are all the streams that the cluster has: those of kinds that nobody wants any more are gone."""
        cluster = self._clusters.setdefault(cluster_id, _Cluster())
        former = cluster.states
        cluster.states = {
            (each.kind, each.namespace): _after(former.get((each.kind, each.namespace)), each) for each in states
        }
        if {key: _as_shown(each) for key, each in former.items()} != {
            key: _as_shown(each) for key, each in cluster.states.items()
        }:
            self._restated.add(cluster_id)
        self._wake()

    def forget(self, cluster_id: str) -> None:
        """Drop a cluster that was deleted."""
        gone = self._clusters.pop(cluster_id, None)
        if gone is not None:
            for namespace in gone.records:
                self._mark(cluster_id, namespace, (ANY_WORKLOAD,))
            for spot in [each for each in self._changes if each[0] == cluster_id]:
                del self._changes[spot]
            self._restated.add(cluster_id)
        self._wake()

    def clusters(self) -> tuple[str, ...]:
        """The ids of the clusters of which anything is kept."""
        return tuple(self._clusters)

    def states(self, cluster_id: str) -> tuple[KindState, ...]:
        """The streams of a cluster; none where it was never watched."""
        cluster = self._clusters.get(cluster_id)
        return tuple(cluster.states.values()) if cluster else ()

    def heard_at(self, cluster_id: str, streams: Iterable[tuple[Kind, str | None]]) -> datetime | None:
        """When that of these streams was heard of that has been silent for longest; None where one is no more."""
        cluster = self._clusters.get(cluster_id)
        found = [cluster.states.get(each) for each in streams] if cluster else []
        heard = [each.heard_at for each in found if each is not None and each.heard_at is not None]
        return min(heard, default=None) if len(heard) == len(found) else None

    def records(self, cluster_id: str, namespace: str) -> Records:
        """The records of a namespace; "" is what has none, as nodes. A copy, which another thread may read."""
        cluster = self._clusters.get(cluster_id)
        found = cluster.records.get(namespace) if cluster else None
        return {kind: tuple(named.values()) for kind, named in found.items()} if found else _NONE

    def find(self, cluster_id: str, namespace: str, kind: tuple[str, str], name: str) -> LiveRecord | None:
        """One record, by the group and name of its kind."""
        cluster = self._clusters.get(cluster_id)
        found = cluster.records.get(namespace) if cluster else None
        return found.get(kind, {}).get(name) if found else None

    def keys(self, cluster_id: str) -> tuple[RecordKey, ...]:
        """The keys of all records of a cluster."""
        cluster = self._clusters.get(cluster_id)
        kinds = (kinds for kinds in cluster.records.values()) if cluster else ()
        return tuple(record.key for each in kinds for named in each.values() for record in named.values())

    def count(self, cluster_id: str) -> int:
        """How many records are kept of a cluster."""
        cluster = self._clusters.get(cluster_id)
        return sum(len(named) for kinds in cluster.records.values() for named in kinds.values()) if cluster else 0

    def changed_since(self, change: int) -> tuple[tuple[str, str], ...]:
        """The ids of clusters, and namespaces there, where something has changed after `change` was this number."""
        later = takewhile(lambda each: each[1] > change, reversed(self._changes.items()))
        return tuple(spot for spot, _ in later)

    def marks(self) -> Marks:
        """What has changed since the last call."""
        found = Marks(
            workloads={spot: frozenset(names) for spot, names in self._workloads.items()},
            states={cluster_id: self.states(cluster_id) for cluster_id in self._restated},
        )
        self._workloads.clear()
        self._restated.clear()
        self.woken.clear()
        return found

    def _put(self, cluster_id: str, cluster: _Cluster, record: LiveRecord) -> None:
        key = record.key
        kinds = cluster.records.setdefault(key.namespace, {})
        named = kinds.setdefault((key.kind.group, key.kind.name), {})
        former = named.get(key.name)
        named[key.name] = record
        if former is None or not former.same(record):
            self._mark(cluster_id, key.namespace, workloads_of(record))
            if former is not None and former.controller != record.controller:
                self._mark(cluster_id, key.namespace, workloads_of(former))

    def _remove(self, cluster_id: str, cluster: _Cluster, key: RecordKey) -> None:
        kinds = cluster.records.get(key.namespace, {})
        named = kinds.get((key.kind.group, key.kind.name), {})
        former = named.pop(key.name, None)
        if former is None:
            return
        self._mark(cluster_id, key.namespace, workloads_of(former))
        if not named:
            del kinds[(key.kind.group, key.kind.name)]
        if not kinds:
            del cluster.records[key.namespace]

    def _mark(self, cluster_id: str, namespace: str, workloads: Iterable[Named]) -> None:
        spot = (cluster_id, namespace)
        self._workloads.setdefault(spot, set()).update(workloads)
        self.change += 1
        self._changes.pop(spot, None)
        self._changes[spot] = self.change

    def _wake(self) -> None:
        if self._workloads or self._restated:
            self.woken.set()


def _after(former: KindState | None, state: KindState) -> KindState:
    """The state, with what another stream of the same scope knew: when it was heard of, and since when it is down.

    A stream is made anew where more is wanted of its kind, and tries again and again while its cluster is away.
    """
    if former is None:
        return state
    heard_at = state.heard_at or former.heard_at
    down = former.state not in STANDS and state.state not in STANDS
    return replace(state, heard_at=heard_at, since=former.since if down else state.since)


def _as_shown(state: KindState) -> tuple[object, ...]:
    """All but when it was last heard of, which changes with every bookmark."""
    return (state.state, state.since, state.code, state.message)
