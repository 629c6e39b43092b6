"""Reads what is not watched of app environments every few minutes, after operations, and where an object changed.

ConfigMaps and Secrets are not watched: their values would pass through this process at each change of any of them. Nor
are the fields that Stagecoach wrote kept of what is watched. So the process that has the lease on a cluster reads the
objects of an app environment there, cuts each down before it reads the next page, and writes rows, fenced by the
lease's epoch. Every process shows what the rows say.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import structlog

from db.records.inventory import AppEnvironmentRecord, AppEnvironmentState, ClusterRecord
from db.transaction import Database
from domain.configuration import ConfigurationName
from domain.resources import ResourceId
from services.errors import StagecoachError
from services.kube.deadline import Deadline
from services.planning.live.records import LiveRecord
from services.planning.objects.field_prints import FieldPrints
from services.precedence import PRECEDENCE
from services.reading.credentials import credential_of
from services.reading.live.cache import LiveCache
from services.reading.live.judgements import BREATH
from services.reading.live.looking import Leases
from services.reading.live.object_reading import ObjectReading, ObjectsRead
from services.reading.live.pace import spread
from services.reading.live.place_rows import Places
from services.reading.live.places import Place, PlacesNow
from services.reading.live.watching import WatchedClusters

_log = structlog.get_logger(__name__)
# Transactions of readings under way. After an operation all its clusters are due in the same second, and whoever asks
# for something then must not wait until each of them has had a connection.
_AT_ONCE = 3
_Spot = tuple[str, str]
"""The ids of an app environment and of a cluster."""


@dataclass(frozen=True, kw_only=True)
class ReadingPace:
    """Seconds. `soon`: from what makes a reading due, as the end of an operation, to the reading; where that is a
    change of a workload, at least `calm` after the last one: an autoscaler changes it again and again. That of a custom
    resource may be its operator's, as where the kind has no status subresource: then the less often, the more readings
    found nothing (`calm_after`).

    `differing`: from one that found a difference to the next, half as long again each time up to `patient`: what is put
    back is noticed soon. `again`: after a failure, then twice as long and so on. `patience` is for all requests of one.
    """

    every: float = 300.0
    soon: float = 1.0
    calm: float = 10.0
    differing: float = 20.0
    patient: float = 120.0
    again: float = 15.0
    patience: float = 20.0

    def calm_after(self, vain: int) -> float:
        """As `calm`, after so many readings in a row for changed custom resources that found nothing."""
        return min(self.calm * 1.5 ** min(vain, 10), self.patient)

    def after(self, *, differed: int, failed: int) -> float:
        """The pause after so many readings in a row that found differences, or failed."""
        if failed:
            return min(self.again * 2.0 ** min(failed - 1, 10), self.every)
        if differed:
            return min(self.differing * 1.5 ** min(differed - 1, 10), self.patient)
        return self.every


@dataclass
class _Known:
    """What is known of a spot under one lease. `due` and `read_at` are on the monotonic clock.

    `changes` counts what makes a reading due, so that one that began before is not taken for the last one. `objects`
    has the generations by the records that they were read of. `stirred`: a custom resource has changed since the last
    reading; `vain` counts the readings in a row that were made for that, and found nothing.
    """

    epoch: int
    place: Place
    due: float
    state: tuple[AppEnvironmentState, frozenset[ConfigurationName]]
    read_at: float = float("-inf")
    changes: int = 0
    differed: int = 0
    failed: int = 0
    stirred: bool = False
    vain: int = 0
    objects: dict[tuple[str, str, str], tuple[LiveRecord, int | None]] = field(default_factory=dict)

    def change(self, due: float) -> None:
        self.changes += 1
        self.due = min(self.due, due)

    def has_other_generation(self, key: tuple[str, str, str], record: LiveRecord) -> bool:
        """Whether somebody changed what is desired of the object since it was asked last."""
        known = self.objects.get(key)
        if known is not None and known[0] is record:
            return False
        metadata = record.body.metadata
        generation = metadata.generation if metadata is not None else None
        self.objects[key] = (record, generation)
        return known is not None and known[1] != generation


@dataclass
class _Running:
    """The readings under way: one of a cluster at a time, so one that hangs holds no other one up."""

    tasks: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    def ended(self) -> Iterator[asyncio.Task[None]]:
        for cluster_id, task in tuple(self.tasks.items()):
            if task.done():
                del self.tasks[cluster_id]
                yield task

    async def cancel(self) -> None:
        for task in self.tasks.values():
            task.cancel()
        await asyncio.gather(*self.tasks.values(), return_exceptions=True)
        self.tasks.clear()


class ConfigurationReads:
    """Reads where this process has the lease on the cluster."""

    def __init__(
        self,
        db: Database,
        places: Places,
        cache: LiveCache,
        clusters: WatchedClusters,
        leases: Leases,
        *,
        prints: FieldPrints,
        pace: ReadingPace | None = None,
        clock: Callable[[], float] = time.monotonic,
        chance: random.Random | None = None,
    ) -> None:
        self._db = db
        self._places = places
        self._cache = cache
        self._clusters = clusters
        self._leases = leases
        self._prints = prints
        self._pace = pace or ReadingPace()
        self._clock = clock
        self._chance = chance or random.Random()  # noqa: S311  jitter, not cryptography
        self._known: dict[_Spot, _Known] = {}
        self._present = PlacesNow()
        self._epochs: Mapping[str, int | None] = {}  # by cluster id
        self._change = cache.change
        self._forgotten_in: PlacesNow | None = None
        self._running = _Running()
        self._few = asyncio.Semaphore(_AT_ONCE)

    async def run(self, *, pause: Callable[[float], Awaitable[None]] = asyncio.sleep, every: float = 1.0) -> None:
        """Look every so many seconds, until cancelled. Raises what the database raises."""
        try:
            while True:
                await self.look()
                await pause(every)
        finally:
            await self._running.cancel()

    async def look(self) -> None:
        """Begin the readings that are due, one on each cluster. Raises what the database raises."""
        for task in self._running.ended():
            if (error := task.exception()) is not None:  # of this program or the database: the others are read on
                _log.error("a reading of an app environment ended", error=type(error).__qualname__)
        now, present = self._clock(), self._places.now
        await self._see_changes(present, now)
        for cluster_id, (_, spot) in self._due(now).items():
            if cluster_id not in self._running.tasks:
                known = self._known[spot]
                self._running.tasks[cluster_id] = asyncio.create_task(
                    self._take_turn(spot, known.place, present.clusters[cluster_id], known),
                    name="reading of configuration",
                )
        if present is not self._forgotten_in:
            await self._forget(present)
            self._forgotten_in = present

    def _due(self, now: float) -> dict[str, tuple[float, _Spot]]:
        """By cluster, what has been due for longest."""
        due: dict[str, tuple[float, _Spot]] = {}
        for spot, known in self._known.items():
            if known.due <= now and known.place.target.active_operation is None:
                each = (known.due, spot)
                due[spot[1]] = min(due.get(spot[1], each), each)
        return due

    async def _see_changes(self, present: PlacesNow, now: float) -> None:
        """See what makes places due, where rows, leases or objects have changed since the last look."""
        epochs = {cluster_id: self._leases.epoch(cluster_id) for cluster_id in present.clusters}
        changed = frozenset(self._cache.changed_since(self._change))
        self._change = self._cache.change
        same = present.rows_are(self._present) and epochs == self._epochs
        spots = self._to_see(present, changed) if same else present.by_namespace.keys()
        began, mine = time.monotonic(), set[_Spot]()
        for cluster_id, namespace in spots:
            epoch = epochs[cluster_id]
            for place in present.by_namespace[cluster_id, namespace] if epoch is not None else ():
                assert epoch is not None
                assert place.target.id is not None, "what is configured has a row"
                spot = (place.target.id, cluster_id)
                mine.add(spot)
                if (cluster_id, namespace) in changed or not self._is_as_seen(spot, place, epoch):
                    self._see(spot, place, epoch, now)
            if time.monotonic() - began > BREATH:  # there may be thousands of places
                await asyncio.sleep(0)
                began = time.monotonic()
        if not same:
            for spot in self._known.keys() - mine:
                del self._known[spot]
        self._present, self._epochs = present, epochs

    def _to_see(self, present: PlacesNow, changed: Collection[tuple[str, str]]) -> Collection[tuple[str, str]]:
        """Clusters and namespaces: these, as far as places are there, and those of places that have other rows."""
        others = present.changed_since(self._present)
        return {*present.by_namespace.keys() & changed, *(spot for key in others for spot in present.by_key[key].spots)}

    def _is_as_seen(self, spot: _Spot, place: Place, epoch: int) -> bool:
        known = self._known.get(spot)
        return (
            known is not None and (known.epoch, known.state[1]) == (epoch, self._names(place)) and known.place is place
        )

    async def settled(self) -> None:
        """Wait until the readings under way have ended. Raises what they raised."""
        await asyncio.gather(*self._running.tasks.values())

    def _see(self, spot: _Spot, place: Place, epoch: int, now: float) -> None:
        """What makes it due: the lease is new and nothing was read lately, or other things are to be read."""
        known, state = self._known.get(spot), (place.target.state, self._names(place))
        if known is None or known.epoch != epoch:
            due = self._first(spot, place, now)
            known = self._known[spot] = _Known(epoch=epoch, place=place, due=due, state=state)
        elif known.state != state:
            known.state, known.failed = state, 0
            known.change(now + self._pace.soon)
        known.place = place
        if self._is_stirred(spot[1], place, place.workloads, known):
            known.change(max(now + self._pace.soon, known.read_at + self._pace.calm))
        if self._is_stirred(spot[1], place, place.custom, known):
            known.stirred = True
            known.change(max(now + self._pace.soon, known.read_at + self._pace.calm_after(known.vain)))

    def _first(self, spot: _Spot, place: Place, now: float) -> float:
        """A new owner does not read everything at once: what a former one read lately has time."""
        reading = place.configuration.get(spot[1])
        if reading is None or reading.release != place.target.last_release:
            return now
        return now + self._chance.uniform(0, self._pace.differing if reading.differing else self._pace.every)

    def _is_stirred(self, cluster_id: str, place: Place, resources: Iterable[ResourceId], known: _Known) -> bool:
        """Whether one of these was changed there. Its record has the generation, and not what was changed."""
        assert place.namespace is not None, "places by cluster are those that are read"
        stirred = False
        for each in resources:
            record = self._cache.find(cluster_id, place.namespace, each.group_kind, each.name)
            if record is not None:
                stirred |= known.has_other_generation((*each.group_kind, each.name), record)
        return stirred

    async def _take_turn(self, spot: _Spot, place: Place, cluster: ClusterRecord, known: _Known) -> None:
        changes, stirred = known.changes, known.stirred
        known.stirred = False
        known.failed += 1  # until it has succeeded
        try:
            await PRECEDENCE.give_way()
            found = await self._read(spot, place, cluster)
            await PRECEDENCE.give_way()
            await self._write(spot, place.target, known.epoch, found)
        except StagecoachError as error:
            if known.failed == 1:
                _log.info(
                    "objects of an app environment could not be read",
                    application=place.target.application.name,
                    environment=place.target.environment.name,
                    cluster=cluster.name,
                    code=error.code,
                )
        else:
            known.failed, known.differed = 0, known.differed + 1 if found.differing else 0
            known.vain = known.vain + 1 if stirred and not found.differing else 0
        finally:
            known.read_at = self._clock()
            wait = self._pace.after(differed=known.differed, failed=known.failed)
            known.due = known.read_at + (spread(wait, self._chance) if known.changes == changes else self._pace.soon)

    async def _read(self, spot: _Spot, place: Place, cluster: ClusterRecord) -> ObjectsRead:
        """Raises `ClusterError`s, and what the credential's refusal raises."""
        assert place.namespace is not None, "places by cluster are those that are read"
        async with self._few, self._db.autocommit_read() as tx:
            written = await tx.written.of(spot[0], cluster.name)
        reading = ObjectReading(
            place=spot[0],
            namespace=place.namespace,
            resources=place.target.resources,
            names=self._names(place),
            written=written,
            prints=self._prints,
            declared=place.target.declared,
        )
        gateway = await self._clusters.watched(credential_of(cluster))
        return await reading.read(gateway, deadline=Deadline.after(self._pace.patience))

    async def _write(self, spot: _Spot, target: AppEnvironmentRecord, epoch: int, found: ObjectsRead) -> None:
        """Nothing is written where another process has the lease by now, or what was read is out of date."""
        async with self._few, self._db.begin() as tx:
            if not await tx.divergences.is_watched_by(spot[1], epoch):
                return
            if await tx.app_environments.state(spot[0]) == target.state:
                await tx.configuration.differ(*spot, found.differing, unread=found.unread)
                await tx.configuration.put(
                    *spot,
                    prints=found.prints,
                    absent=found.absent,
                    unread=found.unread,
                    release=target.last_release,
                )

    def _names(self, place: Place) -> frozenset[ConfigurationName]:
        """What is looked for: the objects of the application in whichever environment."""
        return self._places.now.configuration_names.get(place.target.application.id, frozenset())

    async def _forget(self, places: PlacesNow) -> None:
        """Drop what was read where nothing may be read any more. Any process may do it."""
        for place in places.all:
            here = {each.id for each in place.target.environment.clusters} if place.namespace is not None else set()
            if place.target.id is not None and place.configuration.keys() - here:
                async with self._db.begin() as tx:
                    await tx.configuration.forget(place.target.id, except_on=here)
