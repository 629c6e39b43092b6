"""The outbox: notifications that are to be sent, and became rows in the transaction of what they tell of.

A worker leases a row, sends it and records the result, each in a transaction of its own. If it dies in between, the
lease ends and the row is sent again, with the same `event_id`: a notification arrives at least once.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import and_, delete, func, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from db import models
from db.base import new_id, parse_id
from db.events import CHANNEL
from db.records.pages import Page
from domain.notification_types import NotificationType
from domain.notification_values import Notification
from domain.stored.notifications import read_stored, stored
from domain.words import ChannelKind, OutboxState

OUTBOX = "outbox"  # the payload of the PostgreSQL notifications that wake the workers
_KNOWN = [each.value for each in NotificationType]


@dataclass(frozen=True, kw_only=True)
class OutboxRecord:
    """A notification for a channel. `attempts` counts the present one, where a worker has leased it."""

    id: str
    number: int
    channel_id: str
    event_id: str
    notification: Notification
    state: OutboxState
    attempts: int
    next_try_at: datetime
    status: int | None
    error: str | None
    occurred_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class SentMessage:
    """A message that a channel shows of a subject; `number` is of the notification that it shows."""

    conversation: str
    message: str
    number: int


class Outbox:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, notification: Notification) -> None:
        """Write the notification for each channel to which a route leads, and wake the workers on commit."""
        await self._write(notification, event=new_id())

    async def add_of_one_event(self, notifications: Sequence[Notification]) -> None:
        """As `add`, where each tells one event of another application: a channel gets the first that leads to it."""
        event, told = new_id(), set[str]()
        for each in notifications:
            told |= await self._write(each, event=event, but=told)

    async def _write(self, notification: Notification, *, event: str, but: Collection[str] = ()) -> set[str]:
        """Write it for the channels to which a route leads `but` for these; returns for which."""
        concerns = notification.concerns
        connection = await self._session.connection()
        written = await connection.execute(
            _ADD,
            {
                "event": event,
                "but": sorted(but),
                "type": notification.type.value,
                "subject": notification.subject,
                "payload": orjson.dumps(stored(notification)).decode(),
                "without_source": orjson.dumps(stored(notification.without_source)).decode(),
                "source": concerns.source,
                "app_environment": concerns.app_environment,
                "applications": None if concerns.applications is None else sorted(concerns.applications),
                "environments": None if concerns.environments is None else sorted(concerns.environments),
                "topic": CHANNEL,
                "key": OUTBOX,
            },
        )
        return {str(channel) for channel, _ in written}

    # Sending

    async def due_channels(self) -> tuple[str, ...]:
        """The ids of channels with something to send now."""
        rows = await self._session.scalars(
            select(models.OutboxEntry.channel_id).distinct().join(models.Channel).where(_SENDABLE, _is_free())
        )
        return tuple(rows)

    async def next_due_in(self) -> timedelta | None:
        """How long until something is to be sent; None where nothing waits."""
        table = models.OutboxEntry
        due = func.min(func.greatest(table.next_try_at, table.leased_until))  # of NULLs, it takes the other
        waits: timedelta | None = await self._session.scalar(
            select(due - func.now()).select_from(table).join(models.Channel).where(_SENDABLE)
        )
        return waits

    async def lease(self, channel_id: str, *, lasts: timedelta) -> OutboxRecord | None:
        """Take the channel's next notification, so that no other worker sends it before the lease ends.

        Only one of each subject is being sent at a time. Where a channel can change its messages, an older notification
        that waits is replaced by a newer one of its subject.
        """
        # Workers take turns with a channel, so each sees the leases of the others. This lock lets others add rows.
        locked = await self._session.scalar(
            select(models.Channel.kind)
            .where(models.Channel.id == channel_id, models.Channel.disabled_at.is_(None))
            .with_for_update(key_share=True, skip_locked=True)
        )
        if locked is None:
            return None
        connection = await self._session.connection()
        if locked is ChannelKind.SLACK:
            await connection.execute(_REPLACE, {"channel": channel_id})
        found = await connection.scalar(_LEASE, {"channel": channel_id, "known": _KNOWN, "lasts": lasts})
        if found is None:
            return None
        return _record(await self._session.get_one(models.OutboxEntry, found, populate_existing=True))

    async def sent(self, record: OutboxRecord, *, status: int | None, note: str | None = None) -> None:
        """It was sent; `note` says what the other side left out."""
        await self._end(record, state=OutboxState.SENT, status=status, error=note)

    async def replaced(self, record: OutboxRecord) -> None:
        """A newer notification of its subject is shown already."""
        await self._end(record, state=OutboxState.REPLACED, error=None)

    async def failed(self, record: OutboxRecord, *, status: int | None, error: str, again_in: timedelta | None) -> None:
        """A try failed. `again_in` None: it was the last one. `error` holds no secret."""
        if again_in is None:
            await self._end(record, state=OutboxState.DEAD, status=status, error=error)
            return
        next_try_at = func.now() + again_in
        await self._change(record, status=status, error=error, next_try_at=next_try_at, leased_until=None)

    async def give_up(self, channel_id: str, *, error: str) -> None:
        """Everything that waits for this channel is dead."""
        table = models.OutboxEntry
        await self._session.execute(
            update(table)
            .where(table.channel_id == channel_id, table.state == OutboxState.WAITING)
            .values(state=OutboxState.DEAD, error=error, leased_until=None, ended_at=func.now())
        )

    async def message(self, channel_id: str, subject: str) -> SentMessage | None:
        """The message that the channel shows of this subject."""
        row = await self._session.get(models.ChannelMessage, (channel_id, subject), populate_existing=True)
        if row is None:
            return None
        return SentMessage(conversation=row.conversation, message=row.message, number=row.number)

    async def remember(self, channel_id: str, subject: str, shown: SentMessage) -> None:
        """The channel shows this message of the subject from now on."""
        values = {**vars(shown), "channel_id": channel_id, "subject": subject}
        await self._session.merge(models.ChannelMessage(**values))
        await self._session.flush()

    # For people

    async def list(
        self, channel_id: str, *, state: OutboxState | None, limit: int, after: str | None = None
    ) -> Page[OutboxRecord]:
        """A page of a channel's notifications, the newest first; `after` is the last number of the previous page."""
        table = models.OutboxEntry
        query = (
            select(table)
            .where(table.channel_id == channel_id, table.type.in_(_KNOWN))
            .order_by(table.number.desc())
            .limit(limit + 1)
        )
        if state is not None:
            query = query.where(table.state == state)
        if after is not None:
            query = query.where(table.number < int(after))
        rows = (await self._session.scalars(query)).all()
        items = tuple(_record(row) for row in rows[:limit])
        return Page(items=items, next=str(items[-1].number) if len(rows) > limit else None)

    async def counts(self, channel_ids: Collection[str]) -> dict[str, dict[OutboxState, int]]:
        """How many notifications of each state each of these channels has."""
        table = models.OutboxEntry
        rows = await self._session.execute(
            select(table.channel_id, table.state, func.count())
            .where(table.channel_id.in_(channel_ids))
            .group_by(table.channel_id, table.state)
        )
        found: dict[str, dict[OutboxState, int]] = {each: {} for each in channel_ids}
        for channel_id, state, count in rows:
            found[channel_id][state] = count
        return found

    async def send_again(self, channel_id: str, ids: Sequence[str] | None) -> int:
        """Let dead notifications of a channel wait again, with all their tries: these, or all. Returns how many."""
        table = models.OutboxEntry
        chosen = [table.channel_id == channel_id, table.state == OutboxState.DEAD]
        if ids is not None:
            chosen.append(table.id.in_([key for each in ids if (key := parse_id(each))]))
        again = await self._session.scalars(
            update(table)
            .where(*chosen)
            .values(state=OutboxState.WAITING, attempts=0, next_try_at=func.now(), leased_until=None, ended_at=None)
            .returning(table.id)
        )
        await self.notify()
        return len(again.all())

    async def notify(self) -> None:
        """Wake the workers when this transaction commits."""
        await self._session.execute(text("SELECT pg_notify(:topic, :key)"), {"topic": CHANNEL, "key": OUTBOX})

    async def forget(self, *, sent_before: datetime, dead_before: datetime) -> int:
        """Delete what ended before these moments, and the messages that nothing has changed since; returns how many."""
        table, messages = models.OutboxEntry, models.ChannelMessage
        gone = await self._session.scalars(
            delete(table)
            .where(
                or_(
                    and_(table.state.in_([OutboxState.SENT, OutboxState.REPLACED]), table.ended_at < sent_before),
                    and_(table.state == OutboxState.DEAD, table.ended_at < dead_before),
                )
            )
            .returning(table.id)
        )
        await self._session.execute(delete(messages).where(messages.updated_at < dead_before))
        return len(gone.all())

    async def _end(self, record: OutboxRecord, **fields: Any) -> None:
        await self._change(record, leased_until=None, ended_at=func.now(), **fields)

    async def _change(self, record: OutboxRecord, **fields: Any) -> None:
        """Unless another worker leased it after this one's lease had ended: the result is that worker's to record."""
        table = models.OutboxEntry
        await self._session.execute(
            update(table)
            .where(table.id == record.id, table.state == OutboxState.WAITING, table.attempts == record.attempts)
            .values(**fields)
        )


