"""Keeps the index of running images as the picture is: image pushes find app environments by it.

Images may have been changed without Stagecoach. Every process does it, and finds nothing to do where another one has.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping

import structlog

from db.records.images import RunningImageRecord
from db.transaction import Database
from services.planning.images.running import ClusterFacts
from services.precedence import PRECEDENCE
from services.reading.live.judgements import BREATH
from services.reading.live.picture import Picture
from services.reading.live.place_rows import Places
from services.reading.live.places import Place, PlaceKey
from services.reading.running_index import differs, index_of_facts

_AT_ONCE = 100  # app environments that are written in one transaction: others wait for their rows
_log = structlog.get_logger(__name__)
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
            await PRECEDENCE.give_way()
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
        new: dict[str, tuple[Place, tuple[RunningImageRecord, ...]]] = {}
        began = time.monotonic()
        for place in found:
            id_, rows = place.target.id, self._rows(place)
            if id_ is not None and rows is not None and self._compared.get(id_) != (rows, place.target.last_release):
                new[id_] = (place, rows)
            if time.monotonic() - began > BREATH:
                await asyncio.sleep(0)
                began = time.monotonic()
        if not new:
            return
        async with self._db.read() as tx:
            indexed = await tx.running_images.of_all(new)
        differing = {id_: found for id_, found in new.items() if differs(found[1], indexed.get(id_, ()))}
        ids = sorted(differing)
        for start in range(0, len(ids), _AT_ONCE):
            await self._write({id_: differing[id_] for id_ in ids[start : start + _AT_ONCE]})
        for id_, (place, rows) in new.items():
            self._compared[id_] = (rows, place.target.last_release)

    def _rows(self, place: Place) -> tuple[RunningImageRecord, ...] | None:
        """What the index should have; None where that is not known, or an operation is about to change it."""
        target = place.target
        if target.id is None or not target.configured or target.active_operation is not None:
            return None
        try:
            facts: tuple[ClusterFacts, ...] = self._picture.facts(target)
        except Exception as error:  # noqa: BLE001 - a bug: it must not keep the images of all others from being found
            _log.error("what runs in an app environment was not indexed", app_environment=target.id, exc_info=error)
            return None
        if not facts or any(one.failure is not None for one in facts):
            return None
        return index_of_facts(target.id, facts)

    async def _write(self, changed: Mapping[str, tuple[Place, tuple[RunningImageRecord, ...]]]) -> None:
        async with self._db.begin() as tx:
            idle = await tx.place_operations.idle(changed)
            # An operation that began since has more recent facts.
            same = {id_: rows for id_, (place, rows) in changed.items() if idle.get(id_) == place.target.last_release}
            await tx.running_images.put_all(same)
