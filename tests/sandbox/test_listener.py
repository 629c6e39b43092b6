"""The port of the practice clusters: what it has accepted and handed to no protocol yet, it closes itself."""

import asyncio
import gc
import socket
import tempfile
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from sandbox.listener import Listener
from sandbox.tls import make_identity

CLIENT_HELLO = bytes.fromhex("160301")  # the first bytes of TLS: a handshake that is not finished


class Greeting(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.transport.write(b"hello")
        self.transport.close()


@pytest.fixture(scope="module")
def context():
    with tempfile.TemporaryDirectory() as scratch:
        return make_identity().context(Path(scratch))


@pytest.fixture
async def listener(context):
    listener = Listener(Greeting, context)
    listener.open("127.0.0.1", 0)
    yield listener
    await listener.close()


@asynccontextmanager
async def client(listener):
    with socket.create_connection(("127.0.0.1", listener.port)) as connection:
        connection.setblocking(False)
        yield connection


async def end_of(connection):
    """What the other side sends until it closes the connection; with a reset, nothing."""
    loop, received = asyncio.get_running_loop(), b""
    async with asyncio.timeout(30):
        try:
            while part := await loop.sock_recv(connection, 100):
                received += part
        except ConnectionResetError:
            return b""
    return received


async def test_a_client_that_speaks_is_answered(listener):
    async with client(listener) as connection:
        connection.send(b"G")
        assert await end_of(connection) == b"hello"


@pytest.mark.parametrize("said", [b"", b"G", CLIENT_HELLO], ids=["silent", "http", "tls"])
@pytest.mark.parametrize("turns", range(8))
async def test_a_connection_that_is_being_accepted_when_the_listener_closes_is_closed(listener, said, turns):
    """At each point of it: a socket that nobody closed warns when it is collected, and warnings are errors here."""
    async with client(listener) as connection:
        connection.send(said)
        for _ in range(turns):
            await asyncio.sleep(0)
        await listener.close()
        assert await end_of(connection) in {b"", b"hello"}
    gc.collect()


async def test_a_client_that_leaves_without_a_word_keeps_no_other_out(listener):
    async with client(listener):
        pass
    async with client(listener) as connection:
        connection.send(b"G")
        assert await end_of(connection) == b"hello"