def _is_free() -> Any:
    table = models.OutboxEntry
    return and_(table.next_try_at <= func.now(), or_(table.leased_until.is_(None), table.leased_until < func.now()))


def _record(row: models.OutboxEntry) -> OutboxRecord:
    return OutboxRecord(
        id=row.id,
        number=row.number,
        channel_id=row.channel_id,
        event_id=row.event_id,
        notification=read_stored(NotificationType(row.type), row.payload),
        state=row.state,
        attempts=row.attempts,
        next_try_at=row.next_try_at,
        status=row.status,
        error=row.error,
        occurred_at=row.occurred_at,
        ended_at=row.ended_at,
    )


# The next release may write types that this one does not know: they wait for a process of that release.
_SENDABLE = and_(
    models.OutboxEntry.state == OutboxState.WAITING,
    models.OutboxEntry.type.in_(_KNOWN),
    models.Channel.disabled_at.is_(None),
)

# One round trip, because the transactions of running operations add notifications.
_ADD = text("""
    WITH place AS (
        SELECT array_agg(application_id) AS applications, array_agg(environment_id) AS environments
        FROM app_environments WHERE id = CAST(CAST(:app_environment AS text) AS uuid)
    ), about AS (
        SELECT coalesce(place.applications, CAST(CAST(:applications AS text[]) AS uuid[])) AS applications,
               coalesce(place.environments, CAST(CAST(:environments AS text[]) AS uuid[])) AS environments
        FROM place
    ), written AS (
        INSERT INTO outbox (channel_id, event_id, type, subject, payload)
        SELECT channels.id, CAST(CAST(:event AS text) AS uuid), CAST(:type AS text), CAST(:subject AS text),
               CAST(CASE WHEN CAST(:source AS text) IS NULL OR EXISTS (
                   SELECT FROM notification_routes AS route, app_environments AS source
                   WHERE route.channel_id = channels.id AND source.id = CAST(CAST(:source AS text) AS uuid)
                   AND (route.events IS NULL OR CAST(:type AS text) = ANY (route.events))
                   AND (route.applications IS NULL OR source.application_id = ANY (route.applications))
                   AND (route.environments IS NULL OR source.environment_id = ANY (route.environments))
               ) THEN CAST(:payload AS text) ELSE CAST(:without_source AS text) END AS json)
        FROM channels, about
        WHERE channels.disabled_at IS NULL AND EXISTS (
            SELECT FROM notification_routes AS route
            WHERE route.channel_id = channels.id
            AND (route.events IS NULL OR CAST(:type AS text) = ANY (route.events))
            AND (route.applications IS NULL OR about.applications IS NULL OR route.applications && about.applications)
            AND (route.environments IS NULL OR about.environments IS NULL OR route.environments && about.environments)
        ) AND channels.id <> ALL (CAST(CAST(:but AS text[]) AS uuid[]))
        RETURNING channel_id
    )
    SELECT channel_id, pg_notify(:topic, :key) FROM written
""")

