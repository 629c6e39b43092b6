"""Who is alive: advisory locks on a connection of their own, which PostgreSQL releases when the connection ends.

They need a direct connection (or a pooler in session mode): a transaction-mode pooler would scatter them.
"""

import asyncio

import asyncpg

from db.engine import APPLICATION_NAME, asyncpg_url

_NAMESPACE = 0x57A6EC0A  # any number that nobody else takes


class LifeLocks:
    """Locks held by this process under names. Two names may hash alike: a refusal is no proof of a namesake."""

    def __init__(self, url: str, *, purpose: str = "locks") -> None:
        """`purpose` is how the database names the connection."""
        self._purpose = purpose
        self._url = asyncpg_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        self._connection: asyncpg.Connection | None = None
        self.lost = asyncio.Event()

    async def open(self) -> None:
        """Connect (again). Raises `OSError` or `asyncpg.PostgresError` where that fails."""
        connection = await asyncpg.connect(
            self._url, server_settings={"application_name": f"{APPLICATION_NAME} {self._purpose}"}
        )
        self.lost.clear()
        connection.add_termination_listener(self._ended)
        self._connection = connection

    async def take(self, name: str) -> bool:
        """Whether the lock is ours now."""
        assert self._connection is not None
        taken: bool = await self._connection.fetchval("SELECT pg_try_advisory_lock($1, hashtext($2))", _NAMESPACE, name)
        return taken

    async def give_back(self, name: str) -> None:
        assert self._connection is not None
        await self._connection.execute("SELECT pg_advisory_unlock($1, hashtext($2))", _NAMESPACE, name)

    async def check(self) -> None:
        """Find out whether the connection still lives; `lost` is set if it does not."""
        if self._connection is None or self._connection.is_closed():
            self.lost.set()
            return
        try:
            await self._connection.execute("SELECT 1", timeout=5)
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
            self._connection.terminate()
            self.lost.set()

    async def close(self) -> None:
        """Give all locks back, with the connection."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.terminate()

    def _ended(self, connection: object) -> None:
        if connection is self._connection:
            self.lost.set()
