"""The timelines of operations, and the bell that says when one has grown.

`append` counts on in the operation's own row, whose lock the transaction then holds: numbers are given in the order of
commits, so a reader that has seen number n will never find a smaller one later.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import asyncpg
import orjson
from sqlalchemy import bindparam, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from db import models
from db.base import parse_id
from db.engine import asyncpg_url
from db.records import EventRecord
from db.types import stored
from domain.words import EventType

CHANNEL = "stagecoach_events"


@dataclass(frozen=True, kw_only=True)
class NewEvent:
    """`data` is plain JSON and never holds a Secret's value."""

    type: EventType
    cluster: str | None = None
    resource: str | None = None
    data: dict[str, Any] = field(default_factory=dict)
    at: datetime = field(default_factory=lambda: datetime.now(UTC))


class Events:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def append(self, operation_id: str, events: Sequence[NewEvent]) -> int:
        """Number them, write them, ring when the transaction commits; gives the last number."""
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
                "resource": [each.resource for each in events],
                "data": [orjson.dumps(each.data).decode() for each in events],
            },
        )
        last: int = written.scalar_one()
        return last

    async def after(self, operation_id: str, seq: int, *, limit: int = 500) -> tuple[EventRecord, ...]:
        """Those with higher numbers, in order."""
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
                data=_renamed(type_, data),
            )
            for number, at, type_, cluster, resource, data in rows
        )


class Notifier:
    """One connection a process that hears of grown timelines, and tells those who wait in this process.

    A ring may be lost with the connection; so whoever waits does so for a bounded time and then looks at the table.
    """

    def __init__(self, url: str) -> None:
        self._url = asyncpg_url(url)
        self._waiting: dict[str, set[asyncio.Event]] = {}
        self._keeper: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._keeper = asyncio.create_task(self._keep(), name="event bell")

    async def stop(self) -> None:
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
            self._keeper = None

    @asynccontextmanager
    async def listening(self, operation_id: str) -> AsyncIterator[Callable[[float], Coroutine[Any, Any, None]]]:
        """Inside, `await ring(seconds)` returns when the operation's timeline has grown, or when the time is over.

        A ring between two calls is not lost: the next call returns at once.
        """
        notifier = asyncio.Event()
        self._waiting.setdefault(operation_id, set()).add(notifier)

        async def ring(seconds: float) -> None:
            try:
                async with asyncio.timeout(seconds):
                    await notifier.wait()
            except TimeoutError:
                return
            notifier.clear()

        try:
            yield ring
        finally:
            self._waiting[operation_id].discard(notifier)
            if not self._waiting[operation_id]:
                del self._waiting[operation_id]

    def _heard(self, _connection: object, _pid: int, _channel: str, payload: object) -> None:
        for notifier in self._waiting.get(str(payload), ()):
            notifier.set()

    async def _keep(self) -> None:
        """Hold the connection; when it is lost, get another one, and let everybody look at the table meanwhile."""
        while True:
            try:
                connection = await asyncpg.connect(
                    self._url.set(drivername="postgresql").render_as_string(hide_password=False)
                )
            except (OSError, asyncpg.PostgresError):
                await asyncio.sleep(1.0)
                continue
            lost = asyncio.Event()
            connection.add_termination_listener(lambda _: lost.set())  # noqa: B023 - called before the next turn
            try:
                await connection.add_listener(CHANNEL, self._heard)
                for bells in self._waiting.values():
                    for notifier in bells:
                        notifier.set()
                await lost.wait()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                continue
            finally:
                connection.terminate()


def _renamed(type_: EventType, data: dict[str, Any]) -> dict[str, Any]:
    """The data of an entry with its present names: the former release wrote `wanted` for `desired`."""
    if type_ is EventType.ROLLOUT_PROGRESSED and "wanted" in data:
        return {"desired": data["wanted"], **data}
    return data


# Number, write and ring in one round trip: an operation that is busy writes many times a second.
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