_REPLACE = text("""
    UPDATE outbox AS older SET state = 'replaced', leased_until = NULL, ended_at = now()
    WHERE older.channel_id = CAST(CAST(:channel AS text) AS uuid) AND older.state = 'waiting'
    AND (older.leased_until IS NULL OR older.leased_until < now())
    AND EXISTS (
        SELECT FROM outbox AS newer
        WHERE newer.channel_id = older.channel_id AND newer.subject = older.subject AND newer.number > older.number
        AND newer.state IN ('waiting', 'sent')
    )
""")

_LEASE = text("""
    UPDATE outbox SET attempts = attempts + 1, leased_until = now() + CAST(:lasts AS interval)
    WHERE id = (
        SELECT next.id FROM outbox AS next
        WHERE next.channel_id = CAST(CAST(:channel AS text) AS uuid) AND next.state = 'waiting'
        AND next.type = ANY (CAST(:known AS text[]))
        AND next.next_try_at <= now() AND (next.leased_until IS NULL OR next.leased_until < now())
        AND NOT EXISTS (
            SELECT FROM outbox AS other
            WHERE other.channel_id = next.channel_id AND other.subject = next.subject AND other.id <> next.id
            AND other.leased_until > now()
        )
        ORDER BY next.number LIMIT 1 FOR UPDATE SKIP LOCKED
    )
    RETURNING id
""")
