"""A service that runs for tests, and what is sent to it."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from pydantic import SecretStr

from api.container import Container, open_container
from api.main import create_app
from api.server import server_config
from api.settings import (
    CheckSettings,
    ClusterSettings,
    GitSettings,
    IssuerSettings,
    LimitSettings,
    NotificationSettings,
    RegistrySettings,
    Settings,
)
from db.keys import new_key
from sandbox.server import Sandbox
from services.people.access import IssuedToken

Json = dict[str, Any]
CONTRACT = Path(__file__).parents[2] / "openapi" / "openapi.json"


@dataclass(frozen=True, kw_only=True)
class Service:
    """A running service."""

    url: str
    container: Container


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield  # Ctrl-C is pytest's


def settings_for(database_url: str, data: Path) -> Settings:
    """Settings under which practice clusters may be registered."""
    return Settings(
        data=data,
        database_url=SecretStr(database_url),
        encryption_keys=(SecretStr(new_key()),),
        console=None,
        clusters=ClusterSettings(allow_loopback=True),
        git=GitSettings(allow_loopback=True),
        registries=RegistrySettings(allow_loopback=True, believed="registry.example"),
        notifications=NotificationSettings(allow_loopback=True),
        issuers=IssuerSettings(allow_loopback=True),
        checks=CheckSettings(allow_loopback=True),
        limits=LimitSettings(probe=3.0, silence=5.0, probe_interval=3600.0, stale=0.3),
    )


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Service]:
    """Serves on a free port of this machine until the block ends."""
    containers: list[Container] = []

    @asynccontextmanager
    async def opened(settings: Settings) -> AsyncIterator[Container]:
        async with open_container(settings) as container:
            containers.append(container)
            yield container

    served = settings.model_copy(update={"port": 0})
    async with serving(server_config(create_app(served, opened=opened), served)) as port:
        yield Service(url=f"http://127.0.0.1:{port}", container=containers[0])


@asynccontextmanager
async def serving(config: uvicorn.Config, listener: socket.socket | None = None) -> AsyncIterator[int]:
    """Serves an application until the block ends, on a port that it names: the listener's, or that of its settings."""
    server = _Server(config)
    task = asyncio.create_task(server.serve(sockets=[listener] if listener else None))
    while not server.started:
        assert not task.done(), "the service did not start"
        await asyncio.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    await task


def caller(service: Service, token: IssuedToken) -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer {token.secret}"}
    return httpx.AsyncClient(base_url=service.url, headers=headers, trust_env=False, timeout=120)


def registration(sandbox: Sandbox, name: str, *, user: str = "admin", called: str | None = None) -> dict[str, Any]:
    """The body that registers a practice cluster."""
    credential = {"type": "kubeconfig", "kubeconfig": sandbox.kubeconfig(name, user=user)}
    return {"name": called or name, "credential": credential}
