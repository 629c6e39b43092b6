"""Takes what the watchers of this process found: into its own memory at once, and into rows for all other processes.

Batches hold what has come since the last one, of all clusters, so a storm of changes costs as many statements as a
drizzle. They are fenced by the epochs of the leases.
"""

import asyncio
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import structlog

from db.live_records import Batch, StoredKey
from db.transaction import Database
from services.planning.live.records import LiveRecord, RecordKey
from services.precedence import PRECEDENCE
from services.reading.live.background import InBackground
from services.reading.live.changes import Changes, KindState
from services.reading.live.kept import Kept, records_of
from services.reading.live.stored import begun_anew, stored_key, stored_states

_log = structlog.get_logger(__name__)
_SPACING = 0.015  # seconds from one batch to the next: what came meanwhile goes together
_ROWS = 500  # in one statement
_HEARD_EVERY = 3.0  # seconds between two batches that say nothing but when streams were heard of
_AGAIN = 0.5  # seconds after a batch that the database did not take
_PATIENCE = 4.0  # seconds for one statement

_Shown = tuple[tuple[object, ...], ...]


@dataclass
class _Open:
    """A cluster under a lease, and what of it is to be written."""

    epoch: int
    waiting: dict[RecordKey, LiveRecord | None] = field(default_factory=dict)
    restated: bool = True
    only_heard: bool = False  # restated, but nothing is different except when streams were heard of
    shown: _Shown = ()  # of the states, as they were written last
    shown_at: float = float("-inf")


