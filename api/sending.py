"""Sends responses in pieces, and gives up on clients that do not read them.

The server buffers what it is given, however much that is, for as long as the client keeps the connection. In pieces,
the server's buffer holds one or two of them, and the response itself is freed when the time for it is over.
"""

import asyncio
from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

ABORT = "stagecoach.abort"  # an extension of the ASGI scope, by `api.http_protocol`: ends the connection at once
_PIECE = 64 * 1024  # bytes
_SECONDS = 30.0  # for a piece, and for a small response
_BYTES_A_SECOND = 32 * 1024  # for the rest of a large one


class PacedSending:
    """Every message of a response has its time; a client that takes longer loses the connection."""

    def __init__(self, app: ASGIApp, *, seconds: float = _SECONDS) -> None:
        self.app = app
        self.seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        abort: Callable[[], None] = scope.get("extensions", {}).get(ABORT, {}).get("call", lambda: None)

        async def paced(message: Message) -> None:
            seconds = self.seconds + len(message.get("body", b"")) / _BYTES_A_SECOND
            try:
                async with asyncio.timeout(seconds):
                    for piece in _pieces(message):
                        await send(piece)
            except TimeoutError:
                abort()

        await self.app(scope, receive, paced)


def _pieces(message: Message) -> list[Message]:
    body = message.get("body", b"")
    if len(body) <= _PIECE:
        return [message]
    view = memoryview(body)
    starts = range(0, len(body), _PIECE)
    pieces: list[Message] = [
        {"type": message["type"], "body": bytes(view[start : start + _PIECE]), "more_body": True} for start in starts
    ]
    pieces[-1]["more_body"] = message.get("more_body", False)
    return pieces
