"""`python -m api.local`: everything on this machine until Ctrl-C."""

import asyncio
import fcntl
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import timedelta
from pathlib import Path

import uvicorn

from api import logs
from api.container import Container, open_container
from api.local.example import machine_token, set_up
from api.local.practice import PracticeClustersError, practice_clusters
from api.main import create_app
from api.server import server_config
from api.settings import ClusterSettings, LogSettings, RegistrySettings, Settings
from services.people.access import Proof

_CODE_LIFETIME = timedelta(hours=12)  # a reader of this terminal can read the token's file as well


async def _run(settings: Settings) -> None:
    listener = _listener(settings)
    host = "127.0.0.1" if settings.host == "0.0.0.0" else settings.host  # noqa: S104  compared, not listened on
    address = f"http://{host}:{listener.getsockname()[1]}"
    if settings.public_url is None:
        settings = settings.model_copy(update={"public_url": address})
    async with practice_clusters(settings.data) as kubeconfigs:
        links: list[str] = []

        @asynccontextmanager
        async def opened(chosen: Settings) -> AsyncIterator[Container]:
            async with open_container(chosen) as container:
                await set_up(container, kubeconfigs, settings.data)
                token = await machine_token(container, settings.data)
                actor = await container.access.actor(Proof(secret=token, by="token"))
                code = await container.access.sign_in_code(actor, lifetime=_CODE_LIFETIME)
                links.append(f"{address}/#code={code.code}")
                yield container

        def announce() -> None:
            (settings.data / "address").write_text(address + "\n")
            print(f"Stagecoach runs at {links[0]}", flush=True)  # noqa: T201

        app = create_app(settings, opened=opened)
        await _Server(server_config(app, settings, grace=5), announce).serve(sockets=[listener])


class _Server(uvicorn.Server):
    """Stops on a signal; uvicorn's own raises it again, which would end us before the practice clusters are stopped."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None]) -> None:
        """Calls `on_ready` once the server accepts requests."""
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._on_ready()

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        yield


def _listener(settings: Settings) -> socket.socket:
    """Binds the port before anything starts, so that a port in use is reported at once."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        raise SystemExit(
            f"Port {settings.port} of {settings.host} cannot be used ({error.strerror}). "
            "Choose another one: STAGECOACH_PORT=8080 make run (0 picks a free port)."
        ) from error
    return listener


def _locked(folder: Path) -> int:
    """Locks the data folder for this process. The kernel releases the lock when the process ends."""
    folder.mkdir(mode=0o711, parents=True, exist_ok=True)
    lock = os.open(folder / "running", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise SystemExit(f"Another Stagecoach uses the data folder '{folder}'. Stop it first.") from None
    return lock


def _settings() -> Settings:
    """The environment's settings; for groups that it leaves out, defaults for a person at a terminal."""
    chosen = Settings()
    given = chosen.model_fields_set
    return chosen.model_copy(
        update={
            "clusters": chosen.clusters if "clusters" in given else ClusterSettings(allow_loopback=True),
            "registries": chosen.registries
            if "registries" in given
            else RegistrySettings(allow_loopback=True, believed="registry.example"),  # the practice clusters' own
            "log": chosen.log if "log" in given else LogSettings(level="warning", format="console"),
        }
    )


def main() -> None:
    """Run until a signal; a problem that the user can solve is a message, not a traceback."""
    settings = _settings()
    logs.configure(settings.log)
    lock = _locked(settings.data)
    try:
        with suppress(KeyboardInterrupt):
            asyncio.run(_run(settings))
    except PracticeClustersError as error:
        raise SystemExit(str(error)) from error
    finally:
        os.close(lock)
        sys.stdout.flush()


if __name__ == "__main__":
    main()
