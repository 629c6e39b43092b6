"""Keeps the index of running images as the picture is: image pushes find app environments by it.

Images may have been changed without Stagecoach. Every process does it, and finds nothing to do where another one has.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable

from db.records.images import RunningImageRecord
from db.transaction import Database
from services.planning.images.running import ClusterFacts
from services.reading.live.picture import Picture
from services.reading.live.place_rows import Places
from services.reading.live.places import Place, PlaceKey
from services.reading.running_index import differs, index_of_facts

_Compared = tuple[tuple[RunningImageRecord, ...], int]


class RunningIndex:
    """Compares what runs with the index, and writes where the two differ."""

    def __init__(self, db: Database, places: Places, picture: Picture) -> None:
        self._db = db
        self._places = places
        self._picture = picture
        self._compared: dict[str, _Compared] = {}

    async def run(self, *, pause: Callable[[float], Awaitable[None]] = asyncio.sleep, every: float = 0.5) -> None:
        """Keep it, until cancelled; what changes within `every` seconds is written at once. Raises as `keep`."""
        revision = 0
        while True:
            seen = await self._picture.changed_after(revision)
            changed = self._picture.changes_after(revision) if revision else None
            await self.keep(changed)
            revision = seen
            await pause(every)

    async def keep(self, changed: Iterable[PlaceKey] | None = None) -> None:
        """Compare these places, or all. Raises what the database raises."""
        places = self._places.now
        for gone in self._compared.keys() - places.by_row.keys():
            del self._compared[gone]
        keys = places.by_key.keys() if changed is None else changed
        found = [places.by_key[key] for key in keys if key in places.by_key]
        new = {
            place.target.id: (place, rows)
            for place in found
            if place.target.id is not None
            and (rows := self._rows(place)) is not None
            and self._compared.get(place.target.id) != (rows, place.target.last_release)
        }
        if not new:
            return
        async with self._db.read() as tx:
            indexed = await tx.running_images.of_all(new)
        for id_, (place, one) in new.items():
            if differs(one, indexed.get(id_, ())):
                await self._write(place, id_, one)
            self._compared[id_] = (one, place.target.last_release)

    def _rows(self, place: Place) -> tuple[RunningImageRecord, ...] | None:
        """What the index should have; None where that is not known, or an operation is about to change it."""
        target = place.target
        if target.id is None or not target.configured or target.active_operation is not None:
            return None
        facts: tuple[ClusterFacts, ...] = self._picture.facts(target)
        if not facts or any(one.failure is not None for one in facts):
            return None
        return index_of_facts(target.id, facts)

    async def _write(self, place: Place, id_: str, rows: tuple[RunningImageRecord, ...]) -> None:
        async with self._db.begin() as tx:
            now = await tx.app_environments.get(id_)
            # An operation that began since has more recent facts.
            if now and now.active_operation is None and now.last_release == place.target.last_release:
                await tx.running_images.put(id_, rows)
