"""Keeps the rows of drift and skew, and tells people: from what the picture shows, without being asked.

Every process has the whole picture; of an app environment, the process that watches the primary cluster of its
environment writes. Writes are fenced by the lease's epoch, and whoever changed a row tells people, in the same
transaction. So two processes that believe that a cluster is theirs tell once. A new owner counts anew: what had lasted
for twenty seconds lasts for thirty more before it opens.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol

import structlog

from db.records.inventory import AppEnvironmentRecord
from db.transaction import Database, Transaction
from domain.divergences import DivergenceKey
from services.planning.drift.observing import Observed, ReleaseImages, observe, with_fields
from services.planning.drift.settling import as_opened
from services.planning.drift.steadying import REOPENS_WITHIN, Standing, Step, step
from services.planning.notifications.divergences import divergence_notification
from services.precedence import PRECEDENCE
from services.reading.given_namespaces import taken_back
from services.reading.live.judgements import AFTER_A_BUG, BREATH
from services.reading.live.picture import Picture
from services.reading.live.place_rows import Places
from services.reading.live.places import Place, PlaceKey

_KEPT = timedelta(days=90)  # rows of what closed; image pushes are kept for as long
_TIDY_EVERY = timedelta(hours=1)
_log = structlog.get_logger(__name__)


class Leases(Protocol):
    """Which clusters this process watches."""

    def epoch(self, cluster_id: str) -> int | None:
        """The epoch of the lease on the cluster; None where this process has none."""


@dataclass
class _Kept:
    """What is known of a place under one lease."""

    epoch: int
    standing: dict[DivergenceKey, Standing] = field(default_factory=dict)


class Diverging:
    """Observes the places whose primary cluster this process watches."""

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
        self._kept: dict[PlaceKey, _Kept] = {}
        self._not_before: dict[PlaceKey, float] = {}  # on the timer
        self._releases: dict[str, ReleaseImages] = {}
        self._revision: int | None = None
        self._tidied_at: datetime | None = None

    async def run(self, *, pause: Callable[[float], Awaitable[None]] = asyncio.sleep, every: float = 1.0) -> None:
        """Look every so many seconds, until cancelled. Raises what the database raises."""
        while True:
            await PRECEDENCE.give_way()
            await self.look()
            await pause(every)

    async def look(self) -> None:
        """Observe the places that have changed, and those where something differs. Raises what the database raises."""
        revision = self._picture.revision
        changed = None if self._revision is None else self._picture.changes_after(self._revision)
        now, by_key = self._clock(), self._places.now.by_key
        mine = {key: epoch for key in by_key if (epoch := self._epoch(by_key[key])) is not None}
        for key in self._kept.keys() - mine.keys():
            del self._kept[key]
        self._not_before = {key: at for key, at in self._not_before.items() if key in mine and at > self._timer()}
        for id_ in self._releases.keys() - self._places.now.by_row.keys():
            del self._releases[id_]
        due = {key for key, epoch in mine.items() if self._is_due(by_key[key], epoch, changed)}
        await self._read_releases([by_key[key] for key in due])
        began = time.monotonic()
        for key in due:
            await self._step(by_key[key], mine[key], now)
            if time.monotonic() - began > BREATH:
                await asyncio.sleep(0)
                began = time.monotonic()
        self._revision = revision
        for place in by_key.values():
            if place.divergences and not _is_observed(place.target):
                await self._end_all(place)
        await self._tidy(now)

    def _epoch(self, place: Place) -> int | None:
        """The epoch under which this process writes what differs there; None: it does not."""
        clusters = place.target.environment.clusters
        if (
            place.target.id is None or place.namespace is None or not clusters
        ):  # `namespace` remembers: this is asked often
            return None
        return self._leases.epoch(clusters[0].id)

    async def _end_all(self, place: Place) -> None:
        """Close what is open where nothing may be looked at any more. Every process may do it, for no lease says who.

        People are not told: they would read that what runs is as the last release again, which nobody knows.
        """
        assert place.target.id is not None, "it has rows"
        async with self._db.begin() as tx:
            current = await tx.app_environments.get(place.target.id)
            if current is not None and not _is_observed(current):
                await tx.divergences.end_all(place.target.id)

    async def _tidy(self, now: datetime) -> None:
        if self._tidied_at is not None and now - self._tidied_at < _TIDY_EVERY:
            return
        async with self._db.begin() as tx:
            await tx.divergences.forget(before=now - _KEPT)
        self._tidied_at = now

    def _is_due(self, place: Place, epoch: int, changed: Collection[PlaceKey] | None) -> bool:
        if place.key in self._not_before:
            return False
        kept = self._kept.get(place.key)
        if kept is None or kept.epoch != epoch or kept.standing or changed is None or place.key in changed:
            return True
        return any(reading.differing for reading in place.configuration.values())

    async def _read_releases(self, places: Iterable[Place]) -> None:
        wanted = {place.target.id: place.target.last_release for place in places if place.target.id is not None}
        lacking = [id_ for id_, number in wanted.items() if number and self._known_release(id_) != number]
        if lacking:
            async with self._db.autocommit_read() as tx:
                found = await tx.releases.last_of(lacking)
            for id_, each in found.items():
                self._releases[id_] = ReleaseImages(
                    number=each.number, images=each.images, clusters=frozenset(each.clusters)
                )

    def _known_release(self, id_: str) -> int:
        known = self._releases.get(id_)
        return known.number if known is not None else 0

    async def _step(self, place: Place, epoch: int, now: datetime) -> None:
        kept = self._kept.get(place.key)
        if kept is None or kept.epoch != epoch:
            kept = _Kept(epoch=epoch, standing=_as_rows_say(place))
        try:
            found = step(kept.standing, self._observed(place), now=now)
        except Exception as error:  # noqa: BLE001 - a bug: it must not keep drift of all others from being noticed
            _log.error(
                "an app environment was not looked at for drift", app_environment=place.target.id, exc_info=error
            )
            self._kept.pop(place.key, None)  # so it is due once its time has come
            self._not_before[place.key] = self._timer() + AFTER_A_BUG
            return
        if found.tells and not await self._write(place, epoch, found):
            self._kept.pop(place.key, None)
            return
        kept.standing = dict(found.kept)
        self._kept[place.key] = kept

    def _observed(self, place: Place) -> Observed | None:
        target = place.target
        if target.active_operation is not None:
            return None
        release = self._releases.get(target.id or "") if target.last_release else None
        if release is not None and release.number != target.last_release:
            return None  # a release has just been added, and the place is read again in a moment
        seen = self._picture.seen(place).clusters
        observed = observe({each.cluster: each.facts if each.live else None for each in seen}, release)
        ids = {each.name: each.id for each in target.environment.clusters}
        readings = {
            each.cluster: place.configuration.get(ids[each.cluster]) if each.live and each.cluster in ids else None
            for each in seen
        }
        return with_fields(observed, readings)

    async def _write(self, place: Place, epoch: int, found: Step) -> bool:
        """Write what is told.

        False where another process has the lease, where an operation has begun, and where what was open is not: an
        acceptance has closed it. Then the rows are read again.
        """
        target = place.target
        assert target.id is not None
        async with self._db.begin() as tx:
            if not await tx.divergences.is_watched_by(target.environment.clusters[0].id, epoch):
                return False
            await tx.app_environments.lock(target.id)  # until this ends, no release is accepted
            current = await tx.app_environments.get(target.id)
            if current is None or current.active_operation is not None or current.last_release != target.last_release:
                return False
            for each in found.opens:
                opened = await tx.divergences.begin(
                    target.id, each.divergence, since=each.since, again_within=REOPENS_WITHIN
                )
                if opened:
                    await _tell(tx, place, each, opened=True)
            changed = [await tx.divergences.change(target.id, each.divergence) for each in found.changes]
            for each in found.closes:
                if await tx.divergences.end(target.id, each.divergence):
                    await _tell(tx, place, each, opened=False)
        return all(changed)


def _is_observed(target: AppEnvironmentRecord) -> bool:
    """Whether what runs there is Stagecoach's to look at, and there is a cluster whose owner does."""
    return target.configured and taken_back(target) is None and bool(target.environment.clusters)


def _as_rows_say(place: Place) -> dict[DivergenceKey, Standing]:
    """What a former owner has opened."""
    return {each.divergence.key: as_opened(each) for each in place.divergences}


async def _tell(tx: Transaction, place: Place, standing: Standing, *, opened: bool) -> None:
    target = place.target
    assert target.id is not None, "it has rows"
    await tx.outbox.add(
        divergence_notification(
            standing,
            opened=opened,
            app_environment=target.id,
            application=target.application.name,
            environment=target.environment.name,
        )
    )
