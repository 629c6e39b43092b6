"""Runs the practice clusters in a process of their own, at the same address after a restart."""

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

NAMES = ("dev-1", "staging-1", "prod-eu", "prod-us")
_START = 60.0  # seconds until the process prints READY
_STOP = 10.0  # seconds for the process to save its state


class PracticeClustersError(Exception):
    """The practice clusters did not start."""


@asynccontextmanager
async def practice_clusters(folder: Path) -> AsyncIterator[dict[str, str]]:
    """Runs them while the context is open; yields the administrator's kubeconfig of each, by name.

    Their state is kept in `folder/practice`, kubeconfigs for `kubectl` in `folder/clusters`. The former port
    is used again, so that kubeconfigs stay valid; if another process listens there, a free one.
    """
    kept = folder / "practice"
    kept.mkdir(parents=True, exist_ok=True, mode=0o700)
    port_file = kept / "port"
    port = int(port_file.read_text()) if port_file.exists() else 0
    try:
        process, address = await _started(folder, port)
    except PracticeClustersError:
        if port == 0:
            raise
        process, address = await _started(folder, 0)
    port_file.write_text(address.rpartition(":")[2])
    try:
        yield {name: (folder / "clusters" / f"{name}.kubeconfig").read_text() for name in NAMES}
    finally:
        await _stopped(process)


async def _started(folder: Path, port: int) -> tuple[asyncio.subprocess.Process, str]:
    arguments = ["--cluster", *NAMES, "--port", str(port)]
    arguments += ["--out", str(folder / "clusters"), "--data", str(folder / "practice"), "--until-eof"]
    # A session of its own: Ctrl-C reaches us alone, and we stop things in their order. If we are killed, the end of
    # its standard input stops it.
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "sandbox",
        *arguments,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdout is not None
    address = ""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_START):
            while line := (await process.stdout.readline()).decode().strip():
                if line == "READY":
                    return process, address
                address = line
    await _stopped(process)
    raise PracticeClustersError("The practice clusters did not start; their output is above.")


async def _stopped(process: asyncio.subprocess.Process) -> None:
    if process.stdin is not None:
        process.stdin.close()
    if process.returncode is not None:
        return
    process.terminate()
    try:
        await asyncio.wait_for(process.wait(), _STOP)
    except TimeoutError:
        process.kill()
        await process.wait()
