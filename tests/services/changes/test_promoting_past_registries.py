"""Registries that accept connections and give no use: each is named in the plan, and none makes it late or fail."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, closing, suppress

import pytest

from db.transaction import Database
from domain.problems import Severity
from domain.stored.requests import PromotionRequest
from domain.words import CredentialKind
from sandbox.server import Sandbox
from services.net.addresses import AddressPolicy
from services.registry.oci import RegistryClients
from tests.support.actors import ANN
from tests.support.findings import shows
from tests.support.promotion_stage import CLUSTERS, PromotionStage, staged, workload

TO_PRODUCTION = PromotionRequest(source_environment="Staging", target_environment="Production")
_PATIENCE = 90.0  # for a plan; none of these registries would ever let it end

Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]


def _says(status: str, body: str = "", *headers: str) -> Answer:
    lines = (f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers, "", body)

    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write("\r\n".join(lines).encode())

    return answer


async def _nothing(_: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


async def _trickles(writer: asyncio.StreamWriter) -> None:
    """A body of which a byte comes now and then, so that no single read of it takes long."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n")
    while True:
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.2)


async def _no_http(writer: asyncio.StreamWriter) -> None:
    writer.write(bytes(range(256)) * 8)


async def _hangs_up(writer: asyncio.StreamWriter) -> None:
    writer.close()


ANSWERS: dict[str, Answer] = {
    "silent": _nothing,
    "trickling": _trickles,
    "no-http": _no_http,
    "hanging-up": _hangs_up,
    "web-page": _says("200 OK", "<html>Welcome</html>", "Content-Type: text/html"),
    "no-json": _says("200 OK", "{", "Content-Type: application/vnd.oci.image.manifest.v1+json"),
    "refusing": _says("401 Unauthorized", "", 'WWW-Authenticate: Basic realm="registry"'),
    "without-challenge": _says("401 Unauthorized"),
    "limiting": _says("429 Too Many Requests", "", "Retry-After: 3600"),
    "failing": _says("503 Service Unavailable"),
}


@pytest.fixture(scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(CLUSTERS, speed=20) as sandbox:
        yield sandbox


@pytest.fixture
async def stage(database: Database, database_url: str, sandbox: Sandbox) -> AsyncIterator[PromotionStage]:
    addresses = AddressPolicy(allow_loopback=True, allow_private=True)
    async with (
        RegistryClients(addresses=addresses) as clients,
        staged(database, database_url, sandbox, registries=clients) as stage,
    ):
        yield stage


@pytest.fixture
async def hosts(database: Database) -> AsyncIterator[dict[str, str]]:
    """By what they do, registries that are stored with a password."""
    async with AsyncExitStack() as stack:
        started = {name: await stack.enter_async_context(_listening(answer)) for name, answer in ANSWERS.items()}
        async with database.begin() as tx:
            for host in started.values():
                await tx.registries.put(
                    host, plain_http=True, kind=CredentialKind.BASIC, username="deployer", secret="s3cret-of-tests"
                )
        yield started


@asynccontextmanager
async def _listening(answer: Answer) -> AsyncIterator[str]:
    """Its host and port."""
    serving: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError), closing(writer):
            await reader.readuntil(b"\r\n\r\n")
            await answer(writer)
            await writer.drain()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(serve(reader, writer))
        serving.add(task)
        task.add_done_callback(serving.discard)

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    async with server:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        for task in tuple(serving):
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)


@shows("registry-unread")
async def test_each_registry_that_gives_no_use_is_named_and_blocks_nothing(stage, hosts):
    def at(tag: str) -> dict[str, str]:
        return {name: f"{host}/shop/{name}:{tag}" for name, host in hosts.items()}

    await stage.environment("Staging", {"staging-1": (workload("web", at("2")),)})
    await stage.environment("Production", {"prod-eu": (workload("web", at("1")),)})
    async with asyncio.timeout(_PATIENCE):
        plan = await stage.promoting.preview("shop", TO_PRODUCTION, actor=ANN)
    told = {each.detail.partition(" ")[0]: each for each in plan.all_problems}
    assert set(told) == set(hosts.values())
    assert {(each.code, each.severity) for each in plan.all_problems} == {("registry-unread", Severity.TELLS)}
    assert not plan.blocked
    assert "s3cret-of-tests" not in repr(plan)
