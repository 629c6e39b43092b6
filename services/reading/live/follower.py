"""Follows, in rows, what other processes see of the clusters that they watch.

Notifications tell of each batch; how far every owner has come is looked up every few seconds as well, so a notification
that was lost is made up for. Records are shown from the start, as old as they are.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import groupby

import structlog

from db.cluster_watches import WatchHead
from db.live_records import Cursor, StoredRecord, Written
from db.transaction import Database
from domain.resources import Kind
from services.planning.live.records import LiveRecord
from services.reading.live.background import InBackground
from services.reading.live.changes import Changes
from services.reading.live.kept import Kept
from services.reading.live.stored import begun_anew, kind_states, record_key, stand, stored_key, unwatched

_log = structlog.get_logger(__name__)
_ROWS = 500  # in one read: so many are decoded in a few milliseconds
_LOOK_EVERY = 2.0  # seconds
_AGAIN = 0.5  # seconds after a read that failed
_SPACING = 0.005  # seconds from one read to the next
_PATIENCE = 10.0  # seconds for one answer of the database: a first reading may have hundreds
_UNHEARD_AFTER = 10.0  # seconds without an answer of the database, which is as long as a lease lasts
_COMPARE_EVERY = 300.0  # seconds: less than rows that say that an object is gone are kept
_NOBODY = "No process of Stagecoach watches the cluster at the moment."
_UNHEARD = "The database does not answer, so this process does not learn what others see of the cluster."


class Follower(InBackground):
    """Runs while its context is open; a `Listener` tells it what it hears on the channel of the batches."""

    _task_name = "follower of records"

    def __init__(self, db: Database, kept: Kept, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._db = db
        self._kept = kept
        self._clock = clock
        self.ready = asyncio.Event()  # what is stored has been read once
        self._own: set[str] = set()
        self._cursors: dict[str, Cursor] = {}
        self._told: dict[str, list[Written]] = {}
        self._whole: set[str] = set()  # to be read from the beginning
        self._unsure: set[str] = set()  # records may be in memory that are gone
        self._states: dict[str, tuple[str, bool, bool]] = {}  # what was shown last: stored states, watched, begun
        self._looked_at = self._answered_at = self._compared_at = clock()
        self._unheard = False
        self._woken = asyncio.Event()
        self._reading = asyncio.Lock()
        self._patience: asyncio.Timeout | None = None  # of whoever reads

    def begin(self) -> None:
        """The channel is heard from now on; what was told before may have been missed."""
        self._looked_at = float("-inf")
        self._unsure |= self._cursors.keys()
        self._woken.set()

    def hear(self, payload: str) -> None:
        try:
            written = Written.parse(payload)
        except (ValueError, KeyError, TypeError):  # another release's words
            self._looked_at = float("-inf")
            self._woken.set()
            return
        if written.cluster_id not in self._own:
            self._told.setdefault(written.cluster_id, []).append(written)
            self._woken.set()

    def end(self) -> None:
        """What is not heard is looked up."""

    async def leave(self, cluster_id: str) -> None:
        """Read what there is of the cluster, and follow it no more: this process watches it now.

        Raises what the database raises, and `TimeoutError` where it does not answer; it is followed on then.
        """
        await self.ready.wait()
        async with self._patiently():
            self._whole.discard(cluster_id)
            self._told.pop(cluster_id, None)
            cursor = self._cursors.get(cluster_id, Cursor(cluster_id=cluster_id))
            await self._read_newer([cursor])
            self._own.add(cluster_id)
            self._cursors.pop(cluster_id, None)
            self._unsure.discard(cluster_id)

    def follow(self, cluster_id: str) -> None:
        """Another process watches the cluster, or will: what this one did not write any more is not the truth."""
        self._own.discard(cluster_id)
        self._states.pop(cluster_id, None)
        self._whole.add(cluster_id)
        self._unsure.add(cluster_id)
        self._looked_at = float("-inf")
        self._woken.set()

    async def _go_on(self) -> None:
        while True:
            try:
                async with self._patiently():
                    await self._turn()
                self._answered_at, self._unheard = self._clock(), False
            except Exception as error:  # noqa: BLE001 - of any kind, as a database that is away: it may be back later
                self._failed(error)
                await asyncio.sleep(_AGAIN)
                continue
            await self._wait()
            await asyncio.sleep(_SPACING)

    @asynccontextmanager
    async def _patiently(self) -> AsyncIterator[None]:
        """Read alone, as long as the database answers. Raises `TimeoutError` where it does not."""
        async with asyncio.timeout(_PATIENCE) as patience, self._reading:
            self._patience = patience
            yield

    def _answered(self) -> None:
        if self._patience is not None and not self._patience.expired():
            self._patience.reschedule(asyncio.get_running_loop().time() + _PATIENCE)

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(max(0.0, self._looked_at + _LOOK_EVERY - self._clock())):
                await self._woken.wait()
        except TimeoutError:
            pass
        self._woken.clear()

    def _failed(self, error: Exception) -> None:
        """Say once that others' clusters are not heard of, when leases must have ended that were not renewed."""
        self._looked_at = float("-inf")  # what was being read may be half read
        if self._clock() - self._answered_at < _UNHEARD_AFTER:
            return
        if not self._unheard:
            _log.warning("what other processes see of clusters could not be read", error=type(error).__qualname__)
        self._unheard = True
        for cluster_id in self._cursors.keys() | self._whole:
            states = self._kept.states(cluster_id)
            self._kept.restate(cluster_id, unwatched(states, why=_UNHEARD, now=datetime.now(UTC)))
            self._states.pop(cluster_id, None)

    async def _turn(self) -> None:
        if not self.ready.is_set():
            await self._start()
            self.ready.set()
        told, self._told = self._told, {}
        behind = {cluster_id: self._cursor(cluster_id) for cluster_id in told if cluster_id not in self._own}
        try:
            named = self._named(told, behind)
            await self._read_named(named)
            await self._read_newer([cursor for cluster_id, cursor in behind.items() if cluster_id not in named])
        except BaseException:
            self._looked_at = float("-inf")
            raise
        restated = [each for each, batches in told.items() if any(batch.states for batch in batches)]
        if self._clock() - self._looked_at >= _LOOK_EVERY:
            await self._look(None)
        elif restated:
            await self._look(restated)

    async def _start(self) -> None:
        """Show all that is stored. Batches that are written meanwhile are newer than the cursors."""
        async with self._db.autocommit_read() as tx:
            heads = await tx.cluster_watches.heads()
        last: StoredRecord | None = None
        while True:
            async with self._db.autocommit_read() as tx:
                page = await tx.live_records.page(cluster_ids=None, after=last, limit=_ROWS)
            await self._apply(page)
            if len(page) < _ROWS:
                break
            last = page[-1]
        for head in heads:
            self._cursors[head.cluster_id] = Cursor(
                cluster_id=head.cluster_id, epoch=head.epoch, sequence=head.sequence
            )
        self._looked_at = float("-inf")

    def _cursor(self, cluster_id: str) -> Cursor:
        return self._cursors.get(cluster_id, Cursor(cluster_id=cluster_id))

    def _named(self, told: dict[str, list[Written]], behind: dict[str, Cursor]) -> dict[str, list[Written]]:
        """The clusters whose notifications name everything that is newer than their cursors."""
        return {
            cluster_id: batches
            for cluster_id, batches in told.items()
            if cluster_id in behind and cluster_id not in self._whole and _complete(behind[cluster_id], batches)
        }

    async def _read_named(self, named: dict[str, list[Written]]) -> None:
        keys = {
            (cluster_id, key): None
            for cluster_id, batches in named.items()
            for batch in batches
            for key in batch.keys or ()
        }
        wanted = list(keys)
        for start in range(0, len(wanted), _ROWS):
            async with self._db.autocommit_read() as tx:
                await self._apply(await tx.live_records.named(wanted[start : start + _ROWS]))
        for cluster_id, batches in named.items():
            last = batches[-1]
            self._cursors[cluster_id] = Cursor(cluster_id=cluster_id, epoch=last.epoch, sequence=last.sequence)

    async def _read_newer(self, cursors: Iterable[Cursor]) -> None:
        """What was written after the cursors; they stand behind it then."""
        reading = {each.cluster_id: each for each in cursors}
        while reading:
            async with self._db.autocommit_read() as tx:
                rows = await tx.live_records.newer(list(reading.values()), limit=_ROWS)
            await self._apply(rows)
            for row in rows:  # in order
                reading[row.cluster_id] = Cursor(cluster_id=row.cluster_id, epoch=row.epoch, sequence=row.sequence)
            self._cursors |= reading
            if len(rows) < _ROWS:
                return

    async def _look(self, cluster_ids: list[str] | None) -> None:
        """See how far the owners have come, and what they say of their streams: of these clusters, or of all."""
        async with self._db.autocommit_read() as tx:
            heads = [each for each in await tx.cluster_watches.heads(cluster_ids) if each.cluster_id not in self._own]
        whole = {each.cluster_id for each in heads if each.cluster_id in self._whole or self._went_back(each)}
        behind = {
            each.cluster_id for each in heads if self._cursor(each.cluster_id).place != (each.epoch, each.sequence)
        }
        await self._read_newer([Cursor(cluster_id=each) for each in whole])
        await self._read_newer([self._cursor(each) for each in behind - whole])
        self._whole -= whole
        self._unsure |= whole
        for head in heads:
            self._restate(head)
            if head.cluster_id not in whole:
                # A batch of states alone has no rows to tell its number.
                self._pass(head)
        if cluster_ids is None:
            self._looked_at = self._clock()
            there = {each.cluster_id for each in heads}
            self._cursors = {each: cursor for each, cursor in self._cursors.items() if each in there}
            await self._compare(heads)

    def _went_back(self, head: WatchHead) -> bool:
        """Whether epochs began anew, as where a standby took over that had not heard of the last ones."""
        return (head.epoch, head.sequence) < self._cursor(head.cluster_id).place

    def _pass(self, head: WatchHead) -> None:
        place = max(self._cursor(head.cluster_id).place, (head.epoch, head.sequence))
        self._cursors[head.cluster_id] = Cursor(cluster_id=head.cluster_id, epoch=place[0], sequence=place[1])

    def _restate(self, head: WatchHead) -> None:
        begun = head.sequence > 0
        seen = (head.states, head.watched, begun)
        if self._states.get(head.cluster_id) == seen:
            return
        former = self._kept.states(head.cluster_id)
        now = datetime.now(UTC)
        if head.watched and begun:
            states = kind_states(head.states)
        elif head.watched:  # the new owner has told nothing yet
            states = former or begun_anew(kind_states(head.states), now=now)
        else:
            states = unwatched(former or kind_states(head.states), why=_NOBODY, now=now)
        self._kept.restate(head.cluster_id, states)
        self._states[head.cluster_id] = seen

    async def _compare(self, heads: Iterable[WatchHead]) -> None:
        """Drop records of which no row says that they are gone: it may have been missed, or never written.

        Only where the streams stand, so that the rows are all that there is: they may have been lost in a crash.
        """
        if self._clock() - self._compared_at >= _COMPARE_EVERY:
            self._compared_at = self._clock()
            self._unsure |= self._cursors.keys()
        for head in heads:
            cluster_id = head.cluster_id
            if cluster_id not in self._unsure or not (
                head.watched and head.sequence and stand(kind_states(head.states))
            ):
                continue
            async with self._db.autocommit_read() as tx:
                stored = await tx.live_records.keys(cluster_id)
            self._answered()
            gone = tuple(key for key in self._kept.keys(cluster_id) if stored_key(key) not in stored)
            if gone:
                self._kept.apply(Changes(cluster_id=cluster_id, gone=gone))
            self._unsure.discard(cluster_id)

    async def _apply(self, rows: Iterable[StoredRecord]) -> None:
        self._answered()
        by_cluster = sorted((row for row in rows if row.cluster_id not in self._own), key=lambda row: row.cluster_id)
        for cluster_id, found in groupby(by_cluster, key=lambda row: row.cluster_id):
            changed = [(row, _record(row)) for row in found]
            self._kept.apply(
                Changes(
                    cluster_id=cluster_id,
                    put=tuple(record for _, record in changed if record is not None),
                    # An older record of what cannot be read would be shown as what is there now.
                    gone=tuple(record_key(row.key) for row, record in changed if record is None),
                )
            )
        await asyncio.sleep(0)


def _record(row: StoredRecord) -> LiveRecord | None:
    """The record of a row; None where it is gone, or where this release cannot read what another one wrote."""
    if row.body is None:
        return None
    try:
        return LiveRecord.decoded(Kind.of(row.key.api_version, row.key.kind), row.body)
    except (ValueError, KeyError, TypeError):
        _log.warning("a stored record could not be read", kind=row.key.kind)
        return None


def _complete(cursor: Cursor, batches: list[Written]) -> bool:
    """Whether the batches come one after the other after the cursor, and name their keys."""
    expected = range(cursor.sequence + 1, cursor.sequence + 1 + len(batches))
    return all(
        batch.epoch == cursor.epoch and batch.sequence == number and batch.keys is not None
        for batch, number in zip(batches, expected, strict=True)
    )
