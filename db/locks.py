"""Advisory locks on a connection of their own, which PostgreSQL releases when the connection ends, so a lock proves
life.

They need a direct connection or a pooler in session mode: in transaction mode, a lock would land on any connection.
"""

import asyncio

import asyncpg

from db.address import connect
from db.engine import APPLICATION_NAME

_NAMESPACE = 0x57A6EC0A  # an arbitrary number, the namespace of these locks


class LifeLocks:
    """Named locks of this process. Two names can have the same hash, so a refusal does not prove that the name is
    taken.
    """

    def __init__(self, url: str, *, purpose: str = "locks") -> None:
        """`purpose` becomes a part of the connection's application name."""
        self._purpose = purpose
        self._url = url
        self._connection: asyncpg.Connection | None = None
        self.lost = asyncio.Event()

    async def open(self) -> None:
        """Connect, also again. Raises `OSError` or `asyncpg.PostgresError` if that fails."""
        connection = await connect(self._url, application_name=f"{APPLICATION_NAME} {self._purpose}")
        self.lost.clear()
        connection.add_termination_listener(self._ended)
        self._connection = connection

    async def take(self, name: str) -> bool:
        """Try to take the lock without waiting; True if this process holds it now."""
        assert self._connection is not None
        taken: bool = await self._connection.fetchval("SELECT pg_try_advisory_lock($1, hashtext($2))", _NAMESPACE, name)
        return taken

    async def release(self, name: str) -> None:
        assert self._connection is not None
        await self._connection.execute("SELECT pg_advisory_unlock($1, hashtext($2))", _NAMESPACE, name)

    async def check(self) -> None:
        """Test the connection; set `lost` if it has ended."""
        if self._connection is None or self._connection.is_closed():
            self.lost.set()
            return
        try:
            await self._connection.execute("SELECT 1", timeout=5)
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
            self._connection.terminate()
            self.lost.set()

    async def close(self) -> None:
        """Release all locks by closing the connection."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.terminate()

    def _ended(self, connection: object) -> None:
        if connection is self._connection:
            self.lost.set()
