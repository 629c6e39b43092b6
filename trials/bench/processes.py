"""The processes of a measurement, practice clusters and the service, and the CPU time that they use."""

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

_TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid: int) -> float:
    """User and system time of a process with all its threads, as the kernel has counted it (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


@asynccontextmanager
async def practice_clusters(
    names: Sequence[str], folder: Path, *, empty: bool = True, speed: float = 1.0
) -> AsyncIterator[str]:
    """Practice clusters in one process; yields their address. Kubeconfigs are written to `folder`.

    With `empty=False` the example application is on the first. Pods start `speed` times as fast as on a real cluster.
    """
    arguments = ["-m", "sandbox", "--port", "0", "--out", str(folder), "--speed", str(speed)]
    arguments += ["--empty"] if empty else []
    for name in names:
        arguments += ["--cluster", name]
    async with _child(arguments, dict(os.environ)) as process:
        assert process.stdout is not None
        address = ""
        while line := (await asyncio.wait_for(process.stdout.readline(), 60)).decode().strip():
            if line == "READY":
                break
            address = next((word for word in line.split() if word.startswith("http")), address)
        yield address.rstrip("/")


async def set_latency(address: str, clusters: Sequence[str], milliseconds: int) -> None:
    """Delay every response of these practice clusters."""
    async with httpx.AsyncClient() as http:
        for name in clusters:
            answer = await http.put(f"{address}/sandbox/clusters/{name}/faults", json={"latency_ms": milliseconds})
            answer.raise_for_status()


def free_port() -> int:
    """A port of this machine that nothing listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@asynccontextmanager
async def service(folder: Path, port: int) -> AsyncIterator[tuple[str, str, int]]:
    """Stagecoach with a database of its own in `folder`; yields its address, an administrator's token and its pid."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("STAGECOACH_")},
        "STAGECOACH_DATA": str(folder),
        "STAGECOACH_HOST": "127.0.0.1",
        "STAGECOACH_PORT": str(port),
        "STAGECOACH_CLUSTERS__ALLOW_LOOPBACK": "true",
        "STAGECOACH_REGISTRIES__BELIEVED": "registry.example",
        "STAGECOACH_LOG__LEVEL": "warning",
    }
    async with _child(["-m", "api"], environment) as process:
        address = f"http://127.0.0.1:{port}"
        await _ready(address, process)
        yield address, await _token(environment), process.pid


async def _token(environment: dict[str, str]) -> str:
    arguments = ("-m", "api.token", "--name", "bench", "--role", "admin")
    process = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, env=environment, stdout=asyncio.subprocess.PIPE
    )
    secret, _ = await process.communicate()
    return secret.decode().strip()


async def _ready(address: str, process: asyncio.subprocess.Process) -> None:
    async with httpx.AsyncClient() as http:
        for _ in range(600):
            if process.returncode is not None:
                raise RuntimeError(f"the service ended with {process.returncode}")
            try:
                if (await http.get(f"{address}/readyz")).is_success:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.1)
    raise RuntimeError("the service was not ready within 60 s")


@asynccontextmanager
async def _child(arguments: list[str], environment: dict[str, str]) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, env=environment, stdout=asyncio.subprocess.PIPE, start_new_session=True
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(process.wait(), 20)
            except TimeoutError:
                process.kill()
                await process.wait()


async def floor(job: dict[str, object]) -> tuple[float, float]:
    """Run `trials.bench.floor` on a job in a process of its own; returns its wall and CPU seconds."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "trials.bench.floor", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    answer, _ = await process.communicate(json.dumps(job).encode())
    if process.returncode:
        raise RuntimeError("the floor's requests failed")
    figures = json.loads(answer)
    return figures["wall"], figures["cpu"]
