"""What works in one process at a time, from rows alone, so that it continues where a killed one stopped."""

import asyncio
import contextlib
from abc import ABC, abstractmethod
from types import TracebackType
from typing import ClassVar, Self

import structlog

from db.events import Notifier
from db.image_pushes import IMAGE_PUSHES
from db.locks import LifeLocks
from services.pushes.automation.work_queue import BackOff, WorkQueue

_TRY_AGAIN = 2.0  # seconds between two attempts of another process to take the lock
_log = structlog.get_logger(__name__)


class Leading(ABC):
    """Runs while its context is open and this process holds the lock.

    It wakes on notifications of image pushes, which also tell of gates that people open and of operations that end.
    """

    _lock: ClassVar[str]
    """The name of the lock, which processes of two releases have to agree on."""

    def __init__(self, *, url: str, notifier: Notifier, back_off: BackOff, listens_for: float | None = None) -> None:
        """`listens_for`: seconds after which a notification may have been missed; None: a turn of the back-off."""
        self._listens_for = listens_for or back_off.turn
        self._locks = LifeLocks(url, purpose=self._lock)
        self._notifier = notifier
        self._back_off = back_off
        self._wake = asyncio.Event()
        self._round = self._idle_round = 0
        self._idled = asyncio.Condition()
        self._going: asyncio.Task[None] | None = None

    @abstractmethod
    async def _work(self, queue: WorkQueue) -> None:
        """Work until the lock is lost."""

    async def __aenter__(self) -> Self:
        self._going = asyncio.create_task(self._go_on(), name=self._lock)
        return self

    async def __aexit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        assert self._going is not None
        self._going.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._going

    async def idle(self) -> None:
        """Return after a round that began after this call and left no work running; work that backs off does not count.

        A worker that does not lead is not idle before it leads.
        """
        called_in = self._round
        self._wake.set()
        async with self._idled:
            await self._idled.wait_for(lambda: self._idle_round > called_in)

    async def _still_leads(self) -> bool:
        """Begin a round; False where the lock is lost."""
        self._round += 1
        self._wake.clear()
        await self._locks.check()
        return not self._locks.lost.is_set()

    async def _rest(self, queue: WorkQueue, *, seconds: float) -> None:
        """End a round: wait until woken, for so many seconds at most."""
        if not queue.under_way:
            async with self._idled:
                self._idle_round = self._round
                self._idled.notify_all()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._wake.wait()

    def _notified(self) -> None:
        """A notification has come, or time has passed in which one may have been missed."""
        self._wake.set()

    async def _go_on(self) -> None:
        while True:
            try:
                await self._lead()
            except Exception as error:  # noqa: BLE001 - whatever it is, as a database that is away: it may be back later
                _log.warning("a worker was interrupted", worker=self._lock, error=type(error).__qualname__)
            await asyncio.sleep(_TRY_AGAIN)

    async def _lead(self) -> None:
        """Wait for the lock, then work until it is lost."""
        await self._locks.open()
        queue = WorkQueue(back_off=self._back_off, wake=self._wake.set)
        listening = asyncio.create_task(self._listen(), name=f"{self._lock} notifications")
        try:
            while not await self._locks.take(self._lock):  # noqa: ASYNC110 - PostgreSQL sends no notification when it is free
                await asyncio.sleep(_TRY_AGAIN)
            await self._work(queue)
        finally:
            listening.cancel()
            await queue.stop()
            await asyncio.gather(listening, return_exceptions=True)
            await self._locks.close()

    async def _listen(self) -> None:
        async with self._notifier.listening(IMAGE_PUSHES) as notified:
            while True:
                await notified(self._listens_for)
                self._notified()
