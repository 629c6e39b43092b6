"""Keeps the judgement of each place on each of its clusters, and judges those again of which something has changed.

Time changes judgements as well: patience ends, a container that crashed has run for long enough. What is only waited
for is on the timer, since a clock may be set back by much.
"""

import asyncio
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from services.planning.health.values import HealthPolicy
from services.planning.images.running import ClusterFacts
from services.precedence import PRECEDENCE
from services.reading.live.cache import LiveCache, Marks
from services.reading.live.judging import ANY_WORKLOAD, Named, Namespace, judged, judged_again_in
from services.reading.live.places import Place, PlaceKey, PlacesNow, declared_in

BREATH = 0.001  # seconds of work after which others have their turn: a request takes several turns of all that work
_LARGE = 400  # records of a namespace from which on a thread judges it, so that nobody waits for it
_LONG = 0.02  # seconds
_SHARE = 10  # a place that took so long is not judged again before this many times as long has passed
AFTER_A_BUG = 60.0  # seconds until what failed by a mistake of this program is tried again
_log = structlog.get_logger(__name__)
Spot = tuple[str, str]
"""The id of a cluster, and a namespace there."""
Unit = tuple[PlaceKey, str]
"""A place on the cluster with this id."""


@dataclass(frozen=True, kw_only=True)
class _Judged:
    """`changed_at` is when an object changed last by which it is judged, on the timer."""

    facts: ClusterFacts
    changed_at: float


