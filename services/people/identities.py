"""Whom tokens and sessions authenticate, remembered for seconds, so that not every request asks the database.

An entry counts while nothing can have changed: until the first of all the ends that matter for it, until this process
or the database's feed says that rights changed, and for a few seconds at most. While the feed is not connected, nothing
is remembered.
"""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from db.feeds import Feed
from db.people import PersonRecord
from db.records.sign_ins import TokenRecord
from db.transaction import Database
from domain.actors import Origin
from domain.grants import Actor

_SECONDS = 5.0  # for as long as a connection may look alive that is not
_MOST = 10_000  # entries

Key = tuple[str, bytes]
"""What a proof is, and the SHA-256 of its secret."""


@dataclass(kw_only=True)
class Known:
    """An actor without the request that it calls by. `expires_at` is of its token or session, `ends` are of others.

    `used_at`: when it was recorded last that it called.
    """

    actor: Actor
    expires_at: datetime | None
    ends: tuple[datetime | None, ...] = ()
    token: TokenRecord | None = None
    person: PersonRecord | None = None
    used_at: datetime | None = None

    def actor_from(self, origin: Origin) -> Actor:
        return replace(self.actor, caller=replace(self.actor.caller, origin=origin))

    @property
    def first_end(self) -> datetime | None:
        """When something of it changes by itself: a proof that ends, or a right."""
        limit = self.actor.holdings.limit
        bindings = (each.expires_at for each in self.actor.holdings.bindings)
        ends = (self.expires_at, *self.ends, limit.expires_at if limit else None, *bindings)
        return min((each for each in ends if each is not None), default=None)


@dataclass(frozen=True, kw_only=True)
class _Entry:
    known: Known = field(repr=False)
    first_end: datetime | None
    read_at: float


class Identities:
    """The memory of one process."""

    def __init__(
        self,
        db: Database,
        feed: Feed,
        *,
        seconds: float = _SECONDS,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`feed` tells of rights."""
        self._feed = feed
        self._seconds = seconds
        self._clock = clock
        self._now = now
        self._entries: dict[Key, _Entry] = {}
        self._changes = 0  # how often rights have changed
        feed.subscribe(lambda _: self._forget())
        db.on_change(self._changed)

    def find(self, key: Key) -> Known | None:
        """Whom the proof authenticates; None where it has to be asked."""
        entry = self._entries.get(key)
        if entry is None or not self._feed.connected:
            return None
        ended = entry.first_end is not None and entry.first_end <= self._now()
        if ended or self._clock() - entry.read_at >= self._seconds:
            del self._entries[key]
            return None
        return entry.known

    async def reading(self, key: Key, read: Awaitable[Known]) -> Known:
        """What is read, which is remembered unless rights changed meanwhile. Raises as `read` does."""
        changes, read_at = self._changes, self._clock()
        known = await read
        if self._feed.connected and changes == self._changes:
            if len(self._entries) >= _MOST:
                del self._entries[next(iter(self._entries))]  # the oldest
            self._entries.pop(key, None)
            self._entries[key] = _Entry(known=known, first_end=known.first_end, read_at=read_at)
        return known

    def _changed(self, tables: frozenset[str]) -> None:
        if tables & self._feed.tables:
            self._forget()

    def _forget(self) -> None:
        """Rights may have changed. On each connection of the feed, too: it tells of all its tables then."""
        self._changes += 1
        self._entries.clear()
