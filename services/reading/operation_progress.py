"""Which operations have come further, for the streams of all viewers: each at most once a second.

How far one has come is on its own timeline. Who looks at several at once, as at a promotion set, is told to read again.
"""

import asyncio
from collections.abc import Callable

from db.transaction import Database
from domain.changed_rows import ChangedRow

_EVERY = 1.0  # seconds from one telling to the next
_KNOWN = 1000  # operations whose app environments are remembered


class OperationProgress:
    """For the `Listener` of the channel of timelines.

    `changed` is called with a row of the table `operation_events`; `followed` says whether anybody would be told.
    """

    def __init__(self, db: Database, *, changed: Callable[[ChangedRow], None], followed: Callable[[], bool]) -> None:
        self._db = db
        self._changed = changed
        self._followed = followed
        self._further: set[str] = set()
        self._places: dict[str, str] = {}
        self._woken = asyncio.Event()

    def begin(self) -> None:
        """What was missed is read with the whole page: its viewers are told by the feed of rows."""

    def hear(self, payload: str) -> None:
        if self._followed():
            self._further.add(payload)
            self._woken.set()

    def end(self) -> None:
        """Viewers learn it by the feed of rows."""

    async def run(self) -> None:
        """Tell of progress until cancelled. Raises what the database raises; may run again then."""
        while True:
            await self._woken.wait()
            await self.tell()
            await asyncio.sleep(_EVERY)

    async def tell(self) -> None:
        """Tell of all that have come further since."""
        self._woken.clear()
        further, self._further = self._further, set()
        unknown = further - self._places.keys()
        if unknown:
            async with self._db.read() as tx:
                self._places.update(await tx.place_operations.places_of(unknown))
        for operation in sorted(further & self._places.keys()):
            self._changed(ChangedRow(table="operation_events", app_environment=self._places[operation], id=operation))
        while len(self._places) > _KNOWN:
            del self._places[next(iter(self._places))]
