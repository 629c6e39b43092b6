"""Keeps the rows of drift and skew, and tells people: from what the picture shows, without being asked.

Writes are fenced by the lease's epoch, and whoever changed a row tells people, in the same transaction. So two
processes that believe that a cluster is theirs tell once. A new owner counts anew: what had lasted for twenty seconds
lasts for thirty more before it opens.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from db.records.inventory import AppEnvironmentRecord
from db.transaction import Database, Transaction
from domain.divergences import DivergenceKey
from services.planning.drift.observing import Observed, ReleaseImages, observe, with_fields
from services.planning.drift.settling import as_opened
from services.planning.drift.steadying import REOPENS_WITHIN, Standing, Step, next_at, step
from services.planning.notifications.divergences import divergence_notification
from services.reading.given_namespaces import taken_back
from services.reading.live.looking import Leases, Looking
from services.reading.live.picture import Picture
from services.reading.live.place_rows import Places
from services.reading.live.places import Place, PlaceKey, PlacesNow

_KEPT = timedelta(days=90)  # rows of what closed; image pushes are kept for as long


class Diverging(Looking[Step]):
    """Observes the places whose primary cluster this process watches."""

    _failure = "an app environment was not looked at for drift"

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
        super().__init__(db, places, picture, leases, clock=clock, timer=timer)
        self._standing: dict[PlaceKey, Mapping[DivergenceKey, Standing]] = {}
        self._releases: dict[str, ReleaseImages] = {}
        self._ended_in: PlacesNow | None = None

    async def look(self) -> None:
        """As all that looks, and where nothing may be looked at any more. Raises what the database raises."""
        await super().look()
        places = self._places.now
        if places is not self._ended_in:
            for place in places.all:
                if place.divergences and not _may_be_observed(place.target):
                    await self._end_all(place)
            self._ended_in = places

    def _is_observed(self, place: Place) -> bool:
        return place.target.id is not None and place.namespace is not None

    async def _prepare(self, due: Sequence[tuple[Place, int]]) -> None:
        """The last releases, where another one is known."""
        wanted = {place.target.id: place.target.last_release for place, _ in due if place.target.id is not None}
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

    def _find(self, place: Place, now: datetime) -> Step:
        standing = self._standing.get(place.key)
        if standing is None:
            standing = _as_rows_say(place)
        return step(standing, self._observed(place), now=now)

    async def _keep(self, place: Place, epoch: int, found: Step) -> bool:
        if found.tells and not await self._write(place, epoch, found):
            return False
        self._standing[place.key] = found.kept
        return True

    def _again_at(self, key: PlaceKey) -> datetime | None:
        return next_at(self._standing[key])

    def _forget(self, key: PlaceKey) -> None:
        self._standing.pop(key, None)

    def _kept_up(self) -> None:
        there = {self._present.by_key[key].target.id for key in self._mine}
        self._releases = {id_: each for id_, each in self._releases.items() if id_ in there}

    async def _tidy(self, now: datetime) -> None:
        async with self._db.begin() as tx:
            await tx.divergences.forget(before=now - _KEPT)

    async def _end_all(self, place: Place) -> None:
        """Close what is open where nothing may be looked at any more. Every process may do it, for no lease says who.

        People are not told: they would read that what runs is as the last release again, which nobody knows.
        """
        assert place.target.id is not None, "it has rows"
        async with self._db.begin() as tx:
            current = await tx.app_environments.get(place.target.id)
            if current is not None and not _may_be_observed(current):
                await tx.divergences.end_all(place.target.id)

    def _observed(self, place: Place) -> Observed | None:
        target = place.target
        if target.active_operation is not None:
            return None
        release = self._releases.get(target.id or "") if target.last_release else None
        if release is not None and release.number != target.last_release:
            return None  # a release has just been added, and the place is read again in a moment
        seen = self._picture.clusters(place)
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


def _may_be_observed(target: AppEnvironmentRecord) -> bool:
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
