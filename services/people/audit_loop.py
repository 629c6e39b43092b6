"""Seals, forgets and streams the audit at intervals while the service runs."""

import asyncio
import contextlib
from collections.abc import Sequence
from types import TracebackType
from typing import Protocol, Self

import structlog

from db.transaction import Database
from services.people.audit_keeping import AuditKeeping, Settled

_SEAL_EVERY = 60.0  # seconds
_FORGET_EVERY = 3600.0
_STREAM_EVERY = 1.0

_log = structlog.get_logger("stagecoach.audit")


class Stream(Protocol):
    """A place to which entries are sent, in their order, at least once."""

    async def send(self, *, through: int) -> None:
        """Send those that are complete up to this number and were not sent yet, or some of them."""


class AuditLoop:
    """Works while the context is open; every replica may have one."""

    def __init__(self, db: Database, keeping: AuditKeeping, *, streams: Sequence[Stream] = ()) -> None:
        self._db = db
        self._keeping = keeping
        self._streams = streams
        self._settled = Settled()
        self._sealed = self._forgot = float("-inf")
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._forever(), name="audit")
        return self

    async def __aexit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        assert self._task is not None
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task

    async def step(self, at: float) -> None:
        """Do what is due at this moment of the loop's clock."""
        async with self._db.begin() as tx:
            through = await self._settled.advance(tx)
        for stream in self._streams:
            await stream.send(through=through)
        if at - self._sealed >= _SEAL_EVERY:
            await self._keeping.seal(through=through)
            self._sealed = at
        if at - self._forgot >= _FORGET_EVERY:
            await self._keeping.forget()
            self._forgot = at

    async def _forever(self) -> None:
        loop = asyncio.get_running_loop()
        pause = _STREAM_EVERY if self._streams else _SEAL_EVERY / 2
        while True:
            try:
                await self.step(loop.time())
            except Exception as error:  # noqa: BLE001 - as an unreachable database: the next step may succeed
                _log.warning("keeping the audit failed", error=type(error).__qualname__)
            await asyncio.sleep(pause)
