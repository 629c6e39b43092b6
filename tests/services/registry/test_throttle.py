"""A registry that rate-limits or fails is paused for a while, without delaying requests to another."""

import asyncio
import random
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from aiohttp import web

from services.registry.budget import RegistryLimits
from services.registry.errors import RegistryBusyError, RegistryUnreachableError, Subject
from services.registry.oci import RegistryClients
from services.registry.throttle import Throttle, seconds_of
from tests.services.registry.conftest import HERE, QUICK
from tests.support.fake_api_server import Reply, hangs_up, until
from tests.support.fake_registry import MANIFEST_OF_TAG, REPOSITORY, TAG, FakeRegistry, after_event, in_turn, says

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


async def test_a_short_pause_is_waited_out(clients: RegistryClients, plain: FakeRegistry):
    plain.holds()
    good = plain.server.replies["HEAD", MANIFEST_OF_TAG]
    plain.on(MANIFEST_OF_TAG, in_turn(says(429, Retry_After="0"), good), methods=("HEAD",))
    assert await clients.resolve(plain.access(), REPOSITORY, TAG) is not None


@pytest.mark.parametrize("by", ["seconds", "date"])
async def test_a_long_pause_is_told_and_kept(clients: RegistryClients, plain: FakeRegistry, by: str):
    before = datetime.now(UTC)
    asked = "120" if by == "seconds" else format_datetime(before + timedelta(seconds=120), usegmt=True)
    plain.holds()
    plain.on(MANIFEST_OF_TAG, says(429, Retry_After=asked), methods=("HEAD",))
    with pytest.raises(RegistryBusyError, match="limits the rate") as busy:
        await clients.resolve(plain.access(), REPOSITORY, TAG)
    assert timedelta(seconds=60) < busy.value.retry_at - before <= timedelta(seconds=180)
    assert busy.value.members()["retry_at"] == busy.value.retry_at.isoformat()
    with pytest.raises(RegistryBusyError):
        await clients.tags(plain.access(), REPOSITORY)
    assert len(plain.asked()) == 1


async def test_no_registry_asks_for_days(clients: RegistryClients, plain: FakeRegistry):
    plain.on(MANIFEST_OF_TAG, says(429, Retry_After="1795608000"))
    with pytest.raises(RegistryBusyError) as busy:
        await clients.resolve(plain.access(), REPOSITORY, TAG)
    assert busy.value.retry_at < datetime.now(UTC) + timedelta(hours=2)


@pytest.mark.parametrize("status", [500, 502, 503])
async def test_a_broken_registry_is_asked_again(clients: RegistryClients, plain: FakeRegistry, status: int):
    plain.holds()
    good = plain.server.replies["HEAD", MANIFEST_OF_TAG]
    plain.on(MANIFEST_OF_TAG, in_turn(says(status), says(status), good), methods=("HEAD",))
    assert await clients.resolve(plain.access(), REPOSITORY, TAG) is not None


async def test_a_registry_that_stays_broken_is_busy(clients: RegistryClients, plain: FakeRegistry):
    plain.on(MANIFEST_OF_TAG, says(503))
    with pytest.raises(RegistryBusyError, match="keeps failing"):
        await clients.resolve(plain.access(), REPOSITORY, TAG)
    assert len(plain.asked()) == QUICK.attempts


@pytest.mark.parametrize("reply", [says(503), says(429), hangs_up])
async def test_pauses_grow_until_the_registry_is_left_alone(plain: FakeRegistry, reply: Reply):
    plain.on(MANIFEST_OF_TAG, reply)
    async with RegistryClients(addresses=HERE, limits=RegistryLimits(first_pause=0.01, max_wait=0.1)) as clients:
        for _ in range(6):
            with pytest.raises((RegistryBusyError, RegistryUnreachableError)):
                await clients.resolve(plain.access(), REPOSITORY, TAG)
        asked = len(plain.asked())
        with pytest.raises(RegistryBusyError):
            await clients.resolve(plain.access(), REPOSITORY, TAG)
        assert len(plain.asked()) == asked < 12


async def test_a_token_service_that_is_busy_is_left_alone(clients: RegistryClients, plain: FakeRegistry):
    plain.on("/token", says(429, Retry_After="120"))
    plain.holds(guard=plain.guarded(f'Bearer realm="{plain.server.url}/token"', "Bearer t0"))
    for _ in range(2):
        with pytest.raises(RegistryBusyError):
            await clients.resolve(plain.access(), REPOSITORY, TAG)
    assert len(plain.asked("/token")) == 1


async def test_a_busy_registry_delays_no_request_to_another(
    clients: RegistryClients, plain: FakeRegistry, other: FakeRegistry
):
    plain.on(MANIFEST_OF_TAG, says(429, Retry_After="120"))
    other.holds()
    with pytest.raises(RegistryBusyError):
        await clients.resolve(plain.access(), REPOSITORY, TAG)
    assert await clients.resolve(other.access(), REPOSITORY, TAG) is not None


@pytest.fixture
async def told() -> AsyncIterator[asyncio.Event]:
    event = asyncio.Event()
    yield event
    event.set()


