"""The service as a process of its own, to be killed.

It is forked from a process that has imported the service and done nothing else: importing takes most of a start. That
`python -m api` starts is for tests/api/test_starting.py to show.
"""

import asyncio
import multiprocessing
import os
import signal
import socket
import sys
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Self

import httpx

from db.address import connect
from db.engine import APPLICATION_NAME
from tests.support.helm import FOLDER

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["api.__main__", __name__])
_PATIENCE = 180.0  # seconds: the machine may be loaded


class ServiceProcess:
    """The service on a port of its own, on the given database; leaving the block ends it.

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
            "STAGECOACH_REGISTRIES__BELIEVED": "registry.example",
            "STAGECOACH_HELM__PROGRAM": str(FOLDER / "helm4"),
            "STAGECOACH_LOG__LEVEL": "debug" if log else "warning",
        }
        self._process: ForkServerProcess | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def twin(self) -> "ServiceProcess":
        """Another one on the same database."""
        return ServiceProcess(database_url=self._database_url, key=self._key, data=self._data)

    async def start(self) -> None:
        """Returns when it is ready; a process that does not become ready is killed."""
        try:
            await self._start()
        except BaseException:
            await self.kill()
            raise

    async def _start(self) -> None:
        self._process = _FORKS.Process(target=_serve, args=(self._environment, self._log), daemon=True)
        self._process.start()
        async with asyncio.timeout(_PATIENCE), httpx.AsyncClient(trust_env=False) as client:
            while not await self._ready(client):
                assert self._process.exitcode is None, "the service ended while it was starting"
                await asyncio.sleep(0.05)

    async def kill(self) -> None:
        """As `kill -9` does, without clean-up."""
        if self._process is not None and self._process.exitcode is None:
            self._process.kill()
            await self._ended(_PATIENCE)

    def freeze(self) -> None:
        """Stop it (SIGSTOP); its connections stay open."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Continue it (SIGCONT)."""
        self._signal(signal.SIGCONT)

    async def exit_code(self) -> int:
        """Of a process that ends by itself."""
        return await self._ended(90)

    async def _ended(self, seconds: float) -> int:
        assert self._process is not None
        return await _exit_code(self._process, seconds)

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        assert self._process.pid is not None
        os.kill(self._process.pid, number)

    async def lose_lock_connection(self) -> None:
        """The database ends the connections that say which processes live: only this one's, where no other runs."""
        ended = await self._count(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND application_name = $1",
            f"{APPLICATION_NAME} locks",
        )
        assert ended == 1

    async def live_workflows(self) -> int:
        """The number of workflows that run, or may be taken over, in any process on the database."""
        return await self._count(
            "SELECT count(*) FROM dbos.workflow_status WHERE status IN ('PENDING', 'ENQUEUED', 'DELAYED')"
        )

    async def _count(self, sql: str, *arguments: str) -> int:
        connection = await connect(self._database_url, application_name="tests")
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


async def start_that_ends(environment: dict[str, str], output: Path) -> int:
    """The exit code of a start with these variables alone. What the process prints goes to the file `output`."""
    process = _FORKS.Process(target=_serve, args=(environment, output), daemon=True)
    process.start()
    try:
        return await _exit_code(process, _PATIENCE)
    finally:
        if process.exitcode is None:
            process.kill()


async def _exit_code(process: ForkServerProcess, seconds: float) -> int:
    async with asyncio.timeout(seconds):
        while (code := process.exitcode) is None:
            await asyncio.sleep(0.01)
    return code


def _serve(environment: dict[str, str], log: Path | None) -> None:
    """In the forked process: what `python -m api` does in this environment."""
    from api.__main__ import main

    os.environ.clear()
    os.environ.update(environment)
    if log is not None:
        with log.open("ab") as file:
            os.dup2(file.fileno(), sys.stdout.fileno())
            os.dup2(file.fileno(), sys.stderr.fileno())
    main()