class Publisher(InBackground):
    """The sink of the watchers. Runs while its context is open.

    `refused` is called with a cluster and an epoch under which the database takes nothing any more.
    """

    _task_name = "publisher of records"

    def __init__(
        self,
        db: Database,
        kept: Kept,
        *,
        process_id: str,
        refused: Callable[[str, int], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._db = db
        self._kept = kept
        self._process_id = process_id
        self._refused = refused
        self._clock = clock
        self._open: dict[str, _Open] = {}
        self._woken = asyncio.Event()
        self._writing = asyncio.Lock()

    async def begin(self, cluster_id: str, epoch: int) -> None:
        """Take changes of the cluster from now on. Rows that others lack, as after a crash of PostgreSQL, are written.

        What is in memory has to be what the rows say, or more. Raises what the database raises, and `TimeoutError`.
        """
        async with asyncio.timeout(_PATIENCE), self._db.autocommit_read() as tx:
            stored = await tx.live_records.keys(cluster_id)
        lacking = {
            key: record for key, record in records_of(self._kept, cluster_id).items() if stored_key(key) not in stored
        }
        self._kept.restate(cluster_id, begun_anew(self._kept.states(cluster_id), now=datetime.now(UTC)))
        self._open[cluster_id] = _Open(epoch=epoch, waiting=dict(lacking))
        self._woken.set()

    async def end(self, cluster_id: str) -> None:
        """Take no more changes of the cluster. What is waiting is written if the database takes it."""
        if cluster_id in self._open:
            try:
                await self._write([cluster_id])
            except Exception as error:  # noqa: BLE001 - whoever takes the cluster up lists it anew
                _log.info("the last changes of a cluster were not written", error=type(error).__qualname__)
        self._open.pop(cluster_id, None)

    async def take(self, changes: Changes) -> None:
        """Show the changes here at once, and write them soon."""
        opened = self._open.get(changes.cluster_id)
        if opened is None:
            return  # its lease has ended, and its watcher is being stopped
        self._kept.apply(changes)
        opened.waiting.update((record.key, record) for record in changes.put)
        opened.waiting.update((key, None) for key in changes.gone)
        if changes.states or changes.restated:
            opened.restated, opened.only_heard = True, False
        self._woken.set()

    async def _go_on(self) -> None:
        failing = False
        while True:
            try:
                async with asyncio.timeout(_HEARD_EVERY):
                    await self._woken.wait()
            except TimeoutError:
                pass  # when streams were heard of may be due
            await PRECEDENCE.give_way()
            self._woken.clear()
            try:
                await self._write(list(self._open))
                failing = False
            except Exception as error:  # noqa: BLE001 - of any kind, as a database that is away: it may be back later
                if not failing:
                    _log.warning("what changed on clusters could not be written", error=type(error).__qualname__)
                failing = True
                self._woken.set()
                await asyncio.sleep(_AGAIN)
            await asyncio.sleep(_SPACING)

    async def _write(self, cluster_ids: list[str]) -> None:
        async with self._writing:
            full = True
            while full:
                portion = list(self._portion(cluster_ids))
                full = sum(len(each.taken) for each in portion) == _ROWS
                if portion:
                    await self._write_portion(portion)

    async def _write_portion(self, portion: list["_Portion"]) -> None:
        try:
            async with asyncio.timeout(_PATIENCE), self._db.each_alone() as tx:
                written = await tx.live_records.write(self._process_id, [each.batch for each in portion])
        except BaseException:
            for each in portion:
                each.failed()
            raise
        for each in portion:
            if each.batch.cluster_id in written:
                each.done(self._clock())
            else:
                self._open.pop(each.batch.cluster_id, None)
                self._refused(each.batch.cluster_id, each.batch.epoch)

    def _portion(self, cluster_ids: list[str]) -> Iterator["_Portion"]:
        """What one statement writes: all that waits, up to a number of rows. It waits until `done`."""
        room = _ROWS
        for cluster_id in cluster_ids:
            opened = self._open.get(cluster_id)
            if opened is None or room == 0:
                continue
            taken = dict(list(opened.waiting.items())[:room])
            states = self._due_states(cluster_id, opened)
            if not taken and states is None:
                continue
            room -= len(taken)
            yield _Portion(
                opened=opened,
                taken=taken,
                shown=None if states is None else _as_shown(states),
                batch=Batch(
                    cluster_id=cluster_id,
                    epoch=opened.epoch,
                    bodies=dict(_bodies(taken)),
                    states=None if states is None else stored_states(states),
                ),
            )
            if states is not None:
                opened.restated = False  # a change from now on has to be written again

    def _due_states(self, cluster_id: str, opened: _Open) -> tuple[KindState, ...] | None:
        """The states, where they have to be written now."""
        heard_is_due = self._clock() - opened.shown_at >= _HEARD_EVERY
        if not opened.restated or (opened.only_heard and not heard_is_due):
            return None
        states = self._kept.states(cluster_id)
        opened.only_heard = _as_shown(states) == opened.shown
        return None if opened.only_heard and not heard_is_due else states


@dataclass(frozen=True, kw_only=True)
class _Portion:
    """A batch, and what of the waiting it is."""

    opened: _Open
    taken: dict[RecordKey, LiveRecord | None]
    shown: _Shown | None
    batch: Batch

    def failed(self) -> None:
        """It may not have been written; the rows go on waiting by themselves."""
        if self.shown is not None:
            self.opened.restated, self.opened.only_heard = True, False

    def done(self, now: float) -> None:
        """It is written; what has changed again meanwhile goes on waiting."""
        waiting = self.opened.waiting
        for key, record in self.taken.items():
            if waiting.get(key, self) is record:
                del waiting[key]
        if self.shown is not None:
            self.opened.shown, self.opened.shown_at = self.shown, now


def _bodies(taken: dict[RecordKey, LiveRecord | None]) -> Iterator[tuple[StoredKey, bytes | None]]:
    for key, record in taken.items():
        yield stored_key(key), None if record is None else record.encoded()


def _as_shown(states: tuple[KindState, ...]) -> _Shown:
    """All but when each was last heard of, which changes with every bookmark."""
    return tuple((each.kind, each.namespace, each.state, each.since, each.code, each.message) for each in states)
