"""A process of the service, with a supervisor that starts it again where it ends, as the kubelet does.

It is forked from a process that has imported the service and done nothing else: importing takes most of a start.
"""

import asyncio
import contextlib
import multiprocessing
import os
import runpy
import sys
from collections.abc import Mapping
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import httpx

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["api.__main__", __name__])
_LOOK_EVERY = 0.1  # seconds
_START = 120.0  # seconds until it is ready: the machine may be busy


class Replica:
    """`python -m api` in this environment. Its output goes to the end of the file `log`."""

    def __init__(self, name: str, environment: Mapping[str, str], *, port: int, log: Path) -> None:
        self.name = name
        self.address = f"http://127.0.0.1:{port}"
        self._environment = {**environment, "STAGECOACH_PORT": str(port)}
        self._log = log
        self._process: ForkServerProcess | None = None
        self._held = False  # it stays down for now
        self._supervisor: asyncio.Task[None] | None = None
        self.exits: list[int] = []
        """The exit codes with which it has ended by itself."""

    async def start(self) -> None:
        """Start it, and its supervisor when it is ready. Raises `RuntimeError` if it ends before."""
        self._fork()
        await self.ready()
        self._supervisor = asyncio.create_task(self._supervise(), name=f"supervisor of {self.name}")

    async def stop(self) -> None:
        """For good."""
        if self._supervisor is not None:
            self._supervisor.cancel()
            await asyncio.gather(self._supervisor, return_exceptions=True)
        self._kill()

    async def kill(self, *, down_for: float) -> None:
        """`kill -9`, and start it again after so many seconds."""
        self._held = True
        self._kill()
        await asyncio.sleep(down_for)
        self._fork()
        self._held = False

    async def ready(self) -> None:
        """Returns when it is ready. Raises `TimeoutError`, and `RuntimeError` if nobody starts it again."""
        async with asyncio.timeout(_START), httpx.AsyncClient(trust_env=False) as client:
            while True:
                with contextlib.suppress(httpx.TransportError):
                    if (await client.get(f"{self.address}/readyz")).is_success:
                        return
                if self._supervisor is None and self._process is not None and self._process.exitcode is not None:
                    raise RuntimeError(f"the process ended with {self._process.exitcode}; its output is in {self._log}")
                await asyncio.sleep(_LOOK_EVERY)

    async def _supervise(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_EVERY)
            if not self._held and self._process is not None and self._process.exitcode is not None:
                self.exits.append(self._process.exitcode)
                self._fork()

    def _fork(self) -> None:
        self._process = _FORKS.Process(target=_serve, args=(self._environment, self._log), daemon=True)
        self._process.start()

    def _kill(self) -> None:
        if self._process is not None and self._process.exitcode is None:
            self._process.kill()
            self._process.join()


def _serve(environment: dict[str, str], log: Path) -> None:
    """In the forked process."""
    os.environ.clear()
    os.environ.update(environment)
    with log.open("ab") as file:
        os.dup2(file.fileno(), sys.stdout.fileno())
        os.dup2(file.fileno(), sys.stderr.fileno())
    sys.argv = ["api"]
    runpy.run_module("api", run_name="__main__")
