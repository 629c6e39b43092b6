"""The outbox: which channels a notification reaches, and how workers share what is to be sent."""

import asyncio
import contextlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from db.transaction import Database
from domain.hidden_sources import HIDDEN_ENVIRONMENT
from domain.notification_types import NotificationType
from domain.notification_values import Concerns, Notification
from domain.words import ChannelKind, OutboxState
from tests.support.channels import make_channel, told
from tests.support.notifications import make_failed, make_started
from tests.support.rows import make_target

LEASE = timedelta(minutes=5)
AGO = timedelta(seconds=-1)
SUCCEEDED = NotificationType.OPERATION_SUCCEEDED


async def add(database: Database, *notifications: Notification) -> None:
    async with database.begin() as tx:
        for each in notifications:
            await tx.outbox.add(each)


async def lease(database: Database, channel_id: str, *, lasts: timedelta = LEASE):
    async with database.begin() as tx:
        return await tx.outbox.lease(channel_id, lasts=lasts)


async def states(database: Database, channel_id: str) -> list[OutboxState]:
    async with database.read() as tx:
        return [each.state for each in (await tx.outbox.list(channel_id, state=None, limit=50)).items]


async def test_a_notification_reaches_each_channel_once_to_which_a_route_leads(database, raw):
    target = await make_target(database)
    other = await make_target(database, application="blog", environment="Staging")
    there, elsewhere = target.app_environment, other.app_environment
    shop, production = [there.application.id], [there.environment.id]
    reached = {
        "all": await make_channel(database, "all"),
        "type": await make_channel(database, "type", events=[NotificationType.OPERATION_STARTED]),
        "place": await make_channel(database, "place", applications=shop, environments=production),
    }
    await make_channel(database, "other type", events=[SUCCEEDED])
    await make_channel(database, "no type", events=[])
    await make_channel(database, "other application", applications=[elsewhere.application.id])
    await make_channel(database, "other environment", applications=shop, environments=[elsewhere.environment.id])
    await make_channel(database, "no route", routed=False)
    async with database.begin() as tx:  # a second route to the same channel
        await tx.notification_routes.add(channel_id=reached["all"].id, events=None)
    ids = Concerns(applications=frozenset(shop), environments=frozenset(production))
    for concerns in (Concerns(app_environment=there.id), ids):
        await add(database, make_started(concerns=concerns))
        rows = await raw("SELECT channel_id::text, event_id FROM outbox")
        assert sorted(row[0] for row in rows) == sorted(each.id for each in reached.values())
        assert len({row[1] for row in rows}) == 1
        await raw("DELETE FROM outbox RETURNING id")


async def test_of_one_event_for_several_applications_a_channel_gets_the_first_that_leads_to_it(database, raw):
    shop = (await make_target(database)).app_environment
    blog = (await make_target(database, application="blog")).app_environment
    both = await make_channel(database, "both")
    of_blog = await make_channel(database, "blog", applications=[blog.application.id])
    async with database.begin() as tx:
        started = [make_started(concerns=Concerns(app_environment=each.id)) for each in (shop, blog)]
        await tx.outbox.add_of_one_event(
            [replace(started[0], application="shop"), replace(started[1], application="blog")]
        )
    heard = {each.name: [one.application for one in await told(database, each)] for each in (both, of_blog)}
    assert heard == {"both": ["shop"], "blog": ["blog"]}
    assert len(await raw("SELECT DISTINCT event_id FROM outbox")) == 1


async def test_the_environment_that_an_operation_takes_from_is_named_in_channels_that_have_it_on_a_route(database):
    target = (await make_target(database)).app_environment
    source = (await make_target(database, environment="Staging")).app_environment
    production = await make_channel(database, "production", environments=[target.environment.id])
    both = await make_channel(database, "both", environments=[target.environment.id, source.environment.id])
    started = replace(
        make_started(concerns=Concerns(app_environment=target.id, source=source.id)), source_environment="Staging"
    )
    await add(database, started)
    named = [(await told(database, channel))[0].source_environment for channel in (production, both)]
    assert named == [HIDDEN_ENVIRONMENT, "Staging"]


async def test_what_concerns_everything_reaches_routes_of_single_places(database):
    target = await make_target(database)
    channel = await make_channel(database, applications=[target.app_environment.application.id])
    await add(database, make_started(concerns=Concerns()))
    assert await states(database, channel.id) == [OutboxState.WAITING]


async def test_a_notification_of_a_change_that_is_undone_was_never_there(database):
    channel = await make_channel(database)
    with contextlib.suppress(RuntimeError):
        async with database.begin() as tx:
            await tx.outbox.add(make_started())
            raise RuntimeError
    assert await states(database, channel.id) == []


