"""Uvicorn's HTTP/1.1 protocol with the bounds that it lacks: on heads, trailers, pipelines and unread responses.

Of itself it waits without end for the rest of a request's head, keeps headers of any length, queues as many pipelined
requests as arrive, and keeps the connection of a client that never reads. What holds for one request is the business of
the middleware (`api.bodies`, `api.sending`); here are those bounds that no middleware sees.
"""

import asyncio
import contextlib
import socket

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from api.sending import ABORT

HEAD_SECONDS = 10.0  # from the first byte of a request, or the connection's start, to the end of its head
HEAD_BYTES = 32 * 1024  # of a head, of trailers, or of anything else that is no body
_PIPELINED = 8  # requests that wait for the one before them on the connection
STALL_SECONDS = 30.0  # without a piece of the response being taken
_USER_TIMEOUT = getattr(socket, "TCP_USER_TIMEOUT", None)  # Linux: RFC 5482


class TooMuchError(Exception):
    """Raised inside the parser: uvicorn answers 400 and closes the connection."""


class BoundedHttpProtocol(HttpToolsProtocol):
    """One connection."""

    _head: asyncio.TimerHandle | None = None
    _stall: asyncio.TimerHandle | None = None
    _without_body = 0  # bytes since the last head or piece of a body was complete
    _progress = False
    _cycles: tuple[RequestResponseCycle, ...] = ()  # of requests that are not answered yet

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn declares it
        super().connection_made(transport)
        self._bound_unread(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._head_came()
        self._taken()
        self._let_go()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._progress = False
        super().data_received(data)
        self._without_body = 0 if self._progress else self._without_body + len(data)
        if self._without_body > HEAD_BYTES and not self.transport.is_closing():
            self.send_400_response("The head or the trailers of the request are too long.")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {ABORT: {"call": self._abort}}
        self._await_head()

    def on_headers_complete(self) -> None:
        if len(self.pipeline) >= _PIPELINED:
            raise TooMuchError
        self._head_came()
        self._progress = True
        super().on_headers_complete()
        self._cycles = (*(cycle for cycle in self._cycles if not cycle.response_complete), self.cycle)

    def on_body(self, body: bytes) -> None:
        self._progress = True
        super().on_body(body)

    def pause_writing(self) -> None:
        super().pause_writing()
        if self._stall is None:
            self._stall = self.loop.call_later(STALL_SECONDS, self._abort)

    def resume_writing(self) -> None:
        self._taken()
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:
        super().send_400_response(msg)
        self._let_go()

    def _abort(self) -> None:
        self._let_go()
        self.transport.abort()

    def _let_go(self) -> None:
        """Nobody reads the answers to requests that are under way or wait: uvicorn says so to the last of them only."""
        for cycle in self._cycles:
            cycle.disconnected = True
            cycle.message_event.set()
        self.pipeline.clear()
        self.flow.resume_writing()

    def _await_head(self) -> None:
        if self._head is None:
            self._head = self.loop.call_later(HEAD_SECONDS, self._head_is_late)

    def _head_is_late(self) -> None:
        self._head = None
        if not self.transport.is_closing():
            self._let_go()
            self.transport.close()

    def _head_came(self) -> None:
        if self._head is not None:
            self._head.cancel()
            self._head = None

    def _taken(self) -> None:
        if self._stall is not None:
            self._stall.cancel()
            self._stall = None

    @staticmethod
    def _bound_unread(transport: asyncio.Transport) -> None:
        """A peer that acknowledges nothing, or leaves its window closed, loses the connection (RFC 5482)."""
        sock = transport.get_extra_info("socket")
        if sock is None or _USER_TIMEOUT is None or sock.family not in {socket.AF_INET, socket.AF_INET6}:
            return
        with contextlib.suppress(OSError):  # a proxy's socket may not take it; the other bounds hold all the same
            sock.setsockopt(socket.IPPROTO_TCP, _USER_TIMEOUT, int(2 * STALL_SECONDS * 1000))
