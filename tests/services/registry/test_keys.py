"""Fetching keys: from which URLs, how often, and what happens where the fetch fails."""

import asyncio
import ssl

import pytest

from services.net.addresses import AddressPolicy
from services.registry.deliveries import Confirmation, KeyUrl
from services.registry.formats.google_token import KEYS_URL
from services.registry.keys import KeysUnavailableError, ProviderKeys
from tests.support.fake_keys import FakeKeySender

ADDRESSES = AddressPolicy(allow_loopback=False, allow_private=False)
CERTIFICATE = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-1.pem"
SUBSCRIBE = "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&Token=1%2F2"


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def keys(sender: FakeKeySender, clock: Clock | None = None) -> ProviderKeys:
    return ProviderKeys(addresses=ADDRESSES, sender=sender, clock=clock or Clock())


async def test_a_key_is_fetched_once_for_all_who_want_it():
    sender = FakeKeySender()
    async with keys(sender) as fetching:
        found = await asyncio.gather(*(fetching.fetch(KeyUrl(url=CERTIFICATE)) for _ in range(20)))
    assert {each.body for each in found} == {b"key k1"}
    assert [str(request.url) for request in sender.asked] == [CERTIFICATE]
    assert not sender.asked[0].follow
    assert sender.asked[0].limit == 64 * 1024


@pytest.mark.parametrize(
    "url", ["https://evil.example/a.pem", "http://169.254.169.254/a.pem", KEYS_URL + "?x", "", "file:///etc/passwd"]
)
async def test_nothing_is_fetched_from_anywhere_else(url: str):
    sender = FakeKeySender()
    async with keys(sender) as fetching:
        with pytest.raises(KeysUnavailableError):
            await fetching.fetch(KeyUrl(url=url))
        with pytest.raises(KeysUnavailableError):
            await fetching.confirm(Confirmation(url=url))
    assert sender.asked == []


@pytest.mark.parametrize(
    "sender", [FakeKeySender(reachable=False), FakeKeySender(status=302), FakeKeySender(status=404)]
)
async def test_what_cannot_be_had_is_not_asked_for_again_at_once(sender: FakeKeySender):
    async with keys(sender) as fetching:
        for _ in range(3):
            with pytest.raises(KeysUnavailableError):
                await fetching.fetch(KeyUrl(url=CERTIFICATE))
    assert len(sender.asked) == 1


async def test_it_is_asked_for_again_after_a_while():
    sender, clock = FakeKeySender(reachable=False), Clock()
    async with keys(sender, clock) as fetching:
        with pytest.raises(KeysUnavailableError):
            await fetching.fetch(KeyUrl(url=CERTIFICATE))
        sender.reachable = True
        clock.now += 16
        assert (await fetching.fetch(KeyUrl(url=CERTIFICATE))).body == b"key k1"


async def test_a_new_key_has_them_fetched_anew_but_not_each_time():
    sender, clock = FakeKeySender(), Clock()
    async with keys(sender, clock) as fetching:
        await fetching.fetch(KeyUrl(url=KEYS_URL, key_id="k1"))
        sender.body = b"key k2"
        await fetching.fetch(KeyUrl(url=KEYS_URL, key_id="k2"))
        assert len(sender.asked) == 1
        clock.now += 61
        assert (await fetching.fetch(KeyUrl(url=KEYS_URL, key_id="k2"))).body == b"key k2"
        clock.now += 3000
        await fetching.fetch(KeyUrl(url=KEYS_URL, key_id="k2"))
        assert len(sender.asked) == 2


async def test_an_old_key_serves_on_while_it_cannot_be_fetched_anew():
    sender, clock = FakeKeySender(), Clock()
    async with keys(sender, clock) as fetching:
        await fetching.fetch(KeyUrl(url=CERTIFICATE))
        sender.reachable = False
        clock.now += 4000
        assert (await fetching.fetch(KeyUrl(url=CERTIFICATE))).body == b"key k1"
    assert len(sender.asked) == 2


async def test_strangers_cannot_fill_the_memory():
    sender = FakeKeySender()
    async with keys(sender) as fetching:
        for number in (*range(200), 199, 0):
            await fetching.fetch(KeyUrl(url=CERTIFICATE.replace("-1.pem", f"-{number}.pem")))
    assert len(sender.asked) == 201  # the newest is kept, the oldest is not


async def test_a_subscription_is_confirmed_with_the_address_as_it_is_written():
    sender = FakeKeySender()
    async with keys(sender) as fetching:
        await fetching.confirm(Confirmation(url=SUBSCRIBE))
        sender.status = 403
        with pytest.raises(KeysUnavailableError):
            await fetching.confirm(Confirmation(url=SUBSCRIBE))
    assert [str(request.url) for request in sender.asked] == [SUBSCRIBE, SUBSCRIBE]


async def test_its_own_transport_refuses_a_server_without_a_trusted_certificate():
    """Without a network the name does not resolve; with one, the address is refused: no key is accepted."""
    async with ProviderKeys(addresses=ADDRESSES, trust=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)) as fetching:
        with pytest.raises(KeysUnavailableError):
            await fetching.fetch(KeyUrl(url=CERTIFICATE))
