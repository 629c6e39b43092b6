"""Responses are sent in pieces, and a client that takes none in time loses its connection."""

import asyncio
from typing import Any

from starlette.responses import Response, StreamingResponse
from starlette.types import ASGIApp, Message

from api.sending import ABORT, PacedSending

_PIECE = 64 * 1024


async def sent(app: ASGIApp, *, seconds: float = 30, stuck_after: int | None = None) -> tuple[list[Message], bool]:
    """The messages that the server was given, and whether the connection was ended at once."""
    messages: list[Message] = []
    aborted = asyncio.Event()

    async def send(message: Message) -> None:
        if stuck_after is not None and len(messages) >= stuck_after and not aborted.is_set():
            await aborted.wait()
        messages.append(message)

    async def receive() -> Message:
        await asyncio.sleep(3600)
        return {"type": "http.disconnect"}

    scope: dict[str, Any] = {"type": "http", "method": "GET", "extensions": {ABORT: {"call": aborted.set}}}
    async with asyncio.timeout(60):
        await PacedSending(app, seconds=seconds)(scope, receive, send)
    return messages, aborted.is_set()


async def test_a_large_body_goes_out_in_pieces_and_is_whole():
    body = bytes(range(256)) * 1000
    messages, aborted = await sent(Response(body))
    bodies = [message for message in messages if message["type"] == "http.response.body"]
    assert b"".join(message["body"] for message in bodies) == body
    assert max(len(message["body"]) for message in bodies) == _PIECE
    assert [message["more_body"] for message in bodies] == [True] * (len(bodies) - 1) + [False]
    assert not aborted


async def test_a_small_body_goes_out_as_it_is():
    messages, _ = await sent(Response(b"small"))
    assert [message["type"] for message in messages] == ["http.response.start", "http.response.body"]


async def test_a_stream_goes_out_piece_by_piece():
    async def pieces():
        yield b"a" * (_PIECE + 1)
        yield b"b"

    messages, _ = await sent(StreamingResponse(pieces()))
    bodies = [message["body"] for message in messages if message["type"] == "http.response.body"]
    assert [len(body) for body in bodies] == [_PIECE, 1, 1, 0]


async def test_a_client_that_takes_nothing_loses_its_connection():
    _, aborted = await sent(Response(b"x" * 10 * _PIECE), seconds=0.01, stuck_after=3)
    assert aborted