async def test_a_registry_that_hangs_delays_no_request_to_another(
    clients: RegistryClients, plain: FakeRegistry, other: FakeRegistry, told: asyncio.Event
):
    plain.holds(guard=lambda reply: after_event(told, reply))
    other.holds()
    hanging = [asyncio.create_task(clients.resolve(plain.access(), REPOSITORY, TAG)) for _ in range(20)]
    await until(lambda: len(plain.asked()) == QUICK.at_once)
    assert await clients.resolve(other.access(), REPOSITORY, TAG) is not None
    assert not any(task.done() for task in hanging)
    told.set()
    assert all(await asyncio.gather(*hanging))


async def test_a_registry_has_so_many_questions_at_once_and_no_more(clients: RegistryClients, plain: FakeRegistry):
    under_way, most = 0, 0

    def counted(reply: Reply) -> Reply:
        async def count(request: web.Request) -> web.StreamResponse:
            nonlocal under_way, most
            under_way += 1
            most = max(most, under_way)
            await asyncio.sleep(0.01)
            under_way -= 1
            return await reply(request)

        return count

    plain.holds(guard=counted)
    await asyncio.gather(*(clients.resolve(plain.access(), REPOSITORY, TAG) for _ in range(10)))
    assert most == QUICK.at_once


async def test_who_stands_in_the_queue_when_time_is_up_is_told_so(
    clients: RegistryClients, plain: FakeRegistry, told: asyncio.Event
):
    plain.holds(guard=lambda reply: after_event(told, reply))
    hanging = [asyncio.create_task(clients.resolve(plain.access(), REPOSITORY, TAG)) for _ in range(QUICK.at_once)]
    await until(lambda: len(plain.asked()) == QUICK.at_once)
    with pytest.raises(RegistryBusyError, match="time was used up"):
        await clients.resolve(plain.access(), REPOSITORY, TAG, deadline_seconds=0.05)
    told.set()
    assert all(await asyncio.gather(*hanging))


async def test_a_cancelled_request_gives_its_slot_back(
    clients: RegistryClients, plain: FakeRegistry, told: asyncio.Event
):
    plain.holds(guard=lambda reply: after_event(told, reply))
    hanging = [asyncio.create_task(clients.resolve(plain.access(), REPOSITORY, TAG)) for _ in range(5)]
    await until(lambda: len(plain.asked()) == QUICK.at_once)
    for task in hanging:
        task.cancel()
    await asyncio.gather(*hanging, return_exceptions=True)
    told.set()
    assert await clients.resolve(plain.access(), REPOSITORY, TAG) is not None


async def test_who_stands_in_the_queue_is_not_let_in_once_the_registry_is_busy(
    clients: RegistryClients, plain: FakeRegistry, told: asyncio.Event
):
    plain.on(MANIFEST_OF_TAG, after_event(told, says(429, Retry_After="120")))
    coming = [asyncio.create_task(clients.resolve(plain.access(), REPOSITORY, TAG)) for _ in range(6)]
    await until(lambda: len(plain.asked()) == QUICK.at_once)
    told.set()
    outcomes = await asyncio.gather(*coming, return_exceptions=True)
    assert all(isinstance(outcome, RegistryBusyError) for outcome in outcomes)
    assert len(plain.asked()) == QUICK.at_once


async def test_who_stands_in_the_queue_while_it_fails_has_a_turn_afterwards(
    clients: RegistryClients, plain: FakeRegistry, told: asyncio.Event
):
    plain.holds()
    good = plain.server.replies["HEAD", MANIFEST_OF_TAG]
    plain.on(MANIFEST_OF_TAG, after_event(told, in_turn(*[says(503)] * QUICK.at_once, good)), methods=("HEAD",))
    coming = [asyncio.create_task(clients.resolve(plain.access(), REPOSITORY, TAG)) for _ in range(6)]
    await until(lambda: len(plain.asked()) == QUICK.at_once)
    told.set()
    assert all(await asyncio.gather(*coming))


class _Even(random.Random):
    """Chance that changes nothing."""

    def uniform(self, a: float, b: float) -> float:
        return 1.0


def test_requests_that_fail_together_count_once_and_those_that_follow_double_the_pause():
    subject = Subject(host="registry.example")
    throttle = Throttle(RegistryLimits(first_pause=100.0, longest_pause=1000.0), chance=_Even())
    pauses = []
    for _ in range(2):
        began = time.monotonic()
        for _ in range(3):
            throttle.failed(began=began)
        pauses.append((throttle.busy(subject).retry_at - datetime.now(UTC)).total_seconds())
    assert 90 < pauses[0] <= 100
    assert 190 < pauses[1] <= 200


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0.0),
        (" 120 ", 120.0),
        ("Wed, 25 Nov 2026 12:01:30 GMT", 90.0),
        ("Wed, 25 Nov 2026 11:59:00 GMT", 0.0),
        ("Wed, 25 Nov 2026 12:01:30 -0000", 90.0),
        (None, None),
        ("", None),
        ("-5", None),
        ("soon", None),
        ("Wed, 99 Nov 2026 12:01:30 GMT", None),
        ("Wed, 25 Nov 2026 12:01:30 +99999999999999", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(text: str | None, seconds: float | None):
    assert seconds_of(text, now=NOW) == seconds
