"""The worker: tries, pauses, channels that are gone, crashes, and two workers side by side."""

import asyncio
import contextlib
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from db.channels import ChannelRecord
from db.events import Notifier
from db.transaction import Database
from domain.words import ChannelKind, OutboxState
from services.notifying.errors import SendError
from services.notifying.values import Delivered, Outgoing, Placed
from services.notifying.worker import NotificationWorker
from services.planning.notifications.retries import TRIES
from tests.support.channels import make_channel
from tests.support.notifications import make_failed, make_started

OPERATIONS = [f"0192f0c1-7a5e-7cc3-98c4-dc0c0c0739{number:02}" for number in range(12)]


@dataclass
class FakeSender:
    """Keeps what it is given; `answer` raises, or returns what becomes of it."""

    answer: Callable[[ChannelRecord, Outgoing], Delivered] = lambda *_: Delivered(status=200)
    sent: list[tuple[str, Outgoing]] = field(default_factory=list)

    async def send(self, channel: ChannelRecord, outgoing: Outgoing) -> Delivered:
        self.sent.append((channel.name, outgoing))
        await asyncio.sleep(0)
        return self.answer(channel, outgoing)

    @property
    def events(self) -> list[str]:
        return [outgoing.event_id for _, outgoing in self.sent]


def failing(error: SendError) -> Callable[[ChannelRecord, Outgoing], Delivered]:
    def answer(_channel: ChannelRecord, _outgoing: Outgoing) -> Delivered:
        raise error

    return answer


@pytest.fixture
async def notifier(database_url):
    notifier = Notifier(database_url)
    await notifier.start()
    yield notifier
    await notifier.stop()


@pytest.fixture
def sender():
    return FakeSender()


@pytest.fixture
def worker(database, notifier, sender):
    return NotificationWorker(database=database, notifier=notifier, sender=sender, chance=random.Random(1))


async def add(database: Database, *notifications) -> None:
    async with database.begin() as tx:
        for each in notifications:
            await tx.outbox.add(each)


async def entries(database: Database, channel):
    async with database.read() as tx:
        return (await tx.outbox.list(channel.id, state=None, limit=50)).items


async def _until_sent(sender: FakeSender, channel: str, number: int) -> None:
    await until(lambda: [name for name, _ in sender.sent].count(channel) == number)


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not holds():
            await asyncio.sleep(0.01)


async def test_what_is_added_is_sent_at_once_to_every_channel(database, sender, worker):
    for name in ("a", "b"):
        await make_channel(database, name)
    async with worker:
        await add(database, make_started())
        await until(lambda: len(sender.sent) == 2)
        await add(database, *(make_started(each) for each in OPERATIONS))
        await until(lambda: len(sender.sent) == 2 + 2 * len(OPERATIONS))
    assert sorted({name for name, _ in sender.sent}) == ["a", "b"]


async def test_it_is_tried_seven_times_with_the_same_id_and_then_dead_until_a_person_sends_it_again(
    database, sender, worker, raw
):
    channel = await make_channel(database)
    await add(database, make_started())
    sender.answer = failing(SendError("It answered 500.", status=500))
    waits = []
    for _ in range(TRIES + 1):
        await worker.drain(channel.id)
        (row,) = await raw("SELECT extract(epoch FROM next_try_at - now()) FROM outbox")
        waits.append(float(row[0]))
        await raw("UPDATE outbox SET next_try_at = now() RETURNING id")
    assert len(sender.sent) == TRIES
    assert len(set(sender.events)) == 1
    assert waits[: TRIES - 1] == sorted(waits[: TRIES - 1])
    (dead,) = await entries(database, channel)
    assert (dead.state, dead.attempts, dead.status, dead.error) == (OutboxState.DEAD, 7, 500, "It answered 500.")
    sender.answer = FakeSender().answer
    async with database.begin() as tx:
        assert await tx.outbox.send_again(channel.id, [dead.id]) == 1
    await worker.drain(channel.id)
    (sent,) = await entries(database, channel)
    assert (sent.state, sent.error, sender.events[-1]) == (OutboxState.SENT, None, sender.events[0])


async def test_a_channel_that_is_gone_is_disabled_and_all_that_waited_for_it_is_dead(database, sender, worker):
    channel = await make_channel(database)
    await add(database, *(make_started(each) for each in OPERATIONS[:3]))
    sender.answer = failing(SendError("It answered 410.", status=410, gone=True))
    await worker.drain(channel.id)
    assert len(sender.sent) == 1
    assert [each.error for each in await entries(database, channel)] == [
        "The channel was disabled before this was sent.",
        "The channel was disabled before this was sent.",
        "It answered 410.",
    ]
    async with database.read() as tx:
        assert (await tx.channels.get(channel.id)).disabled_because == "It answered 410."


