"""People are told of each opening of a freeze once, whichever replica notices first."""

import asyncio
from datetime import UTC, datetime

from db.freezes import FreezeFields
from db.transaction import Database
from domain.gates import FreezeEffect, Window
from domain.rights import EVERYWHERE
from services.people.freeze_announcements import FreezeAnnouncements
from tests.support.actors import ANN
from tests.support.channels import make_channel, told

FRIDAY = datetime(2026, 12, 4, 15, 30, tzinfo=UTC)
NEXT_FRIDAY = datetime(2026, 12, 11, 15, 30, tzinfo=UTC)
WEEKENDS = Window(
    starts=datetime.fromisoformat("2026-11-27T15:00"),
    ends=datetime.fromisoformat("2026-11-30T07:00"),
    zone="Europe/Berlin",
    rrule="FREQ=WEEKLY",
)


async def freeze(database: Database, effect: FreezeEffect = FreezeEffect.DENY) -> None:
    fields = FreezeFields(name="weekends", effect=effect, window=WEEKENDS, reason="Nobody is in.", scope=EVERYWHERE)
    async with database.begin() as tx:
        await tx.freezes.add(fields, by=ANN.caller.ref)


async def test_each_opening_is_told_once_though_replicas_look_at_once(database: Database):
    await freeze(database)
    channel = await make_channel(database)
    replicas = [FreezeAnnouncements(database) for _ in range(3)]
    for moment in (FRIDAY, FRIDAY, NEXT_FRIDAY):
        await asyncio.gather(*(each.tell(moment) for each in replicas))
    began = [each.began_at for each in await told(database, channel)]
    assert began == [datetime(2026, 12, day, 14, tzinfo=UTC) for day in (4, 11)]


async def test_a_closed_freeze_and_one_that_allows_tell_nothing(database: Database):
    channel = await make_channel(database)
    await freeze(database, FreezeEffect.ALLOW)
    await FreezeAnnouncements(database).tell(FRIDAY)
    assert await told(database, channel) == ()


async def test_what_it_says_is_who_until_when_and_why(database: Database):
    await freeze(database)
    channel = await make_channel(database)
    await FreezeAnnouncements(database).tell(FRIDAY)
    (event,) = await told(database, channel)
    assert (event.freeze, event.by, event.reason) == ("weekends", "ann", "Nobody is in.")
    assert event.until == datetime(2026, 12, 7, 6, tzinfo=UTC)
