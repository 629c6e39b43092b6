"""What has changed, for the streams of all viewers of one process: kept for a while, so that a stream can be resumed.

Rows are told by the database, whichever process changed them; what places look like, by this process's picture. A
position is a time: how much others see change, who sees none of it does not learn.
"""

import asyncio
import secrets
import time
from collections import deque
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from db.changed_rows import RowFeed
from db.transaction import Database
from domain.changed_rows import ChangedRow, KnownPlaces
from services.planning.live.change_events import ChangeEvent, Viewer, merged
from services.planning.live.change_sources import PLACE_TABLES, events_of, overview_events

_BATCH = 0.1  # seconds from one batch to the next
_KEPT = 3000  # batches: five minutes of changes without a pause
_KEPT_EVENTS = 20_000  # in all of them: 7 MB
_KEPT_ENCODED = 20  # batches: those that viewers are told now; who resumes with an earlier one is rare

Encode = Callable[[Sequence[ChangeEvent]], bytes]
PlaceKey = tuple[str, str]
"""The ids of an application and an environment."""


@dataclass(frozen=True, kw_only=True)
class Position:
    """How far a viewer has been told, in one run of one process: up to a time, in milliseconds.

    `seen` tells, as a digest, what the viewer saw: one who sees other things by now was told too little.
    """

    boot: str
    at: int
    seen: str = ""

    def __str__(self) -> str:
        return f"{self.boot}-{self.at}-{self.seen}" if self.seen else f"{self.boot}-{self.at}"

    @classmethod
    def parsed(cls, text: str | None) -> "Position | None":
        """None for what no position looks like."""
        boot, _, rest = (text or "").partition("-")
        at, _, seen = rest.partition("-")
        is_one = boot and at.isascii() and at.isdigit() and len(at) < 16
        return cls(boot=boot, at=int(at), seen=seen) if is_one else None


@dataclass(frozen=True, kw_only=True)
class _Batch:
    at: int
    events: tuple[ChangeEvent, ...]
    owners: frozenset[str]
    encoded: dict[Viewer, bytes | None] = field(default_factory=dict)

    def told(self, viewer: Viewer, encode: Encode) -> bytes | None:
        """What of it a viewer is told: encoded once for all who see the same, of whom mostly none owns any of it."""
        viewer = replace(viewer, own=viewer.own & self.owners)
        if viewer not in self.encoded:
            events = [each for each in self.events if each.is_told(viewer)]
            self.encoded[viewer] = encode(events) if events else None
        return self.encoded[viewer]


class ChangingPicture(Protocol):
    """`services.reading.live.picture`, as far as it tells what looks different."""

    revision: int

    async def changed_after(self, revision: int) -> int:
        """The revision, once it is a later one."""

    def changes_after(self, revision: int) -> frozenset[PlaceKey] | None:
        """The places that look different since; None where that is not known."""