async def test_a_channel_that_asks_for_patience_is_left_alone_and_the_others_are_not(database, sender, worker):
    busy = await make_channel(database, "busy")
    await make_channel(database, "free")

    def answer(channel: ChannelRecord, _outgoing: Outgoing) -> Delivered:
        if channel.name == "busy":
            raise SendError("It answered 429.", status=429, asked=timedelta(seconds=50))
        return Delivered(status=200)

    sender.answer = answer
    await add(database, *(make_started(each) for each in OPERATIONS))
    async with worker:
        await until(lambda: [name for name, _ in sender.sent].count("free") == len(OPERATIONS))
    assert [name for name, _ in sender.sent].count("busy") == 1
    waiting = [each for each in await entries(database, busy) if each.status == 429]
    assert [each.state for each in waiting] == [OutboxState.WAITING]


async def test_what_was_sent_and_not_recorded_is_sent_again_with_the_same_id(database, notifier, sender):
    channel = await make_channel(database)
    await add(database, make_started())
    crashed = NotificationWorker(database=database, notifier=notifier, sender=sender, lease=timedelta(0))

    def die(_channel: ChannelRecord, _outgoing: Outgoing) -> Delivered:
        raise asyncio.CancelledError  # the process ends: the other side has it, and no row says so

    sender.answer = die
    with contextlib.suppress(asyncio.CancelledError):
        await crashed.drain(channel.id)
    sender.answer = FakeSender().answer
    await NotificationWorker(database=database, notifier=notifier, sender=sender).drain(channel.id)
    assert len(sender.sent) == 2
    assert len(set(sender.events)) == 1
    assert [each.state for each in await entries(database, channel)] == [OutboxState.SENT]


async def test_two_workers_send_each_notification_once(database, notifier, sender):
    channel = await make_channel(database)
    await add(database, *(make_started(each) for each in OPERATIONS))
    workers = [NotificationWorker(database=database, notifier=notifier, sender=sender) for _ in range(2)]
    async with workers[0], workers[1]:
        await until(lambda: len(sender.sent) == len(OPERATIONS))
        async with asyncio.timeout(30):
            while {each.state for each in await entries(database, channel)} != {OutboxState.SENT}:
                await asyncio.sleep(0.01)
    assert len(set(sender.events)) == len(sender.events) == len(OPERATIONS)


async def test_one_message_of_an_operation_is_kept_current_and_never_goes_back(database, sender, worker):
    slack = await make_channel(database, kind=ChannelKind.SLACK)
    sender.answer = lambda *_: Delivered(status=200, placed=Placed(conversation="C1", message="17.5"))
    await add(database, make_started())
    await worker.drain(slack.id)
    await add(database, make_failed())
    await worker.drain(slack.id)
    (_, first), (_, second) = sender.sent
    assert first.shown is None
    assert (second.shown.conversation, second.shown.message) == ("C1", "17.5")
    started = (await entries(database, slack))[1]
    async with database.engine.begin() as connection:  # the older one is dead, and a person sends it again
        await connection.exec_driver_sql(f"UPDATE outbox SET state = 'dead' WHERE id = '{started.id}'")
    async with database.begin() as tx:
        await tx.outbox.send_again(slack.id, None)
    await worker.drain(slack.id)
    assert len(sender.sent) == 2
    assert [each.state for each in await entries(database, slack)] == [OutboxState.SENT, OutboxState.REPLACED]


async def test_a_sender_that_breaks_stops_neither_the_other_channels_nor_the_worker(database, sender, worker):
    broken = await make_channel(database, "broken")
    await make_channel(database, "whole")

    def answer(channel: ChannelRecord, _outgoing: Outgoing) -> Delivered:
        if channel.id == broken.id:
            raise RuntimeError("a bug")
        return Delivered(status=200)

    sender.answer = answer
    async with worker:
        for number, each in enumerate(OPERATIONS[:3], 1):
            await add(database, make_started(each))
            await _until_sent(sender, "whole", number)
        async with asyncio.timeout(30):
            while {each.error for each in await entries(database, broken)} != {
                "Stagecoach could not send it; its log says why."
            }:
                await asyncio.sleep(0.01)
    assert {each.attempts for each in await entries(database, broken)} == {1}
