"""Records what happens in app environments: rollouts, bad health, restarts, scaling, clusters that cannot be read.

What it remembers is written with the events, fenced by the lease's epoch: whoever takes over goes on from there, and
tells nothing twice.
"""

import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from db.base import new_id
from db.transaction import Database
from domain.resources import ResourceId
from services.planning.live.records import LiveRecord
from services.planning.overviews.values import SeenCluster
from services.planning.timeline.kept import PlaceKept
from services.planning.timeline.seen import (
    ClusterSeen,
    ContainerRestarts,
    custom_seen,
    missing,
    restarts_of,
    workload_seen,
)
from services.planning.timeline.steps import HOUR, Step, step, within_limit
from services.reading.live.cache import LiveCache
from services.reading.live.judging import Named, workloads_of
from services.reading.live.looking import Leases, Looking
from services.reading.live.picture import Picture
from services.reading.live.place_rows import Places
from services.reading.live.places import Place, PlaceKey, PlacesNow
from services.reading.live.standing import NEVER_READ

KEPT = timedelta(days=90)  # as divergences and image pushes are
_PODS = ("", "Pod")
_AT_THE_NEXT_LOOK = datetime.min.replace(tzinfo=UTC)
Restarts = Mapping[Named, list[ContainerRestarts]]
"""By the kind and name of a workload."""


@dataclass(frozen=True, kw_only=True)
class _Kept:
    """What is remembered of a place under one lease; `known` is None before the first look at it."""

    id: str
    known: PlaceKept | None


