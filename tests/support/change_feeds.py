"""A feed of changes without a database, and readers of what it sends."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import orjson

from api.change_stream import encode_changes
from db.transaction import Database
from domain.changed_rows import KnownPlaces
from domain.rights import ApplicationRef, EnvironmentRef, Scope
from services.reading.change_feed import ChangeFeed

SHOP, STORE = ApplicationRef(id="shop-id", name="shop"), ApplicationRef(id="store-id", name="store")
STAGING = EnvironmentRef(id="staging-id", name="Staging")
SEES_SHOP = (Scope(applications=frozenset({SHOP.id})),)
SEES_STORE = (Scope(applications=frozenset({STORE.id})),)
KNOWN = KnownPlaces(
    applications={SHOP.id: SHOP, STORE.id: STORE},
    environments={STAGING.id: STAGING},
    app_environments={"shop-place": (SHOP.id, STAGING.id), "store-place": (STORE.id, STAGING.id)},
)


@dataclass
class KnownDatabase:
    """A database that knows places and nothing else; `reads` counts how often it was asked."""

    known: KnownPlaces = KNOWN
    reads: int = 0
    fails: Exception | None = None

    @asynccontextmanager
    async def read(self) -> AsyncIterator[SimpleNamespace]:
        yield SimpleNamespace(places=SimpleNamespace(known=self._known))

    async def _known(self) -> KnownPlaces:
        self.reads += 1
        if self.fails is not None:
            raise self.fails
        return self.known


@dataclass
class FeedStage:
    """A feed whose time stands still until a test moves it."""

    database: KnownDatabase = field(default_factory=KnownDatabase)
    seconds: float = 100.0
    encoded: int = 0

    def __post_init__(self) -> None:
        self.feed = ChangeFeed(cast("Database", self.database), encode=self._encode, clock=lambda: self.seconds)

    def _encode(self, events: Any) -> bytes:
        self.encoded += 1
        return encode_changes(events)

    async def connected(self) -> "FeedStage":
        self.feed.rows.begin()
        await self.feed.tell()
        return self

    async def change(self, place: str, *ids: str) -> None:
        """An operation of an app environment changes, in a batch of its own."""
        self.seconds += 0.1
        self.feed.rows.hear(" ".join(("operations", place, *(ids or ("op",)))))
        await self.feed.tell()


def changes(data: bytes) -> list[str]:
    """What an event tells: topic, application and environment of each change."""
    told = orjson.loads(data)["changes"]
    return [" ".join(each[name] or "-" for name in ("topic", "application", "environment")) for each in told]
