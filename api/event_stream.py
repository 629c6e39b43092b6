"""An operation's timeline as server-sent events."""

from collections.abc import AsyncIterator, Sequence

import orjson
from sse_starlette import EventSourceResponse

from db.records import EventRecord

HEARTBEAT_SECONDS = 15  # a comment line, so that proxies do not close a quiet stream


class EventStream(EventSourceResponse):
    media_type = "text/event-stream"


def stream(batches: AsyncIterator[Sequence[EventRecord]]) -> EventStream:
    """Each event has its `seq` as id: what a browser sends as `Last-Event-ID` when it reconnects."""
    return EventStream(_encoded(batches), ping=HEARTBEAT_SECONDS, headers={"X-Accel-Buffering": "no"})


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