class Recording(Looking[Step]):
    """Looks at the places whose primary cluster this process watches."""

    _failure = "an app environment's events were not recorded"

    def __init__(
        self,
        db: Database,
        places: Places,
        picture: Picture,
        cache: LiveCache,
        leases: Leases,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(db, places, picture, leases, clock=clock, timer=timer)
        self._cache = cache
        self._change = cache.change
        self._kept: dict[PlaceKey, _Kept] = {}
        self._pods = _PodRestarts()

    def _is_observed(self, place: Place) -> bool:
        return _is_observed(place)

    async def _prepare(self, due: Sequence[tuple[Place, int]]) -> None:
        """What a former owner remembered of places that have just come to this process."""
        lacking = {place.target.id: place.key for place, _ in due if place.target.id and place.key not in self._kept}
        if not lacking:
            return
        async with self._db.autocommit_read() as tx:
            states = await tx.timelines.states(lacking)
        for id_, key in lacking.items():
            state = states.get(id_)
            self._kept[key] = _Kept(id=id_, known=PlaceKept.from_json(state) if state is not None else None)

    def _find(self, place: Place, now: datetime) -> Step | None:
        kept = self._kept.get(place.key)
        if kept is None:
            return None
        operation = place.target.active_operation
        return step(kept.known, self._seen(place), operation=operation, now=now, new_id=new_id)

    async def _keep(self, place: Place, epoch: int, found: Step) -> bool:
        was = self._kept.pop(place.key)  # until it is known that what is written was
        if found.kept != was.known:
            written = await self._write(place, epoch, found)
            if written is None:
                return False
            found = written
        self._kept[place.key] = _Kept(id=was.id, known=found.kept)
        return True

    def _again_at(self, key: PlaceKey) -> datetime | None:
        known = self._kept[key].known
        return _AT_THE_NEXT_LOOK if known is not None and known.waits else None

    def _forget(self, key: PlaceKey) -> None:
        self._kept.pop(key, None)

    async def _leave(self, places: PlacesNow, left: Collection[PlaceKey]) -> None:
        """End what went on where nobody may look any more."""
        ended = [
            self._kept[key].id
            for key in left
            if key in self._kept and (place := places.by_key.get(key)) is not None and not _is_observed(place)
        ]
        if ended:
            async with self._db.begin() as tx:
                await tx.timelines.end(ended)

    def _kept_up(self) -> None:
        self._pods.keep({spot for key in self._mine for spot in _spots(self._present.by_key[key])})

    def _stirred(self) -> Iterable[PlaceKey]:
        """Where a container of a workload that goes on being ready was restarted, the picture is as before."""
        since, self._change = self._change, self._cache.change
        for spot in self._cache.changed_since(since):
            for place in self._present.by_namespace.get(spot, ()):
                yield place.key

    async def _write(self, place: Place, epoch: int, found: Step) -> Step | None:
        """Write what is told, as much as may be; None where another process has the lease, or the place is gone."""
        target = place.target
        assert target.id is not None, "it is observed"
        async with self._db.begin() as tx:
            if not await tx.divergences.is_watched_by(target.environment.clusters[0].id, epoch):
                return None
            if await tx.app_environments.state(target.id) is None:
                return None
            if found.new:
                now = self._clock()
                recorded = await tx.timelines.recorded_since(target.id, now - HOUR)
                found = within_limit(found, recorded=recorded, now=now, new_id=new_id)
            await tx.timelines.write(target.id, new=found.new, changed=found.changed, state=found.kept.to_json())
        return found

    async def _tidy(self, now: datetime) -> None:
        places = (await self._places.current()).all  # also where they have not been read yet
        observed = [each.target.id for each in places if each.target.id is not None and _is_observed(each)]
        async with self._db.begin() as tx:
            await tx.timelines.forget(before=now - KEPT)
            await tx.timelines.end_all_but(observed)

    # What is seen

    def _seen(self, place: Place) -> list[ClusterSeen]:
        shown = self._picture.clusters(place)
        clusters = place.target.environment.clusters
        return [self._on(place, cluster.id, each) for cluster, each in zip(clusters, shown, strict=True)]

    def _on(self, place: Place, cluster_id: str, seen: SeenCluster) -> ClusterSeen:
        failure = seen.failure
        if failure is not None and failure == NEVER_READ.failure:
            failure = None
        if failure is not None or not seen.live or seen.facts is None:
            return ClusterSeen(id=cluster_id, name=seen.cluster, failure=failure, since=seen.since)
        records = self._cache.records(cluster_id, place.namespace or "")
        restarts = self._pods.by_workload((cluster_id, place.namespace or ""), records.get(_PODS, ()))
        named = {
            (kind, each.key.name): each
            for kind, found in records.items()
            if kind in {one.group_kind for one in place.workloads}
            for each in found
        }
        return ClusterSeen(
            id=cluster_id,
            name=seen.cluster,
            workloads=(
                *(
                    workload_seen(
                        each, named.get((each.resource.group_kind, each.resource.name)), _of(restarts, each.resource)
                    )
                    for each in seen.facts.workloads
                ),
                *map(missing, seen.facts.missing),
                *map(custom_seen, seen.facts.custom),
            ),
        )


class _PodRestarts:
    """The restarts of the pods of namespaces; a pod's record is read once as long as it stays the same."""

    def __init__(self) -> None:
        self._read: dict[tuple[str, str], dict[str, tuple[LiveRecord, tuple[ContainerRestarts, ...]]]] = {}

    def by_workload(self, spot: tuple[str, str], pods: Iterable[LiveRecord]) -> Restarts:
        former, now = self._read.get(spot, {}), {}
        found: dict[Named, list[ContainerRestarts]] = {}
        for record in pods:
            known = former.get(record.key.name)
            entry = known if known is not None and known[0] is record else (record, restarts_of(record))
            now[record.key.name] = entry
            for workload in workloads_of(record) if entry[1] else ():
                found.setdefault(workload, []).extend(entry[1])
        self._read[spot] = now
        return found

    def keep(self, spots: Collection[tuple[str, str]]) -> None:
        """Drop what was read of other namespaces."""
        for spot in self._read.keys() - spots:
            del self._read[spot]


def _of(restarts: Restarts, resource: ResourceId) -> list[ContainerRestarts]:
    return restarts.get((resource.kind.name, resource.name), [])


def _is_observed(place: Place) -> bool:
    """Whether what runs there is Stagecoach's to look at, and there is a cluster whose owner does."""
    return place.target.id is not None and place.namespace is not None and bool(place.target.environment.clusters)


def _spots(place: Place) -> Iterable[tuple[str, str]]:
    return ((cluster.id, place.namespace or "") for cluster in place.target.environment.clusters)
