"""The timelines of operations, and the notifier that tells readers of new entries.

`append` counts in the operation's row and so holds its lock: numbers are given in the order of commits, and a reader
that has read number n never finds a smaller one later.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import bindparam, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from db import models
from db.base import parse_id
from db.listening import Listener
from db.records.operations import EventRecord, ImageCopyRecord
from db.types import resource_text, stored
from domain.resources import ResourceId
from domain.words import EventType

CHANNEL = "stagecoach_events"
_OF_COPIES = (EventType.IMAGE_COPY_STARTED, EventType.IMAGE_COPY_PROGRESSED, EventType.IMAGE_COPY_ENDED)


@dataclass(frozen=True, kw_only=True)
class NewEvent:
    """`data` is plain JSON and never holds a Secret's value."""

    type: EventType
    cluster: str | None = None
    resource: ResourceId | None = None
    data: dict[str, Any] = field(default_factory=dict)
    at: datetime = field(default_factory=lambda: datetime.now(UTC))


class Events:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def append(self, operation_id: str, events: Sequence[NewEvent]) -> int:
        """Number and write the entries, and notify readers on commit; returns the last number."""
        connection = await self._session.connection()
        written = await connection.execute(
            _APPEND,
            {
                "operation": operation_id,
                "channel": CHANNEL,
                "count": len(events),
                "at": [each.at for each in events],
                "type": [stored(each.type) for each in events],
                "cluster": [each.cluster for each in events],
                "resource": [resource_text(each.resource) for each in events],
                "data": [orjson.dumps(each.data).decode() for each in events],
            },
        )
        last: int = written.scalar_one()
        return last

    async def after(self, operation_id: str, seq: int, *, limit: int = 500) -> tuple[EventRecord, ...]:
        """The entries with higher numbers than `seq`, in order."""
        key = parse_id(operation_id)
        if key is None:
            return ()
        connection = await self._session.connection()
        rows = await connection.execute(_AFTER, {"operation": key, "last": seq, "most": limit})
        return tuple(
            EventRecord(
                operation_id=key,
                seq=number,
                at=at,
                type=type_,
                cluster=cluster,
                resource=resource,
                data=_present(type_, data),
            )
            for number, at, type_, cluster, resource, data in rows
        )

    async def image_copies(self, operation_ids: Collection[str]) -> dict[str, tuple[ImageCopyRecord, ...]]:
        """By operation, where it copies images: each image once, in the order in which the copies began."""
        table = models.OperationEvent
        query = (
            select(table.operation_id, table.type, table.data)
            .where(table.operation_id.in_(operation_ids), table.type.in_(_OF_COPIES))
            .order_by(table.operation_id, table.seq)
        )
        found: dict[str, dict[str, ImageCopyRecord]] = {}
        for operation_id, type_, data in await self._session.execute(query):
            copies = found.setdefault(operation_id, {})
            known = copies.get(data["target"])
            copies[data["target"]] = ImageCopyRecord(
                operation_id=operation_id,
                source=data["source"],
                target=data["target"],
                digest=data["digest"],
                ended=type_ is EventType.IMAGE_COPY_ENDED,
                bytes=data.get("bytes", known.bytes if known else None),
                bytes_done=data.get("bytes_done", known.bytes_done if known else None),
            )
        return {each: tuple(copies.values()) for each, copies in found.items()}


class Notifier:
    """One connection a process that listens for PostgreSQL's notifications and wakes the tasks that wait for them.

    A notification can be lost with the connection, so a task waits for a bounded time and then queries the table.
    """

    def __init__(self, url: str) -> None:
        self._waiting: dict[str, set[asyncio.Event]] = {}
        self._listener = Listener(url, {CHANNEL: self}, purpose="events")

    async def start(self) -> None:
        await self._listener.start()

    async def stop(self) -> None:
        await self._listener.stop()

    @asynccontextmanager
    async def listening(self, operation_id: str) -> AsyncIterator[Callable[[float], Coroutine[Any, Any, None]]]:
        """Inside, `await notified(seconds)` returns on a notification with this payload, or when the time is over.

        A notification between two calls is not lost: the next call returns at once.
        """
        event = asyncio.Event()
        self._waiting.setdefault(operation_id, set()).add(event)

        async def notified(seconds: float) -> None:
            try:
                async with asyncio.timeout(seconds):
                    await event.wait()
            except TimeoutError:
                return
            event.clear()

        try:
            yield notified
        finally:
            self._waiting[operation_id].discard(event)
            if not self._waiting[operation_id]:
                del self._waiting[operation_id]

    def begin(self) -> None:
        """Wake all tasks, which may have missed notifications."""
        for events in self._waiting.values():
            for event in events:
                event.set()

    def hear(self, payload: str) -> None:
        for event in self._waiting.get(payload, ()):
            event.set()

    def end(self) -> None:
        """Tasks wait for a bounded time, so they need not know."""


def _present(type_: EventType, data: dict[str, Any]) -> dict[str, Any]:
    """The data of an entry with its present members, beside the former ones, which are what rows hold.

    The former release wrote `wanted` for `desired`. Why a cluster failed names its resource as text.
    """
    if type_ is EventType.ROLLOUT_PROGRESSED and "wanted" in data:
        return {"desired": data["wanted"], **data}
    if "resource" in data:
        named = data["resource"]
        return {**data, "resource_ref": None if named is None else ResourceId.parse(named).to_json()}
    return data


# Number, write and notify in one round trip: a busy operation writes many times a second.
_AFTER = (
    select(
        models.OperationEvent.seq,
        models.OperationEvent.at,
        models.OperationEvent.type,
        models.OperationEvent.cluster_name,
        models.OperationEvent.resource,
        models.OperationEvent.data,
    )
    .where(models.OperationEvent.operation_id == bindparam("operation"), models.OperationEvent.seq > bindparam("last"))
    .order_by(models.OperationEvent.seq)
    .limit(bindparam("most"))
)

_APPEND = text("""
    WITH counted AS (
        UPDATE operations SET last_event = last_event + :count, updated_at = now()
        WHERE id = CAST(CAST(:operation AS text) AS uuid)
        RETURNING id, last_event
    ), written AS (
        INSERT INTO operation_events (operation_id, seq, at, type, cluster_name, resource, data)
        SELECT counted.id, counted.last_event - :count + new.number,
               new.at, new.type, new.cluster_name, new.resource, CAST(new.data AS json)
        FROM counted, unnest(
            CAST(:at AS timestamptz[]), CAST(:type AS text[]), CAST(:cluster AS text[]), CAST(:resource AS text[]),
            CAST(:data AS text[])
        ) WITH ORDINALITY AS new (at, type, cluster_name, resource, data, number)
    )
    SELECT last_event, pg_notify(:channel, CAST(:operation AS text)) FROM counted
""")
