"""Records what happens in app environments: rollouts, bad health, restarts, scaling, clusters that cannot be read.

Every process has the whole picture; of an app environment, the process that watches the primary cluster of its
environment writes. What it remembers is written with the events, fenced by the lease's epoch: whoever takes over goes
on from there, and tells nothing twice.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog

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
from services.precedence import PRECEDENCE
from services.reading.live.cache import LiveCache
from services.reading.live.diverging import Leases
from services.reading.live.judgements import AFTER_A_BUG, BREATH
from services.reading.live.judging import Named, workloads_of
from services.reading.live.picture import Picture
from services.reading.live.place_rows import Places
from services.reading.live.places import Place, PlaceKey
from services.reading.live.standing import NEVER_READ

KEPT = timedelta(days=90)  # as divergences and image pushes are
_TIDY_EVERY = timedelta(hours=1)
_PODS = ("", "Pod")
_log = structlog.get_logger(__name__)
Restarts = Mapping[Named, list[ContainerRestarts]]
"""By the kind and name of a workload."""


@dataclass(frozen=True, kw_only=True)
class _Kept:
    """What is remembered of a place under one lease; `known` is None before the first look at it.

    `changes` are the numbers of the last changes in its namespaces, as of the last look.
    """

    id: str
    epoch: int
    known: PlaceKept | None
    changes: tuple[int, ...] = ()


class Recording:
    """Looks at the places whose primary cluster this process watches."""

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
        self._db = db
        self._places = places
        self._picture = picture
        self._cache = cache
        self._leases = leases
        self._clock = clock
        self._timer = timer
        self._kept: dict[PlaceKey, _Kept] = {}
        self._not_before: dict[PlaceKey, float] = {}  # on the timer
        self._pods = _PodRestarts()
        self._revision: int | None = None
        self._tidied_at: datetime | None = None

    async def run(self, *, pause: Callable[[float], Awaitable[None]] = asyncio.sleep, every: float = 1.0) -> None:
        """Look every so many seconds, until cancelled. Raises what the database raises."""
        while True:
            await PRECEDENCE.give_way()
            await self.look()
            await pause(every)

    async def look(self) -> None:
        """Look at the places that have changed, and where something is under way. Raises what the database raises."""
        by_key = self._places.now.by_key
        revision = self._picture.revision
        changed = None if self._revision is None else self._picture.changes_after(self._revision)
        now = self._clock()
        mine = {key: epoch for key in by_key if (epoch := self._epoch(by_key[key])) is not None}
        await self._leave(by_key, mine)
        due = [key for key, epoch in mine.items() if self._is_due(by_key[key], epoch, changed)]
        await self._remember([(by_key[key], mine[key]) for key in due])
        began = time.monotonic()
        for key in due:
            await self._step(by_key[key], now)
            if time.monotonic() - began > BREATH:
                await asyncio.sleep(0)
                began = time.monotonic()
        self._revision = revision
        await self._tidy(now)

    def _epoch(self, place: Place) -> int | None:
        """The epoch under which this process writes what happens there; None: it does not."""
        return self._leases.epoch(place.target.environment.clusters[0].id) if _is_observed(place) else None

    async def _leave(self, by_key: Mapping[PlaceKey, Place], mine: Collection[PlaceKey]) -> None:
        """Forget the places that are another process's, and end what went on where nobody may look any more."""
        ended = []
        for key in self._kept.keys() - mine:
            left = self._kept.pop(key)
            place = by_key.get(key)
            if place is not None and not _is_observed(place):
                ended.append(left.id)
        if ended:
            async with self._db.begin() as tx:
                await tx.timelines.end(ended)
        self._pods.keep({spot for key in mine for spot in _spots(by_key[key])})

    def _is_due(self, place: Place, epoch: int, changed: Collection[PlaceKey] | None) -> bool:
        """Also where a container of a workload that goes on being ready was restarted: the picture is as before."""
        if (at := self._not_before.get(place.key)) is not None:
            if self._timer() < at:
                return False
            del self._not_before[place.key]
        kept = self._kept.get(place.key)
        if kept is None or kept.epoch != epoch or kept.known is None or changed is None:
            return True
        return kept.known.waits or place.key in changed or kept.changes != self._changes(place)

    def _changes(self, place: Place) -> tuple[int, ...]:
        return tuple(self._cache.changes(*spot) for spot in _spots(place))

    async def _remember(self, places: Iterable[tuple[Place, int]]) -> None:
        """Read what a former owner remembered of places that have just come to this process."""
        lacking = {
            place.target.id: (place.key, epoch)
            for place, epoch in places
            if place.target.id is not None and ((kept := self._kept.get(place.key)) is None or kept.epoch != epoch)
        }
        if not lacking:
            return
        async with self._db.autocommit_read() as tx:
            states = await tx.timelines.states(lacking)
        for id_, (key, epoch) in lacking.items():
            state = states.get(id_)
            self._kept[key] = _Kept(
                id=id_, epoch=epoch, known=PlaceKept.from_json(state) if state is not None else None
            )

    async def _step(self, place: Place, now: datetime) -> None:
        was = self._kept.pop(place.key, None)  # until it is known that what is written was
        if was is None:
            return
        changes = self._changes(place)
        try:
            found = step(was.known, self._seen(place), operation=place.target.active_operation, now=now, new_id=new_id)
        except Exception as error:  # noqa: BLE001 - a bug: it must not keep all others from being recorded
            _log.error("an app environment's events were not recorded", app_environment=was.id, exc_info=error)
            self._not_before[place.key] = self._timer() + AFTER_A_BUG
            return
        if found.kept != was.known:
            written = await self._write(place, was.epoch, found, now)
            if written is None:
                return
            found = written
        self._kept[place.key] = _Kept(id=was.id, epoch=was.epoch, known=found.kept, changes=changes)

    async def _write(self, place: Place, epoch: int, found: Step, now: datetime) -> Step | None:
        """Write what is told, as much as may be; None where another process has the lease, or the place is gone."""
        target = place.target
        assert target.id is not None, "it is observed"
        async with self._db.begin() as tx:
            if not await tx.divergences.is_watched_by(target.environment.clusters[0].id, epoch):
                return None
            if await tx.app_environments.state(target.id) is None:
                return None
            if found.new:
                recorded = await tx.timelines.recorded_since(target.id, now - HOUR)
                found = within_limit(found, recorded=recorded, now=now, new_id=new_id)
            await tx.timelines.write(target.id, new=found.new, changed=found.changed, state=found.kept.to_json())
        return found

    async def _tidy(self, now: datetime) -> None:
        if self._tidied_at is not None and now - self._tidied_at < _TIDY_EVERY:
            return
        places = (await self._places.current()).all  # also where they have not been read yet
        observed = [each.target.id for each in places if each.target.id is not None and _is_observed(each)]
        async with self._db.begin() as tx:
            await tx.timelines.forget(before=now - KEPT)
            await tx.timelines.end_all_but(observed)
        self._tidied_at = now

    # What is seen

    def _seen(self, place: Place) -> list[ClusterSeen]:
        shown = self._picture.seen(place).clusters
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
