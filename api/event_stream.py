"""An operation's timeline as server-sent events.

A stream ends with the session or token that opened it, and with the right to see the operation: it is asked again every
few seconds whether these still count.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from typing import Any, Self

import orjson
from sse_starlette import EventSourceResponse

from db.records.operations import EventRecord

ASK_SECONDS = 5.0  # how long a stream may outlive what opened it
HEARTBEAT_SECONDS = 15  # a comment line, so that proxies do not close a quiet stream


_NEVER = 24 * 3600  # seconds, for streams that say by events of their own that they stand


class EventStream(EventSourceResponse):
    media_type = "text/event-stream"

    @classmethod
    def of(cls, encoded: AsyncIterator[bytes], *, ping: int = _NEVER) -> Self:
        """A stream of encoded events. Proxies that know the header do not hold them back."""
        return cls(encoded, ping=ping, headers={"X-Accel-Buffering": "no"})


def stream(
    batches: AsyncGenerator[Sequence[EventRecord]], *, authenticated: Callable[[], Awaitable[bool]]
) -> EventStream:
    """Each event has its `seq` as id: what a browser sends as `Last-Event-ID` when it reconnects.

    `authenticated`: whether the caller still is, and still sees the operation.
    """
    return EventStream.of(_encoded(while_authenticated(batches, authenticated)), ping=HEARTBEAT_SECONDS)


async def while_authenticated(
    batches: AsyncGenerator[Sequence[EventRecord]],
    authenticated: Callable[[], Awaitable[bool]],
    *,
    every: float | None = None,
) -> AsyncGenerator[Sequence[EventRecord]]:
    """The batches, until the caller is no longer authenticated: that is asked every so many seconds."""
    pause = ASK_SECONDS if every is None else every
    asked = time.monotonic()
    coming = asyncio.ensure_future(anext(batches, None))
    try:
        while True:
            await asyncio.wait({coming}, timeout=max(0.0, asked + pause - time.monotonic()))
            if time.monotonic() >= asked + pause:
                if not await authenticated():
                    return
                asked = time.monotonic()
            if coming.done():
                batch = coming.result()
                if batch is None:
                    return
                coming = asyncio.ensure_future(anext(batches, None))
                yield batch
    finally:
        # In a task of its own: where the reader is gone, each further wait in this one would be cancelled as well.
        closing = asyncio.ensure_future(_close(coming, batches))
        _CLOSING.add(closing)
        closing.add_done_callback(_CLOSING.discard)


_CLOSING: set[asyncio.Future[None]] = set()  # the event loop itself keeps no task alive


async def _close(coming: asyncio.Future[Any], batches: AsyncGenerator[Any]) -> None:
    coming.cancel()
    await asyncio.wait({coming})
    await batches.aclose()


async def _encoded(batches: AsyncIterator[Sequence[EventRecord]]) -> AsyncIterator[bytes]:
    """A batch is one chunk of the body: an import writes hundreds of events a second, and each reader gets all."""
    async for batch in batches:
        yield b"".join(map(encoded, batch))


def encoded(event: EventRecord) -> bytes:
    """An `api.schemas.operations.EventRead`, encoded without pydantic. orjson writes no line breaks.

    `EventSource` passes a named event only to listeners of that name. So `event:` keeps the former name of a renamed
    type until clients have followed; `type` in the entry is the present one.
    """
    entry = {
        "seq": event.seq,
        "type": event.type,
        "former_type": event.former_type,
        "at": event.at,
        "cluster": event.cluster,
        "resource": None if event.resource is None else str(event.resource),
        "resource_ref": None if event.resource is None else event.resource.to_json(),
        "data": event.data,
    }
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (
        event.seq,
        (event.former_type or event.type).encode(),
        orjson.dumps(entry, option=orjson.OPT_UTC_Z),
    )
