"""An operation's timeline as server-sent events."""

from collections.abc import AsyncIterator

from sse_starlette import EventSourceResponse, ServerSentEvent

from api.schemas.operations import EventRead
from db.records import EventRecord

HEARTBEAT_SECONDS = 15  # a comment line, so that proxies do not take a quiet stream for a dead one


class EventStream(EventSourceResponse):
    media_type = "text/event-stream"


def stream(events: AsyncIterator[EventRecord]) -> EventStream:
    """Each event has its `seq` as id: what a browser sends as `Last-Event-ID` when it reconnects."""
    return EventStream(_encoded(events), ping=HEARTBEAT_SECONDS, headers={"X-Accel-Buffering": "no"})


async def _encoded(events: AsyncIterator[EventRecord]) -> AsyncIterator[ServerSentEvent]:
    async for event in events:
        yield ServerSentEvent(
            id=str(event.seq), event=event.type, data=EventRead.model_validate(event).model_dump_json(), sep="\n"
        )