class ChangeFeed:
    """Changes of all places, batch by batch. `rows` is for the `Listener` of the channel of changed rows."""

    def __init__(self, db: Database, *, encode: Encode, clock: Callable[[], float] = time.monotonic) -> None:
        self._db = db
        self._encode = encode
        self._clock = clock
        self._began = clock()
        self._rows: dict[ChangedRow, None] = {}
        self._overviews: set[PlaceKey] = set()
        self._missed = False
        self._known: KnownPlaces | None = None  # before they were read first
        self._batches: deque[_Batch] = deque()
        self._events = 0  # in all batches
        self._boot = ""
        self._whole_since = 0  # later batches are all kept
        self._given = 0
        self._woken = asyncio.Event()
        self._told: set[Callable[[], None]] = set()
        self.rows = RowFeed(changed=self.row_changed, missed=self._rows_missed)

    # What it is told

    def overviews_changed(self, places: Collection[PlaceKey] | None) -> None:
        """These places look different; None: perhaps all of them."""
        known = self._known or KnownPlaces()
        self._overviews.update(known.app_environments.values() if places is None else places)
        self._woken.set()

    async def watch(self, picture: ChangingPicture) -> None:
        """Take from the picture which places look different, until cancelled."""
        revision = picture.revision
        while True:
            later = await picture.changed_after(revision)
            self.overviews_changed(picture.changes_after(revision))
            revision = later

    def row_changed(self, row: ChangedRow) -> None:
        """As the database tells, or who knows of more than rows."""
        self._rows[row] = None
        self._woken.set()

    def _rows_missed(self) -> None:
        self._missed = True
        self._woken.set()

    async def run(self) -> None:
        """Tell viewers what changes, until cancelled. Raises what the database raises; may run again then."""
        while True:
            await self._woken.wait()
            await self.tell()
            await asyncio.sleep(_BATCH)

    async def tell(self) -> None:
        """Make one batch of all that has changed."""
        self._woken.clear()
        rows, missed = tuple(self._rows), self._missed
        former = self._known
        if former is None or missed or any(row.table in PLACE_TABLES for row in rows):
            try:
                async with self._db.read() as tx:
                    self._known = await tx.places.known()
            except BaseException:
                self._woken.set()
                raise
        known = self._known or KnownPlaces()
        for row in rows:
            self._rows.pop(row, None)
        overviews, self._overviews = self._overviews, set()
        if missed:
            self._missed = False
            self._begin()
        else:
            places = {id(each): each for each in (former, known) if each is not None}.values()
            self._keep(
                merged(
                    [
                        *(event for row in rows for event in events_of(row, *places)),
                        *(event for each in places for event in overview_events(overviews, each)),
                    ]
                )
            )
        for told in tuple(self._told):
            told()

    # What it answers

    @property
    def stands(self) -> bool:
        """Whether it hears of every change. While it does not, nobody is told anything."""
        return self.rows.connected and self._boot != "" and not self._missed

    @property
    def followed(self) -> bool:
        """Whether any viewer follows it."""
        return bool(self._told)

    def now(self) -> Position:
        """Up to now everything has been told that is told by `after` for earlier positions."""
        self._given = max(self._given, self._milliseconds())
        return Position(boot=self._boot, at=self._given)

    def after(self, position: Position | None, viewer: Viewer) -> list[tuple[Position, bytes]] | None:
        """What has changed since that the viewer is told, encoded.

        None where that is not known: the position is too old, or of another process.
        """
        if position is None or position.boot != self._boot or not self._whole_since <= position.at <= self._given:
            return None
        found: list[tuple[Position, bytes]] = []
        for batch in reversed(self._batches):
            if batch.at <= position.at:
                break
            told = batch.told(viewer, self._encode)
            if told is not None:
                found.append((Position(boot=self._boot, at=batch.at), told))
        found.reverse()
        return found

    def subscribe(self, told: Callable[[], None]) -> Callable[[], None]:
        """Call `told` whenever there is something new. Returns what ends the calls."""
        self._told.add(told)
        return lambda: self._told.discard(told)

    def _begin(self) -> None:
        """From here on every change is known; positions of before are worth nothing."""
        self._boot = secrets.token_hex(4)
        self._batches.clear()
        self._events = 0
        self._whole_since = self.now().at

    def _keep(self, events: tuple[ChangeEvent, ...]) -> None:
        if not events:
            return
        self._given = max(self._given + 1, self._milliseconds())
        owners = frozenset(owner for each in events for owner in each.owners)
        self._batches.append(_Batch(at=self._given, events=events, owners=owners))
        self._events += len(events)
        if len(self._batches) > _KEPT_ENCODED:
            self._batches[-_KEPT_ENCODED - 1].encoded.clear()
        while len(self._batches) > _KEPT or (self._events > _KEPT_EVENTS and len(self._batches) > 1):
            oldest = self._batches.popleft()
            self._events -= len(oldest.events)
            self._whole_since = oldest.at

    def _milliseconds(self) -> int:
        return int((self._clock() - self._began) * 1000)
