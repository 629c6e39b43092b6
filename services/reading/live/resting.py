"""Packs the records that have not changed for a while.

To pack a record takes as long as to decode and to cut it down, and several times that where it is done for one event
after the other, with all else of an event in between. An object that is rolled out changes several times within
seconds, so what it was in between is never packed, and the rest goes together.
"""

import asyncio
from collections.abc import Iterable

from services.planning.live.records import LiveRecord, RecordKey
from services.precedence import PRECEDENCE

REST = 2.0  # seconds at least, and twice as many at most
_MOST = 2000  # not packed at a time: some megabytes
_AT_ONCE = 50  # until others have their turn: about a millisecond

_Spot = tuple[str, RecordKey]


class Resting:
    """The records of all clusters that are not packed yet, the last one of each object."""

    def __init__(self) -> None:
        self._young: dict[_Spot, LiveRecord] = {}
        self._old: dict[_Spot, LiveRecord] = {}  # for as long as between two rounds, at least

    @property
    def count(self) -> int:
        return len(self._young) + len(self._old)

    def take(self, cluster_id: str, records: Iterable[LiveRecord]) -> None:
        """These are kept from now on, in place of what was kept of the same objects."""
        for record in records:
            spot = (cluster_id, record.key)
            self._old.pop(spot, None)
            if record.is_packed:
                self._young.pop(spot, None)
            else:
                self._young[spot] = record
        if self.count > _MOST:
            self._pack(self._old, self.count - _MOST)
            self._pack(self._young, self.count - _MOST)

    def drop(self, cluster_id: str, keys: Iterable[RecordKey]) -> None:
        """These are kept no more."""
        for key in keys:
            self._old.pop((cluster_id, key), None)
            self._young.pop((cluster_id, key), None)

    async def round(self) -> None:
        """Pack what has been there since the last round and has not changed."""
        while self._old:
            await PRECEDENCE.give_way()
            self._pack(self._old, _AT_ONCE)
        self._old, self._young = self._young, {}

    async def run(self) -> None:
        """A round now and then, until cancelled."""
        while True:
            await asyncio.sleep(REST)
            await self.round()

    @staticmethod
    def _pack(waiting: dict[_Spot, LiveRecord], most: int) -> None:
        """At most so many, those first that have waited for longest."""
        for spot in list(waiting)[:most] if most > 0 else ():
            waiting.pop(spot).pack()
