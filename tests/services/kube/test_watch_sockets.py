"""What a connection of a watch takes while nothing is sent on it."""

import ctypes
import platform
import ssl
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiohttp import ClientResponse

from sandbox.tls import make_identity
from services.kube.watch_sockets import release_write_buffer


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="it alone says how much memory is in use")
def test_a_connection_that_has_read_session_tickets_gives_its_buffer_to_write_with_back(tmp_path: Path):
    connections = [_connected(tmp_path) for _ in range(20)]
    before = _in_use()
    for client, _ in connections:
        release_write_buffer(_on(client))
    assert (before - _in_use()) / len(connections) > 16_000


def test_it_sends_nothing(tmp_path: Path):
    client, sent = _connected(tmp_path)
    release_write_buffer(_on(client))
    assert sent.pending == 0


def test_a_connection_without_tls_is_left_alone():
    release_write_buffer(_on(None))


def _connected(folder: Path) -> tuple[ssl.SSLObject, ssl.MemoryBIO]:
    """The client's side of a connection that has read what the server sends after the handshake, and what it sends."""
    identity = make_identity()
    to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = ssl.create_default_context(cadata=identity.authority).wrap_bio(
        to_client, to_server, server_hostname="localhost"
    )
    received, sent = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = identity.context(folder).wrap_bio(received, sent, server_side=True)
    for _ in range(2):
        _shake(client)
        received.write(to_server.read())
        _shake(server)
        to_client.write(sent.read())
    try:
        client.read(1)
    except ssl.SSLWantReadError:
        return client, to_server
    raise AssertionError("the server has sent nothing but tickets")


def _on(client: ssl.SSLObject | None) -> ClientResponse:
    """An answer on such a connection."""
    transport = SimpleNamespace(get_extra_info={"ssl_object": client}.get)
    answer: Any = SimpleNamespace(connection=SimpleNamespace(transport=transport))
    return cast("ClientResponse", answer)


def _shake(side: ssl.SSLObject) -> None:
    try:
        side.do_handshake()
    except ssl.SSLWantReadError:
        return


class _Allocated(ctypes.Structure):
    """`struct mallinfo2` of glibc."""

    _fields_ = tuple(
        (name, ctypes.c_size_t)
        for name in (
            "arena",
            "ordblks",
            "smblks",
            "hblks",
            "hblkhd",
            "usmblks",
            "fsmblks",
            "uordblks",
            "fordblks",
            "keep",
        )
    )


def _in_use() -> int:
    """Bytes that are allocated in the heap of the C library."""
    ask = ctypes.CDLL(None).mallinfo2
    ask.restype = _Allocated
    return int(ask().uordblks)
