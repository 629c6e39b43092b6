"""Serves http and https on one port: the first byte of a connection distinguishes them."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Callable, Coroutine

_TLS_HANDSHAKE = 0x16
_PEEK_SECONDS = 10.0
_ACCEPT_PAUSE_SECONDS = 0.1


class Listener:
    """Accepts connections and hands each to a protocol, through TLS where the client speaks it."""

    def __init__(self, factory: Callable[[], asyncio.Protocol], context: ssl.SSLContext) -> None:
        self._factory = factory
        self._context = context
        self._socket: socket.socket | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._accepted: set[socket.socket] = set()  # not handed to a protocol yet: nobody else closes them

    @property
    def port(self) -> int:
        assert self._socket is not None
        port: int = self._socket.getsockname()[1]
        return port

    def open(self, host: str, port: int) -> None:
        """Listen; needs a running event loop. Raises `OSError` if the port is taken."""
        self._socket = socket.create_server((host, port), backlog=512)
        self._socket.setblocking(False)  # noqa: FBT003 - the socket module has no name for it
        self._spawn(self._accept(self._socket))

    async def close(self) -> None:
        """Accept no more; connections that are open belong to their protocols."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for connection in self._accepted:
            connection.close()
        self._accepted.clear()
        if self._socket:
            self._socket.close()

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _accept(self, listening: socket.socket) -> None:
        """Accept connections; each is known to `close` at once.

        Not with the event loop's `sock_accept`: a task that is cancelled after that has accepted a connection, and
        before it is resumed, loses it.
        """
        while True:
            await _readable(listening)
            try:
                connection, _ = listening.accept()
            except OSError:  # too many open files, or the client has gone already: others may still come
                await asyncio.sleep(_ACCEPT_PAUSE_SECONDS)
                continue
            self._accepted.add(connection)
            self._spawn(self._connect(connection))

    async def _connect(self, connection: socket.socket) -> None:
        try:
            connection.setblocking(False)  # noqa: FBT003 - the socket module has no name for it
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            async with asyncio.timeout(_PEEK_SECONDS):
                first = await _peek(connection)
        except (OSError, TimeoutError):  # the client went away, or would not speak
            self._accepted.discard(connection)
            connection.close()
            return
        self._accepted.discard(connection)  # from here on its transport closes it, also after a failed handshake
        with contextlib.suppress(OSError):
            await asyncio.get_running_loop().connect_accepted_socket(
                self._factory, connection, ssl=self._context if first == _TLS_HANDSHAKE else None
            )


async def _peek(connection: socket.socket) -> int:
    """The first byte, which stays where it is; 0 if the other side closed at once."""
    await _readable(connection)
    peeked = connection.recv(1, socket.MSG_PEEK)
    return peeked[0] if peeked else 0


async def _readable(waiting: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    loop.add_reader(waiting, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(waiting)
