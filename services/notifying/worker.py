"""Sends what is in the outbox, in every process: rows and leases alone decide who sends what.

Each channel has a task of its own, so that one that does not answer delays no other. It wakes on new rows, when a
further try is due, and at an interval.
"""

import asyncio
import contextlib
import random
import time
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Self

import structlog

from db.channels import ChannelRecord
from db.events import Notifier
from db.outbox import OUTBOX, OutboxRecord, SentMessage
from db.transaction import Database
from services.notifying.errors import SendError
from services.notifying.values import Delivered, Outgoing, Sender
from services.planning.notifications.retries import again_in

_log = structlog.get_logger(__name__)
_TURN = 15.0  # seconds between two looks at the outbox without a notification of PostgreSQL
_LEASE = timedelta(minutes=2)  # longer than the slowest sender takes
_AFTER_ERROR = 5.0  # seconds
_MOST_PATIENCE = 60.0  # seconds that a channel is left alone because it asked for it
_TIDY_EVERY = 3600.0
_SENT_KEPT = timedelta(days=7)
_DEAD_KEPT = timedelta(days=30)
_DISABLED = "The channel was disabled before this was sent."


class NotificationWorker:
    """Runs while its context is open."""

    def __init__(
        self,
        *,
        database: Database,
        notifier: Notifier,
        sender: Sender,
        lease: timedelta = _LEASE,
        chance: random.Random | None = None,
    ) -> None:
        self._database = database
        self._notifier = notifier
        self._sender = sender
        self._lease = lease
        self._chance = chance or random.Random()  # noqa: S311 - jitter, not cryptography
        self._wake = asyncio.Event()
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._once_more: set[str] = set()  # channels that got something while their task was running
        self._not_before: dict[str, float] = {}  # channels that asked for patience, on the monotonic clock
        self._going: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._going = asyncio.create_task(self._go_on(), name="notifications")
        return self

    async def __aexit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        assert self._going is not None
        tasks = [self._going, *self._tasks.values()]
        for each in tasks:
            each.cancel()  # what is being sent is sent again when its lease has ended
        await asyncio.gather(*tasks, return_exceptions=True)

    async def drain(self, channel_id: str) -> None:
        """Send what is due for a channel, one after the other, until nothing is or it asks for patience."""
        while await self._send_next(channel_id):
            pass

    async def _go_on(self) -> None:
        tidied = time.monotonic() - _TIDY_EVERY
        async with asyncio.TaskGroup() as group:
            group.create_task(self._listen(), name="outbox notifications")
            while True:
                self._wake.clear()
                seconds = _TURN
                try:
                    if time.monotonic() - tidied >= _TIDY_EVERY:
                        await self._tidy()
                        tidied = time.monotonic()
                    seconds = await self._start_due()
                except Exception as error:  # noqa: BLE001 - whatever it is, as a database that is away: later it may do
                    _log.warning("sending notifications was interrupted", error=type(error).__qualname__)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(seconds):
                        await self._wake.wait()

    async def _listen(self) -> None:
        async with self._notifier.listening(OUTBOX) as notified:
            while True:
                await notified(_TURN)
                self._wake.set()

    async def _start_due(self) -> float:
        """Start a task for each channel that has something due; returns the seconds until more may be due."""
        async with self._database.read() as tx:
            due = await tx.outbox.due_channels()
            next_in = await tx.outbox.next_due_in()
        now = time.monotonic()
        waits = [_TURN]
        for channel_id in due:
            patience = self._not_before.get(channel_id, now) - now
            if patience > 0:
                waits.append(patience)
            elif channel_id in self._tasks:
                self._once_more.add(channel_id)
            else:
                task = asyncio.create_task(self._drained(channel_id), name=f"notify {channel_id}")
                self._tasks[channel_id] = task
        if next_in is not None and next_in > timedelta(0):
            waits.append(next_in.total_seconds() + 0.01)
        return min(waits)

    async def _drained(self, channel_id: str) -> None:
        try:
            await self.drain(channel_id)
        except Exception as error:  # noqa: BLE001 - as above; the rows are there, and their leases end
            _log.warning("sending to a channel was interrupted", channel=channel_id, error=type(error).__qualname__)
            self._not_before[channel_id] = time.monotonic() + _AFTER_ERROR
        finally:
            del self._tasks[channel_id]
            if channel_id in self._once_more:
                self._once_more.discard(channel_id)
                self._wake.set()

    async def _send_next(self, channel_id: str) -> bool:
        """Send one notification. False where there is none, or none now."""
        async with self._database.begin() as tx:
            record = await tx.outbox.lease(channel_id, lasts=self._lease)
            channel = await tx.channels.get(channel_id)
            if record is None or channel is None:
                return False
            subject = record.notification.subject
            shown = await tx.outbox.message(channel_id, subject) if subject else None
            if shown is not None and shown.number > record.number:  # a dead one that was sent again late
                await tx.outbox.replaced(record)
                return True
        outgoing = Outgoing(
            notification=record.notification, event_id=record.event_id, at=record.occurred_at, shown=shown
        )
        try:
            delivered = await self._sender.send(channel, outgoing)
        except Exception as error:  # noqa: BLE001 - a bug with one notification must not hold the others up
            failure = error if isinstance(error, SendError) else _unforeseen(channel, error)
            await self._failed(channel, record, failure)
            return failure.asked is None and not failure.gone
        await self._sent(channel, record, delivered)
        return True

    async def _sent(self, channel: ChannelRecord, record: OutboxRecord, delivered: Delivered) -> None:
        subject, placed = record.notification.subject, delivered.placed
        async with self._database.begin() as tx:
            if subject is not None and placed is not None:
                shown = SentMessage(conversation=placed.conversation, message=placed.message, number=record.number)
                await tx.outbox.remember(channel.id, subject, shown)
            await tx.outbox.sent(record, status=delivered.status, note=delivered.note)

    async def _failed(self, channel: ChannelRecord, record: OutboxRecord, error: SendError) -> None:
        pause = None if error.gone else again_in(record.attempts, asked=error.asked, chance=self._chance.random())
        if error.asked is not None:
            self._not_before[channel.id] = time.monotonic() + min(error.asked.total_seconds(), _MOST_PATIENCE)
        async with self._database.begin() as tx:
            await tx.outbox.failed(record, status=error.status, error=error.detail, again_in=pause)
            if error.gone:
                await tx.channels.switch(channel.id, disabled_because=error.detail)
                await tx.outbox.give_up(channel.id, error=_DISABLED)
        # An administrator chose the channel's name, and the detail is ours: neither holds a secret.
        _log.warning("a notification was not sent", channel=channel.name, tries=record.attempts, error=error.detail)

    async def _tidy(self) -> None:
        now = datetime.now(UTC)
        async with self._database.begin() as tx:
            await tx.outbox.forget(sent_before=now - _SENT_KEPT, dead_before=now - _DEAD_KEPT)


def _unforeseen(channel: ChannelRecord, error: Exception) -> SendError:
    """The text of such an error may quote a secret: it is not passed on, and only its kind is logged."""
    _log.error("sending failed in Stagecoach itself", channel=channel.name, error=type(error).__qualname__)
    return SendError("Stagecoach could not send it; its log says why.")
