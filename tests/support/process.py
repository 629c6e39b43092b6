"""The service as a process of its own, to be killed."""

import asyncio
import contextlib
import os
import signal
import socket
import sys
from pathlib import Path
from typing import Self

import asyncpg
import httpx

from db.engine import APPLICATION_NAME, asyncpg_url

_ROOT = Path(__file__).resolve().parents[2]
_PATIENCE = 180.0  # seconds: the machine may be loaded


class ServiceProcess:
    """`python -m api` on a port of its own, on the given database; leaving the block ends it.

    With a file `log`, it says there all that it can be made to say.
    """

    def __init__(self, *, database_url: str, key: str, data: Path, log: Path | None = None) -> None:
        self._database_url, self._key, self._data, self._log = database_url, key, data, log
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._port: int = free.getsockname()[1]
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("STAGECOACH_")},
            "STAGECOACH_DATABASE_URL": database_url,
            "STAGECOACH_ENCRYPTION_KEYS": key,
            "STAGECOACH_DATA": str(data),
            "STAGECOACH_PORT": str(self._port),
            "STAGECOACH_CLUSTERS__ALLOW_LOOPBACK": "true",
            "STAGECOACH_REGISTRIES__ALLOW_LOOPBACK": "true",
            "STAGECOACH_LOG__LEVEL": "debug" if log else "warning",
        }
        self._process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def twin(self) -> "ServiceProcess":
        """Another one on the same database."""
        return ServiceProcess(database_url=self._database_url, key=self._key, data=self._data)

    async def start(self) -> None:
        """Returns when it is ready; one that does not come to that is killed."""
        try:
            await self._start()
        except BaseException:
            await self.kill()
            raise

    async def _start(self) -> None:
        with self._log.open("ab") if self._log else contextlib.nullcontext() as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "api", cwd=_ROOT, env=self._environment, stdout=log, stderr=log
            )
        async with asyncio.timeout(_PATIENCE), httpx.AsyncClient(trust_env=False) as client:
            while not await self._ready(client):
                assert self._process.returncode is None, "the service ended while it was starting"
                await asyncio.sleep(0.05)

    async def kill(self) -> None:
        """As `kill -9` does: nothing is tidied up."""

        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            async with asyncio.timeout(_PATIENCE):
                await self._process.wait()

    def freeze(self) -> None:
        """Nothing of it runs any more, and its connections stay open."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """It goes on where it was, as if no time had passed."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    async def exit_code(self) -> int:
        """Of a process that ends by itself."""
        assert self._process is not None
        async with asyncio.timeout(90):
            return await self._process.wait()

    async def lose_lock_connection(self) -> None:
        """The database ends the connections that say which processes live: only this one's, where no other runs."""
        ended = await self._count(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND application_name = $1",
            f"{APPLICATION_NAME} locks",
        )
        assert ended == 1

    async def live_workflows(self) -> int:
        """How many the engine carries out, or may take over, in any process on the database."""
        return await self._count(
            "SELECT count(*) FROM dbos.workflow_status WHERE status IN ('PENDING', 'ENQUEUED', 'DELAYED')"
        )

    async def _count(self, sql: str, *arguments: str) -> int:
        connection = await asyncpg.connect(
            asyncpg_url(self._database_url).set(drivername="postgresql").render_as_string(hide_password=False)
        )
        try:
            return int(await connection.fetchval(sql, *arguments))
        finally:
            await connection.close()

    async def _ready(self, client: httpx.AsyncClient) -> bool:
        try:
            return (await client.get(f"{self.url}/readyz")).status_code == 200
        except httpx.TransportError:
            return False

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.kill()
