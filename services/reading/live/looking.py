"""Looks at app environments for as long as this process watches their primary cluster: where something has changed.

Every process has the whole picture; of an app environment, the process that watches the primary cluster of its
environment writes, fenced by the epoch of its lease. A place is looked at once under each lease, and again when the
picture, its row or what else matters has changed, or when a time has come that the last look has named. What failed
goes on waiting, so nothing is lost where the database is away.
"""

import asyncio
import heapq
import time
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import ClassVar, Generic, Protocol, TypeVar

import structlog

from db.transaction import Database
from services.precedence import PRECEDENCE
from services.reading.live.judgements import AFTER_A_BUG, BREATH
from services.reading.live.picture import Picture
from services.reading.live.place_rows import Places
from services.reading.live.places import Place, PlaceKey, PlacesNow

_TIDY_EVERY = timedelta(hours=1)
_log = structlog.get_logger(__name__)
Found = TypeVar("Found")


class Leases(Protocol):
    """Which clusters this process watches."""

    def epoch(self, cluster_id: str) -> int | None:
        """The epoch of the lease on the cluster; None where this process has none."""


class Looking(ABC, Generic[Found]):
    """What is common to all that looks so: whose places they are, and which of them are due."""

    _failure: ClassVar[str]
    """What the log says where a look failed by a mistake of this program."""

    def __init__(
        self,
        db: Database,
        places: Places,
        picture: Picture,
        leases: Leases,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._db = db
        self._places = places
        self._picture = picture
        self._leases = leases
        self._clock = clock
        self._timer = timer
        self._present = PlacesNow()
        self._epochs: Mapping[str, int | None] = {}  # by cluster id
        self._mine: Mapping[PlaceKey, int] = {}  # the epochs under which this process writes
        self._looked_at: dict[PlaceKey, Place] = {}  # with their rows as they were then
        self._waiting: set[PlaceKey] = set()
        self._not_before: dict[PlaceKey, float] = {}  # on the timer
        self._times = _Times()
        self._revision: int | None = None
        self._tidied_at: datetime | None = None

    async def run(self, *, pause: Callable[[float], Awaitable[None]] = asyncio.sleep, every: float = 1.0) -> None:
        """Look every so many seconds, until cancelled. Raises what the database raises."""
        while True:
            await PRECEDENCE.give_way()
            await self.look()
            await pause(every)

    async def look(self) -> None:
        """Look at the places that have changed, and at those whose time has come. Raises what the database raises."""
        now = self._clock()
        await self._see_whose()
        self._see_changes(now)
        moment = self._timer()
        due = [key for key in self._waiting if self._not_before.get(key, moment) <= moment]
        await self._prepare([(self._present.by_key[key], self._mine[key]) for key in due])
        began = time.monotonic()
        for key in due:
            await self._look_at(self._present.by_key[key], self._mine[key], now)
            if time.monotonic() - began > BREATH:
                await asyncio.sleep(0)
                began = time.monotonic()
        if self._tidied_at is None or now - self._tidied_at >= _TIDY_EVERY:
            await self._tidy(now)
            self._tidied_at = now

    # What each of them does

    @abstractmethod
    def _is_observed(self, place: Place) -> bool:
        """Whether what runs there is Stagecoach's to look at, and there is a cluster whose owner does."""

    @abstractmethod
    async def _prepare(self, due: Sequence[tuple[Place, int]]) -> None:
        """Read what looks at these places need, each with the epoch under which this process writes."""

    @abstractmethod
    def _find(self, place: Place, now: datetime) -> Found | None:
        """What is to be told of a place; None where that cannot be said, and is to be tried again."""

    @abstractmethod
    async def _keep(self, place: Place, epoch: int, found: Found) -> bool:
        """Write and remember it; False where another process has the lease, or the rows have changed meanwhile."""

    @abstractmethod
    def _again_at(self, key: PlaceKey) -> datetime | None:
        """When time alone may make something to be told of what is remembered; None: never."""

    @abstractmethod
    def _forget(self, key: PlaceKey) -> None:
        """Drop what is remembered of a place: it is another process's, or was not written."""

    @abstractmethod
    async def _tidy(self, now: datetime) -> None:
        """What is done once an hour."""

    async def _leave(self, places: PlacesNow, left: Collection[PlaceKey]) -> None:
        """These places are not this process's any more. They are forgotten after this."""

    def _kept_up(self) -> None:
        """Which places are this process's, or what their rows are, has changed."""

    def _stirred(self) -> Iterable[PlaceKey]:
        """Places where something has changed since the last call that the picture does not show."""
        return ()

    # Which places

    async def _see_whose(self) -> None:
        """Take over the places and the leases as they are now."""
        places = self._places.now
        epochs = {cluster_id: self._leases.epoch(cluster_id) for cluster_id in places.clusters}
        if places.rows_are(self._present) and epochs == self._epochs:
            self._waiting |= {key for key in places.changed_since(self._present) if self._is_new(places, key)}
            self._present = places
            return
        mine = {
            place.key: epoch
            for place in places.all
            if (clusters := place.target.environment.clusters)
            and (epoch := epochs[clusters[0].id]) is not None
            and self._is_observed(place)
        }
        left = self._mine.keys() - mine.keys()
        await self._leave(places, left)
        for key in left:
            self._drop(key)
        for key, epoch in mine.items():
            if self._mine.get(key) != epoch:  # what was remembered is of another lease
                self._drop(key)
                self._waiting.add(key)
            elif self._looked_at.get(key) is not places.by_key[key]:
                self._waiting.add(key)
        self._present, self._epochs, self._mine = places, epochs, mine
        self._kept_up()

    def _is_new(self, places: PlacesNow, key: PlaceKey) -> bool:
        """Whether a place of this process's has not been looked at as it is now."""
        return key in self._mine and self._looked_at.get(key) is not places.by_key[key]

    def _drop(self, key: PlaceKey) -> None:
        self._forget(key)
        self._looked_at.pop(key, None)
        self._waiting.discard(key)
        self._not_before.pop(key, None)
        self._times.set(key, None)

    def _see_changes(self, now: datetime) -> None:
        revision = self._picture.revision
        changed = None if self._revision is None else self._picture.changes_after(self._revision)
        self._revision = revision
        found = {*self._stirred(), *self._times.come(now), *(self._mine if changed is None else changed)}
        self._waiting |= found & self._mine.keys()

    # One place

    async def _look_at(self, place: Place, epoch: int, now: datetime) -> None:
        key = place.key
        self._not_before.pop(key, None)
        try:
            # What is being judged may turn out to be as before, and would be no change then.
            unfinished = self._picture.is_unfinished(place)
            found = self._find(place, now)
        except Exception as error:  # noqa: BLE001 - a bug: it must not keep all others from being looked at
            _log.error(self._failure, app_environment=place.target.id, exc_info=error)
            self._forget(key)
            self._not_before[key] = self._timer() + AFTER_A_BUG
            return
        if found is None or not await self._keep(place, epoch, found):
            self._forget(key)
            return
        self._looked_at[key] = place
        self._times.set(key, self._again_at(key))
        if not unfinished:
            self._waiting.discard(key)


class _Times:
    """When each place is to be looked at again, though nothing has changed there."""

    def __init__(self) -> None:
        self._at: dict[PlaceKey, datetime] = {}
        self._heap: list[tuple[datetime, PlaceKey]] = []  # those, and what they were before

    def set(self, key: PlaceKey, at: datetime | None) -> None:
        if at is None:
            self._at.pop(key, None)
        elif self._at.get(key) != at:
            self._at[key] = at
            heapq.heappush(self._heap, (at, key))

    def come(self, now: datetime) -> Iterable[PlaceKey]:
        """The places whose time has come; they have none from then on."""
        while self._heap and self._heap[0][0] <= now:
            at, key = heapq.heappop(self._heap)
            if self._at.get(key) == at:
                del self._at[key]
                yield key