class Judgements:
    """What is known of each place on each cluster. `count` is how many judgements have been made."""

    def __init__(self, cache: LiveCache, *, policy: HealthPolicy, timer: Callable[[], float] = time.monotonic) -> None:
        """`timer` counts seconds, whatever becomes of the clock."""
        self._cache = cache
        self._policy = policy
        self._timer = timer
        self._places = PlacesNow()
        self._known: dict[Unit, _Judged] = {}
        self._dirty: set[Unit] = set()
        self._due: dict[Unit, float] = {}  # on the timer
        self._not_before: dict[Unit, float] = {}
        self.count = 0

    def facts(self, place: Place, cluster_id: str) -> ClusterFacts | None:
        """The last judgement; None before the first."""
        found = self._known.get((place.key, cluster_id))
        return found.facts if found is not None else None

    def is_waiting(self, place: Place, cluster_id: str) -> bool:
        """Whether something has changed since the last judgement."""
        return (place.key, cluster_id) in self._dirty

    def place(self, places: PlacesNow) -> None:
        """These are the places from now on: those that run elsewhere, or have other workloads, are judged anew."""
        former, self._places = self._places, places
        if places.rows_are(former):
            return  # a judgement depends on nothing beside them
        for key, place in places.by_key.items():
            was = former.by_key.get(key)
            if was is place:
                continue
            if was is None or as_judged(was) != as_judged(place):
                self._move(was, place)
        for key in former.by_key.keys() - places.by_key.keys():
            for cluster in former.by_key[key].target.environment.clusters:
                self._drop((key, cluster.id))

    def next_at(self) -> float | None:
        """When time will have changed a judgement, on the timer; None where it cannot."""
        held = [at for unit, at in self._not_before.items() if unit in self._dirty]
        return min([*self._due.values(), *held], default=None)

    async def judge(self, marks: Marks, *, now: datetime) -> set[PlaceKey]:
        """Judge all that has changed, or whose time has come. Returns the places that are judged otherwise now."""
        for spot, names in marks.workloads.items():
            self._dirty |= self._below(spot, names)
        changed: set[PlaceKey] = set()
        at, began = self._timer(), time.monotonic()
        for (cluster_id, namespace), places in self._next(at):
            try:
                changed |= await self._judge(cluster_id, namespace, places, now=now, at=at)
            except Exception as error:  # noqa: BLE001 - a bug: it must not keep all others from being judged
                _log.error("a namespace was not judged", cluster=cluster_id, namespace=namespace, exc_info=error)
                self._try_later({(place.key, cluster_id) for place in places}, at)
            if time.monotonic() - began > BREATH:
                await PRECEDENCE.give_way()
                began = time.monotonic()
        return changed

    def _try_later(self, units: set[Unit], at: float) -> None:
        self._dirty |= units
        self._not_before.update(dict.fromkeys(units, at + AFTER_A_BUG))

    def _below(self, spot: Spot, names: frozenset[Named]) -> set[Unit]:
        """The places to which these workloads belong, or that an object may concern of which that is not known."""
        cluster_id, namespace = spot
        if not namespace:  # nodes and the like may explain whatever is not decided there
            return {unit for unit in self._due if unit[1] == cluster_id}
        places = self._places.by_namespace.get(spot, ())
        if ANY_WORKLOAD in names:
            return {(place.key, cluster_id) for place in places}
        return {(place.key, cluster_id) for place in places if not names.isdisjoint(place.names)}

    def _next(self, at: float) -> Iterable[tuple[Spot, list[Place]]]:
        """What is to be judged now, by cluster and namespace.

        What takes long comes last, so that nobody waits for it.
        """
        found: dict[Spot, list[Place]] = {}
        ready = self._dirty | {unit for unit, due in self._due.items() if due <= at}
        for unit in sorted(ready, key=lambda unit: (unit in self._not_before, unit)):
            place = self._places.by_key.get(unit[0])
            if place is None or place.namespace is None or not place.is_on(unit[1]):
                self._drop(unit)
            elif self._not_before.get(unit, at) <= at:
                found.setdefault((unit[1], place.namespace), []).append(place)
        return tuple(found.items())

    async def _judge(
        self, cluster_id: str, namespace: str, places: list[Place], *, now: datetime, at: float
    ) -> set[PlaceKey]:
        units = [(place.key, cluster_id) for place in places]
        dirty = self._dirty.intersection(units)
        self._dirty.difference_update(units)
        cluster = self._places.clusters.get(cluster_id)
        if cluster is None:
            for unit in units:
                self._drop(unit)
            return set()
        found = Namespace(
            cluster=cluster.name,
            records=self._cache.records(cluster_id, namespace),
            cluster_wide=self._cache.records(cluster_id, ""),
        )
        asked = [(*place.workloads, *place.custom) for place in places]
        declared = declared_in(places)
        began = self._timer()
        if found.size > _LARGE:
            facts = await asyncio.to_thread(judged, found, asked, now=now, policy=self._policy, declared=declared)
        else:
            facts = judged(found, asked, now=now, policy=self._policy, declared=declared)
        took = (self._timer() - began) / len(units)
        self.count += len(units)
        changed = set()
        for place, unit, one in zip(places, units, facts, strict=True):
            present = self._places.by_key.get(place.key)
            if present is not place and (present is None or as_judged(present) != as_judged(place)):
                self._dirty.add(unit)  # it was moved or deleted meanwhile: what it was judged by is elsewhere
                continue
            if self._keep(unit, one, dirty=unit in dirty, at=at, took=took):
                changed.add(unit[0])
        return changed

    def _keep(self, unit: Unit, facts: ClusterFacts, *, dirty: bool, at: float, took: float) -> bool:
        former = self._known.get(unit)
        changed_at = former.changed_at if former is not None and not dirty else at
        self._known[unit] = _Judged(facts=facts, changed_at=changed_at)
        again = judged_again_in(facts, unchanged_for=timedelta(seconds=at - changed_at))
        self._due.pop(unit, None)
        self._not_before.pop(unit, None)
        if again is not None:
            self._due[unit] = at + again.total_seconds()
        if took > _LONG:
            self._not_before[unit] = at + took * _SHARE
        return former is None or former.facts != facts

    def _move(self, was: Place | None, place: Place) -> None:
        there = {cluster.id for cluster in place.target.environment.clusters}
        if was is not None:
            moved = was.namespace != place.namespace
            for cluster in was.target.environment.clusters:
                if moved or cluster.id not in there:
                    self._drop((was.key, cluster.id))
        if place.namespace is not None:
            self._dirty |= {(place.key, cluster_id) for cluster_id in there}

    def _drop(self, unit: Unit) -> None:
        self._dirty.discard(unit)
        self._known.pop(unit, None)
        self._due.pop(unit, None)
        self._not_before.pop(unit, None)


def as_judged(place: Place) -> tuple[object, ...]:
    """What of a place's rows its judgement depends on."""
    clusters = tuple((each.id, each.name) for each in place.target.environment.clusters)
    return (place.namespace, place.workloads, place.custom, place.target.declared, clusters)
