"""A connection that listens to PostgreSQL's notifications, and is made anew when it is lost.

It needs a direct connection or a pooler in session mode: in transaction mode, LISTEN would land on any connection.
"""

import asyncio
from collections.abc import Mapping
from types import TracebackType
from typing import Protocol, Self

import asyncpg

from db.address import connect
from db.engine import APPLICATION_NAME

_AGAIN = 1.0  # seconds after a connection could not be made
_CHECKED_EVERY = 3.0  # seconds: a connection over a link that was cut ends for nobody
_CHECK_SECONDS = 3.0  # that the check may take


class Hearing(Protocol):
    """What hears a channel. Nothing of it may block or raise."""

    def begin(self) -> None:
        """From now on everything is heard. What was told before may have been missed."""

    def hear(self, payload: str) -> None: ...

    def end(self) -> None:
        """Nothing is heard until it begins again."""


class Listener:
    """One connection for several channels, while its context is open."""

    def __init__(self, url: str, channels: Mapping[str, Hearing], *, purpose: str) -> None:
        """`purpose` becomes a part of the connection's application name."""
        self._url = url
        self._channels = dict(channels)
        self._purpose = purpose
        self._keeper: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._keeper = asyncio.create_task(self._keep(), name=f"listener {self._purpose}")

    async def stop(self) -> None:
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
            self._keeper = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        await self.stop()

    async def _keep(self) -> None:
        while True:
            try:
                connection = await connect(self._url, application_name=f"{APPLICATION_NAME} {self._purpose}")
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await asyncio.sleep(_AGAIN)
                continue
            try:
                await self._listen(connection)
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await asyncio.sleep(_AGAIN)
            finally:
                connection.terminate()

    async def _listen(self, connection: asyncpg.Connection) -> None:
        """Returns when the connection has ended, or raises why it did."""
        lost = asyncio.Event()
        connection.add_termination_listener(lambda _: lost.set())
        for channel in self._channels:
            await connection.add_listener(channel, self._heard)
        for each in self._channels.values():
            each.begin()
        try:
            while not lost.is_set():
                await _passed(lost, _CHECKED_EVERY)
                await connection.execute("SELECT 1", timeout=_CHECK_SECONDS)
        finally:
            for each in self._channels.values():
                each.end()

    def _heard(self, _connection: object, _pid: int, channel: str, payload: object) -> None:
        self._channels[channel].hear(str(payload))


async def _passed(event: asyncio.Event, seconds: float) -> None:
    """Return when the event is set, or the time is over."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return
