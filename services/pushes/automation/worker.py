"""Looking after pushed images: one process at a time does, from rows alone, and so wherever the one before was killed.

It is woken when something has come, when an operation has ended, and by time.
"""

import asyncio
import contextlib
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from types import TracebackType
from typing import Self

import structlog

from db.events import Notifier
from db.image_pushes import IMAGE_PUSHES
from db.locks import LifeLocks
from db.records import PollRecord
from db.transaction import Database
from services.pushes.automation.auto_deploy import RETRIED_FOR, AutoDeploy
from services.pushes.automation.deciding import Deciding
from services.pushes.automation.indexing import Indexing
from services.pushes.automation.polling import Polling
from services.pushes.automation.tag_resolution import TagResolution
from services.pushes.automation.work_queue import BackOff, WorkQueue
from services.pushes.registries import split_repository

_log = structlog.get_logger(__name__)
# It keeps the former name of the table of image pushes: a process of the former release competes for the same lock.
_LOCK = "arrivals"
_TRY_AGAIN = 2.0  # seconds after which a process that does not lead tries to
_BREATH = (
    0.2  # seconds from one round to the next: of a flood, each takes up what came since, and leaves time to others
)
_SLACK = timedelta(seconds=10)  # between the clocks of processes, and of a commit's moment
_INDEX_EVERY = timedelta(minutes=5)
_TIDY_EVERY = timedelta(hours=1)
_KEPT = timedelta(days=90)  # arrivals that count for nothing any more
_POLLS_AT_ONCE = 20  # of one registry
_ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)
_ROLL_OUT, _RETRY, _TRY_BLOCKED = "roll out ", "retry ", "try blocked "


class ImagePushWorker:
    """Works as long as the context is open, whenever no other process does."""

    def __init__(
        self,
        *,
        database: Database,
        url: str,
        notifier: Notifier,
        tag_resolution: TagResolution,
        polling: Polling,
        rolling_out: AutoDeploy,
        indexing: Indexing,
        back_off: BackOff,
    ) -> None:
        self._database = database
        self._locks = LifeLocks(url, purpose=_LOCK)
        self._bell = notifier
        self._looking_up = tag_resolution
        self._polling = polling
        self._rolling_out = rolling_out
        self._indexing = indexing
        self._deciding = Deciding(database)
        self._back_off = back_off
        self._wake = asyncio.Event()
        self._going: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._going = asyncio.create_task(self._go_on(), name="arrivals")
        return self

    async def __aexit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        assert self._going is not None
        self._going.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._going

    async def _go_on(self) -> None:
        while True:
            try:
                await self._lead()
            except Exception as error:  # noqa: BLE001 - whatever it is, as a database that is away: it may be back later
                _log.warning("looking after pushed images was interrupted", error=type(error).__qualname__)
            await asyncio.sleep(_TRY_AGAIN)

    async def _lead(self) -> None:
        """Work from when the lock is ours until it is lost."""
        await self._locks.open()
        queue = WorkQueue(back_off=self._back_off, wake=self._wake.set)
        listening = asyncio.create_task(self._listen(), name="arrivals' bell")
        try:
            while not await self._locks.take(_LOCK):  # noqa: ASYNC110 - nobody tells when it is free
                await asyncio.sleep(_TRY_AGAIN)
            await self._indexing.fill()
            await self._work(queue)
        finally:
            listening.cancel()
            await queue.stop()
            await asyncio.gather(listening, return_exceptions=True)
            await self._locks.close()

    async def _work(self, queue: WorkQueue) -> None:
        ended_since = tidied = tried = _ANY_TIME
        indexed = datetime.now(UTC)
        while True:
            began = time.monotonic()
            self._wake.clear()
            await self._locks.check()
            if self._locks.lost.is_set():
                return
            now = datetime.now(UTC)
            while await self._deciding.decide():
                pass
            await self._deciding.decide_again(since=ended_since)
            ended_since = now - _SLACK
            if now - indexed >= _INDEX_EVERY:
                indexed = now
                queue.start("index", self._index)
            if now - tidied >= _TIDY_EVERY:
                tidied = now
                queue.start("tidy", self._tidy)
            if (now - tried).total_seconds() >= self._back_off.turn:
                tried = now
                await self._try_blocked(queue)
            seconds = await self._give_out(queue)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._wake.wait()
            await asyncio.sleep(max(0.0, began + _BREATH - time.monotonic()))

    async def _give_out(self, queue: WorkQueue) -> float:
        """Start what there is to do; gives the seconds until there may be more."""
        async with self._database.read() as tx:
            hosts = await tx.lookups.due_hosts()
            targets = await tx.app_environments.some(await tx.verdicts.pending())
            unreached = await tx.verdicts.unreached(since=datetime.now(UTC) - RETRIED_FOR)
            polls = await tx.polls.due(of_each=_POLLS_AT_ONCE)
            moments = [await tx.lookups.next_try(), await tx.polls.next_at()]
        for host in hosts:
            queue.start(f"look up at {host}", partial(self._looking_up.look, host))
        for host, theirs in _by_host(polls).items():
            queue.start(f"poll {host}", partial(self._polling.look, theirs))
        for target_id, target in targets.items():
            if target.active_operation is None:
                queue.start(f"{_ROLL_OUT}{target_id}", partial(self._rolling_out.roll_out, target_id))
        for operation_id in unreached:
            queue.start(f"{_RETRY}{operation_id}", partial(self._rolling_out.retry, operation_id))
        queue.keep({f"{_ROLL_OUT}{target_id}" for target_id in targets}, kind=_ROLL_OUT)
        queue.keep({f"{_RETRY}{operation_id}" for operation_id in unreached}, kind=_RETRY)
        now = datetime.now(UTC)
        waits = [(moment - now).total_seconds() for moment in moments if moment is not None and moment > now]
        return min([self._back_off.turn, queue.seconds_to_next(), *waits]) + 0.01

    async def _try_blocked(self, queue: WorkQueue) -> None:
        async with self._database.read() as tx:
            blocked = await tx.verdicts.blocked()
        for target_id in blocked:
            queue.start(f"{_TRY_BLOCKED}{target_id}", partial(self._rolling_out.try_blocked, target_id))
        queue.keep({f"{_TRY_BLOCKED}{target_id}" for target_id in blocked}, kind=_TRY_BLOCKED)

    async def _listen(self) -> None:
        async with self._bell.listening(IMAGE_PUSHES) as ring:
            while True:
                await ring(self._back_off.turn)
                self._wake.set()

    async def _index(self) -> bool:
        await self._indexing.fill()
        return True

    async def _tidy(self) -> bool:
        async with self._database.begin() as tx:
            await tx.image_pushes.forget(before=datetime.now(UTC) - _KEPT)
        return True


def _by_host(polls: tuple[PollRecord, ...]) -> dict[str, list[PollRecord]]:
    found: dict[str, list[PollRecord]] = {}
    for poll in polls:
        found.setdefault(split_repository(poll.repository)[0], []).append(poll)
    return found