async def test_two_workers_never_lease_the_same(database):
    channel = await make_channel(database)
    await add(database, *(make_started(f"0192f0c1-7a5e-7cc3-98c4-dc0c0c0739{number:02}") for number in range(6)))

    async def drain() -> list[str]:
        leased = [await lease(database, channel.id) for _ in range(12)]
        return [record.id for record in leased if record]

    first, second = await asyncio.gather(drain(), drain())
    assert len(first) + len(second) == len({*first, *second}) == 6


async def test_a_lease_that_ended_is_given_again_with_the_same_event(database):
    channel = await make_channel(database)
    await add(database, make_started())
    first = await lease(database, channel.id, lasts=AGO)
    second = await lease(database, channel.id)
    assert (second.id, second.event_id, second.attempts) == (first.id, first.event_id, 2)
    assert await lease(database, channel.id) is None
    async with database.begin() as tx:  # the first worker was slow: its result is not the second one's
        await tx.outbox.sent(first, status=200)
    assert await states(database, channel.id) == [OutboxState.WAITING]


async def test_one_of_a_subject_is_sent_at_a_time(database):
    channel = await make_channel(database)
    await add(database, make_started(), make_failed())
    first = await lease(database, channel.id)
    assert await lease(database, channel.id) is None
    async with database.begin() as tx:
        await tx.outbox.sent(first, status=200)
    assert (await lease(database, channel.id)).notification.type is NotificationType.OPERATION_FAILED


async def test_a_channel_that_changes_its_messages_gets_the_newest_of_a_subject(database):
    slack = await make_channel(database, kind=ChannelKind.SLACK)
    await add(database, make_started(), make_failed())
    assert (await lease(database, slack.id)).notification.type is NotificationType.OPERATION_FAILED
    assert await states(database, slack.id) == [OutboxState.WAITING, OutboxState.REPLACED]


async def test_what_failed_waits_for_its_next_try_and_is_dead_after_the_last(database):
    channel = await make_channel(database)
    await add(database, make_started())
    record = await lease(database, channel.id)
    async with database.begin() as tx:
        await tx.outbox.failed(record, status=500, error="It answered 500.", again_in=timedelta(minutes=5))
    assert await lease(database, channel.id) is None
    async with database.read() as tx:
        assert timedelta(minutes=4) < await tx.outbox.next_due_in() <= timedelta(minutes=5)
        assert await tx.outbox.due_channels() == ()
    async with database.begin() as tx:
        await tx.outbox.failed(record, status=500, error="It answered 500.", again_in=None)
    assert await states(database, channel.id) == [OutboxState.DEAD]


async def test_a_disabled_channel_gets_nothing_until_it_is_enabled_and_its_dead_are_sent_again(database):
    channel = await make_channel(database)
    await add(database, make_started())
    async with database.begin() as tx:
        await tx.channels.switch(channel.id, disabled_because="It answered 410.")
        await tx.outbox.give_up(channel.id, error="The channel is disabled.")
    await add(database, make_failed())
    assert await states(database, channel.id) == [OutboxState.DEAD]
    assert await lease(database, channel.id) is None
    async with database.begin() as tx:
        assert (await tx.channels.switch(channel.id, disabled_because=None)).disabled_at is None
        assert await tx.outbox.send_again(channel.id, None) == 1
    record = await lease(database, channel.id)
    assert (record.attempts, record.error) == (1, "The channel is disabled.")


async def test_the_row_of_a_newer_release_waits_for_one_of_its_processes(database, raw):
    channel = await make_channel(database)
    await add(database, make_started())
    await raw("UPDATE outbox SET type = 'moon.landed' RETURNING id")
    assert await lease(database, channel.id) is None
    assert await states(database, channel.id) == []
    async with database.read() as tx:
        assert await tx.outbox.due_channels() == ()


async def test_what_was_sent_long_ago_is_forgotten_before_what_is_dead(database):
    channel = await make_channel(database)
    await add(database, make_started(), make_failed("0192f0c1-7a5e-7cc3-98c4-dc0c0c073900"))
    first, second = await lease(database, channel.id), await lease(database, channel.id)
    async with database.begin() as tx:
        await tx.outbox.sent(first, status=200)
        await tx.outbox.failed(second, status=None, error="No answer.", again_in=None)
    later = datetime.now(UTC) + timedelta(minutes=1)
    async with database.begin() as tx:
        assert await tx.outbox.forget(sent_before=later, dead_before=later - timedelta(days=1)) == 1
    assert await states(database, channel.id) == [OutboxState.DEAD]


async def test_a_row_shows_neither_address_nor_secret_of_its_channel(database, raw):
    await make_channel(database)
    await add(database, make_started())
    for table in ("channels", "outbox", "notification_routes"):
        for row in await raw(f"SELECT * FROM {table}"):
            assert "T0/secret" not in str(row)
            assert "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" not in str(row)
