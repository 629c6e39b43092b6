"""Reads the ConfigMaps and Secrets of app environments every few minutes, and after each operation there.

They are not watched: their values would pass through this process at each change of any of them. The process that has
the lease on a cluster reads those that belong to an app environment, cuts each down to keys and keyed fingerprints
before it reads the next page, and writes rows, fenced by the lease's epoch. Every process shows what the rows say.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import structlog

from db.configuration import Prints
from db.records.inventory import AppEnvironmentRecord, ClusterRecord
from db.transaction import Database
from domain.configuration import CONFIGURATION, ConfigurationName
from services.errors import StagecoachError
from services.kube.deadline import Deadline
from services.kube.errors import AccessDeniedError
from services.planning.drift.configuration import key_prints
from services.planning.objects.field_prints import FieldPrints
from services.reading.credentials import credential_of
from services.reading.live.pace import spread
from services.reading.live.place_rows import Places
from services.reading.live.places import Place
from services.reading.live.reading_names import objects_named
from services.reading.live.watching import WatchedClusters

_log = structlog.get_logger(__name__)
_Spot = tuple[str, str]
"""The ids of an app environment and of a cluster."""


class Leases(Protocol):
    """Which clusters this process watches."""

    def epoch(self, cluster_id: str) -> int | None:
        """The epoch of the lease on the cluster; None where this process has none."""


@dataclass(frozen=True, kw_only=True)
class ReadingPace:
    """Seconds. `soon`: from what makes a reading due, as the end of an operation, to the reading.

    `patience` is for all requests of one reading. After a failure it is tried again after `again`, then twice as long
    and so on.
    """

    every: float = 300.0
    soon: float = 1.0
    again: float = 15.0
    patience: float = 20.0


@dataclass
class _Known:
    """What is known of a spot under one lease; `due` is on the monotonic clock."""

    epoch: int
    due: float
    state: object
    failures: int = 0


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
        clusters: WatchedClusters,
        leases: Leases,
        prints: FieldPrints,
        *,
        pace: ReadingPace | None = None,
        clock: Callable[[], float] = time.monotonic,
        chance: random.Random | None = None,
    ) -> None:
        self._db = db
        self._places = places
        self._clusters = clusters
        self._leases = leases
        self._prints = prints
        self._pace = pace or ReadingPace()
        self._clock = clock
        self._chance = chance or random.Random()  # noqa: S311  jitter, not cryptography
        self._known: dict[_Spot, _Known] = {}
        self._running = _Running()

    async def run(self, *, pause: Callable[[float], Awaitable[None]] = asyncio.sleep, every: float = 1.0) -> None:
        """Look every so many seconds, until cancelled. Raises what the database raises."""
        try:
            while True:
                await self.look()
                await pause(every)
        finally:
            await self._running.cancel()

    async def look(self) -> None:
        """Begin the readings that are due, one on each cluster. Raises what those that have ended raised."""
        for task in self._running.ended():
            task.result()
        now, mine = self._clock(), set[_Spot]()
        for cluster_id, places in self._places.now.by_cluster.items():
            epoch = self._leases.epoch(cluster_id)
            if epoch is None:
                continue
            due = []
            for place in places:
                assert place.target.id is not None, "what is configured has a row"
                spot = (place.target.id, cluster_id)
                mine.add(spot)
                known = self._see(spot, place, epoch, now)
                if known.due <= now and place.target.active_operation is None:
                    due.append((known.due, spot, place))
            if due and cluster_id not in self._running.tasks:
                _, spot, place = min(due, key=lambda each: each[0])
                self._running.tasks[cluster_id] = asyncio.create_task(
                    self._take_turn(spot, place, self._known[spot]), name="reading of configuration"
                )
        for spot in self._known.keys() - mine:
            del self._known[spot]
        await self._forget()

    async def settled(self) -> None:
        """Wait until the readings under way have ended. Raises what they raised."""
        await asyncio.gather(*self._running.tasks.values())

    def _see(self, spot: _Spot, place: Place, epoch: int, now: float) -> _Known:
        """What makes it due: the lease is new and nothing was read lately, or other things are to be read."""
        known, state = self._known.get(spot), (_state(place.target), self._names(place))
        if known is None or known.epoch != epoch:
            known = self._known[spot] = _Known(epoch=epoch, due=self._first(spot, place, now), state=state)
        elif known.state != state:
            known.state, known.failures = state, 0
            known.due = min(known.due, now + self._pace.soon)
        return known

    def _first(self, spot: _Spot, place: Place, now: float) -> float:
        """A new owner does not read everything at once: what a former one read lately has time."""
        reading = place.configuration.get(spot[1])
        if reading is None or reading.release != place.target.last_release:
            return now
        return now + self._chance.uniform(0, self._pace.every)

    async def _take_turn(self, spot: _Spot, place: Place, known: _Known) -> None:
        state, cluster = known.state, self._places.now.clusters[spot[1]]
        try:
            await self._read(spot, place, cluster, known.epoch)
        except StagecoachError as error:
            known.failures += 1
            wait = min(self._pace.again * 2.0 ** min(known.failures - 1, 10), self._pace.every)
            if known.failures == 1:
                _log.info(
                    "configuration could not be read",
                    application=place.target.application.name,
                    environment=place.target.environment.name,
                    cluster=cluster.name,
                    code=error.code,
                )
        else:
            known.failures, wait = 0, self._pace.every
        if known.state == state:
            known.due = self._clock() + spread(wait, self._chance)

    async def _read(self, spot: _Spot, place: Place, cluster: ClusterRecord, epoch: int) -> None:
        """Raises `ClusterError`s, and what the credential's refusal raises."""
        namespace = place.namespace
        assert namespace is not None, "places by cluster are those that are read"
        gateway = await self._clusters.watched(credential_of(cluster))
        deadline = Deadline.after(self._pace.patience)
        wanted = self._names(place)
        prints: dict[ConfigurationName, Mapping[str, str]] = {}
        unread: set[str] = set()
        for kind in CONFIGURATION:
            names = {name for of_kind, name in wanted if of_kind == kind.name}
            try:
                async with objects_named(gateway, kind, names, namespace=namespace, deadline=deadline) as found:
                    async for each in found:
                        prints[kind.name, each.name] = key_prints(each, self._prints, place=spot[0])
            except AccessDeniedError:
                unread.add(kind.name)
        absent = {each for each in wanted - prints.keys() if each[0] not in unread}
        await self._write(spot, place.target, epoch, prints=prints, absent=absent, unread=unread)

    async def _write(
        self,
        spot: _Spot,
        target: AppEnvironmentRecord,
        epoch: int,
        *,
        prints: Prints,
        absent: set[ConfigurationName],
        unread: set[str],
    ) -> None:
        """Nothing is written where another process has the lease by now, or what was read is out of date."""
        async with self._db.begin() as tx:
            if not await tx.divergences.is_watched_by(spot[1], epoch):
                return
            current = await tx.app_environments.get(spot[0])
            if current is not None and _state(current) == _state(target):
                await tx.configuration.put(
                    *spot, prints=prints, absent=absent, unread=unread, release=target.last_release
                )

    def _names(self, place: Place) -> frozenset[ConfigurationName]:
        """What is looked for: the objects of the application in whichever environment."""
        return self._places.now.configuration_names.get(place.target.application.id, frozenset())

    async def _forget(self) -> None:
        """Drop what was read where nothing may be read any more. Any process may do it."""
        for place in self._places.now.all:
            here = {each.id for each in place.target.environment.clusters} if place.namespace is not None else set()
            if place.target.id is not None and place.configuration.keys() - here:
                async with self._db.begin() as tx:
                    await tx.configuration.forget(place.target.id, except_on=here)


def _state(target: AppEnvironmentRecord) -> object:
    """What a reading depends on: whether it is new, the objects, the release and the operation under way."""
    return (target.namespace, target.resources, target.last_release, target.active_operation)
