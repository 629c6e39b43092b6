"""HTTP of checks: vetted addresses, no redirects, bounded bodies."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from services.execution.check_door import CheckDoor
from services.net.addresses import AddressPolicy
from services.net.vetted_http import NoAnswerError

_LOCAL = AddressPolicy(allow_loopback=True, allow_private=True)


@pytest.fixture
async def server() -> AsyncIterator[str]:
    async def answer(request: web.Request) -> web.Response:
        match request.path:
            case "/moved":
                return web.Response(status=302, headers={"Location": "http://169.254.169.254/latest/meta-data"})
            case "/long":
                return web.Response(body=b"x" * (2 * 1024 * 1024))
            case _:
                return web.Response(text=f"{request.method} {request.headers.get('X-Asked')}")

    runner = web.ServerRunner(web.Server(answer))  # type: ignore[arg-type]  # it has a request of the base class
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"http://127.0.0.1:{_port(site)}"
    await runner.cleanup()


def _port(site: web.TCPSite) -> int:
    return int(site._server.sockets[0].getsockname()[1])  # type: ignore[union-attr]


async def test_answers_are_read_as_they_are_and_redirects_are_not_followed(server: str) -> None:
    async with CheckDoor(addresses=_LOCAL) as door:
        plain = await door.ask("GET", f"{server}/", {"X-Asked": "yes"})
        assert (plain.status, plain.body, plain.whole) == (200, b"GET yes", True)
        assert (await door.ask("GET", f"{server}/moved", {})).status == 302
        long = await door.ask("GET", f"{server}/long", {})
        assert (len(long.body), long.whole) == (1024 * 1024, False)


async def test_addresses_are_vetted_when_they_are_connected_to(server: str) -> None:
    refused = AddressPolicy(allow_loopback=False, allow_private=False)
    port = server.rpartition(":")[2]
    async with CheckDoor(addresses=refused) as door:
        for address in (
            server,
            f"http://localhost:{port}/",
            "http://169.254.169.254/",
            "http://0x7f.1/",
            "http://10.0.0.1/",
        ):
            with pytest.raises(NoAnswerError) as error:
                await door.ask("GET", address, {})
            assert error.value.refused, address


async def test_a_server_that_is_not_there_is_no_answer() -> None:
    async with CheckDoor(addresses=_LOCAL) as door:
        with pytest.raises(NoAnswerError, match="failed") as error:
            await door.ask("GET", "http://127.0.0.1:1/", {})
        assert not error.value.refused
