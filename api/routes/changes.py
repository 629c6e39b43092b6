"""The stream of changes of everything that a caller sees."""

from typing import Annotated

from fastapi import Header, Query

from api.authentication import ProofDep, SignedIn
from api.change_stream import ChangeStream
from api.dependencies import AccessDep, ChangeFeedDep, RightsFeedDep
from api.event_stream import EventStream
from api.guarded_route import guarded_router
from api.responses import problems
from api.schemas.changes import StreamedChangesRead
from db.errors import DatabaseUnreachableError
from domain.grants import Actor
from services.errors import UnauthenticatedError
from services.people.access import Access, Proof
from services.reading.change_feed import Position

router = guarded_router(prefix="/events", tags=["overview"])

_LONGEST_ID = 40


@router.get(
    "",
    operation_id="followChanges",
    summary="Follow what changes, as server-sent events",
    description="Of everything that the caller sees, an event named `changed` says within a second what has changed "
    "and where; what it is now, the caller reads where it is listed. The first event is `resumed` where the stream "
    "continues after the `Last-Event-ID` (or `after`) that was sent, with all changes since before it. Otherwise it is "
    "`reset`: what was read earlier may be out of date. `reset` also comes when the caller's rights change. "
    "`heartbeat` comes while nothing changes. The stream ends when the caller's token or session does.",
    response_class=EventStream,
    response_description="Changes as server-sent events.",
    response_model=StreamedChangesRead,
    responses=problems(),
)
async def follow_changes(
    _: SignedIn,
    feed: ChangeFeedDep,
    rights: RightsFeedDep,
    access: AccessDep,
    proof: ProofDep,
    after: Annotated[
        str | None,
        Query(
            max_length=_LONGEST_ID, description="An event's id, for clients that cannot send `Last-Event-ID` at first."
        ),
    ] = None,
    last_event_id: Annotated[str | None, Header(alias="Last-Event-ID", max_length=_LONGEST_ID)] = None,
) -> EventStream:
    stream = ChangeStream(feed, rights, lambda: _viewer(access, proof))
    return EventStream.of(stream.events(Position.parsed(last_event_id or after)))


async def _viewer(access: Access, proof: Proof) -> Actor | None:
    """Who the proof authenticates now; None also where that cannot be found out."""
    try:
        return await access.actor(proof)
    except (UnauthenticatedError, DatabaseUnreachableError):
        return None
