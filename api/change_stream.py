"""The stream of changes: what a viewer sees change, as server-sent events, until the viewer's proof ends.

Rights are asked again whenever some change, and every few seconds; who sees other things than before is told to read
everything again.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import replace
from hashlib import blake2b

import orjson

from api.event_stream import ASK_SECONDS, HEARTBEAT_SECONDS
from db.feeds import Feed
from domain.grants import Actor
from domain.rights import Right
from services.planning.live.change_events import ChangeEvent, Viewer
from services.reading.change_feed import ChangeFeed, Position

_PATIENCE = 3.0  # seconds that a stream waits for the feed: a connection that is lost is made anew in one
_BETWEEN_ASKS = 0.2  # seconds
_RETRY = 2000  # milliseconds after which a browser connects again


def encode_changes(events: Sequence[ChangeEvent]) -> bytes:
    """An `api.schemas.changes.StreamedChangesRead`, encoded without pydantic: once for all who are told the same."""
    return orjson.dumps(
        {
            "changes": [
                {
                    "topic": each.topic.value,
                    "application": each.application,
                    "environment": each.environment,
                    "cluster": each.cluster,
                    "id": each.id,
                }
                for each in events
            ]
        }
    )


def event(name: str, position: Position, data: bytes = b'{"changes":[]}') -> bytes:
    """One event on the wire. orjson writes no line breaks."""
    return b"id: %b\nevent: %b\ndata: %b\n\n" % (str(position).encode(), name.encode(), data)


def _digest(viewer: Viewer) -> str:
    """Of what the viewer may see: equal for viewers who see the same. The viewer learns nothing from it that the
    service has not told already.
    """
    texts = sorted(
        repr([None if ids is None else sorted(ids) for ids in (each.applications, each.labels, each.environments)])
        for each in viewer.seen
    )
    whole = repr([viewer.administers, sorted(viewer.own), texts])
    return blake2b(whole.encode(), digest_size=4).hexdigest()


def viewer_of(actor: Actor) -> Viewer:
    """What the actor is told by, as lists show it what it sees."""
    token = actor.caller.token_id
    return Viewer(
        seen=actor.holdings.scopes(Right.VIEW),
        administers=actor.holdings.allow(Right.ADMINISTER),
        own=frozenset({actor.caller.ref.id} | ({token} if token is not None else set())),
    )


class ChangeStream:
    """One viewer's stream. `viewer` asks who it is now: None once its proof has ended."""

    def __init__(
        self,
        feed: ChangeFeed,
        rights: Feed,
        viewer: Callable[[], Awaitable[Actor | None]],
        *,
        ask_every: float = ASK_SECONDS,
        heartbeat: float = HEARTBEAT_SECONDS,
        patience: float = _PATIENCE,
    ) -> None:
        self._feed = feed
        self._rights = rights
        self._viewer = viewer
        self._ask_every = ask_every
        self._heartbeat = heartbeat
        self._patience = patience
        self._woken = asyncio.Event()
        self._doubtful = True  # rights may have changed since they were asked
        self._asked_at = float("-inf")
        self._spoke_at = time.monotonic()
        self._seen_as = Viewer()
        self._position: Position | None = None

    async def events(self, position: Position | None) -> AsyncGenerator[bytes]:
        """From a position on: first `resumed`, or `reset` where what changed since is not known."""
        self._position = position
        unsubscribes = (self._feed.subscribe(self._woken.set), self._rights.subscribe(self._doubt))
        stood_at, first = time.monotonic(), True
        yield b"retry: %d\n\n" % _RETRY
        try:
            while await self._may_go_on(first=first):
                self._woken.clear()
                if self._feed.stands:
                    pieces = self._pieces(first=first)
                    if pieces:
                        yield b"".join(pieces)
                        self._spoke_at = time.monotonic()
                    stood_at, first = time.monotonic(), False
                elif time.monotonic() - stood_at > self._patience:
                    return
                await self._pause()
        finally:
            for unsubscribe in unsubscribes:
                unsubscribe()

    def _pieces(self, *, first: bool) -> list[bytes]:
        """What is sent now: nothing where nothing has changed that the viewer sees, and it was spoken to lately."""
        seen = _digest(self._seen_as)
        if first and self._position is not None and self._position.seen != seen:
            self._position = None  # what the viewer sees by now, and did not see then, was never told
        told, now = self._feed.after(self._position, self._seen_as), replace(self._feed.now(), seen=seen)
        self._position = now
        if told is None:
            return [event("reset", now)]
        changes = [event("changed", replace(at, seen=seen), data) for at, data in told]
        if first:
            return [*changes, event("resumed", now)]
        quiet = time.monotonic() - self._spoke_at >= self._heartbeat
        return changes or ([event("heartbeat", now)] if quiet else [])

    async def _may_go_on(self, *, first: bool) -> bool:
        """Ask who the viewer is now, where it is time to. Who sees other things than before has to read all again."""
        now = time.monotonic()
        due = now - self._asked_at >= self._ask_every or not self._rights.connected
        if not (self._doubtful or due):
            return True
        self._doubtful, self._asked_at = False, now
        actor = await self._viewer()
        if actor is None:
            return False
        former, self._seen_as = self._seen_as, viewer_of(actor)
        if not first and former != self._seen_as:
            self._position = None
        return True

    async def _pause(self) -> None:
        """Until there is something to do. Rights that change one after another are asked a few times a second."""
        if self._doubtful:
            await asyncio.sleep(_BETWEEN_ASKS)
            return
        wake_at = min(self._asked_at + self._ask_every, self._spoke_at + self._heartbeat)
        waits = wake_at - time.monotonic()
        if not self._feed.stands:
            waits = min(waits, self._patience / 4)
        try:
            async with asyncio.timeout(max(0.01, waits)):
                await self._woken.wait()
        except TimeoutError:
            return

    def _doubt(self, _: frozenset[str]) -> None:
        self._doubtful = True
        self._woken.set()
