"""Fetching keys: from which URLs, how often, and what happens where the fetch fails."""

import asyncio
import ssl

import pytest
from multidict import CIMultiDict, CIMultiDictProxy

from services.net.addresses import AddressPolicy
from services.registry.budget import Budget
from services.registry.deliveries import Confirmation, KeyUrl
from services.registry.errors import RegistryUnreachableError, Subject
from services.registry.formats.google_token import KEYS_URL
from services.registry.keys import KeysUnavailableError, ProviderKeys
from services.registry.transport import Answer, RegistryRequest

ADDRESSES = AddressPolicy(allow_loopback=False, allow_private=False)
CERTIFICATE = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-1.pem"
SUBSCRIBE = "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&Token=1%2F2"


class FakeRegistry:
    """Answers with `status` and `body`, or not at all."""

    def __init__(self, *, status: int = 200, body: bytes = b"key k1", reachable: bool = True) -> None:
        self.status, self.body, self.reachable = status, body, reachable
        self.asked: list[RegistryRequest] = []

    async def send(self, request: RegistryRequest, *, authorization: str | None, budget: Budget) -> Answer:
        assert authorization is None
        self.asked.append(request)
        await asyncio.sleep(0)
        if not self.reachable:
            raise RegistryUnreachableError(Subject(host="x"), "no connection.")
        return Answer(status=self.status, headers=CIMultiDictProxy(CIMultiDict()), body=self.body, own=True)


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def keys(pretend: FakeRegistry, clock: Clock | None = None) -> ProviderKeys:
    return ProviderKeys(addresses=ADDRESSES, sender=pretend, clock=clock or Clock())


async def test_a_key_is_fetched_once_for_all_who_want_it():
    pretend = FakeRegistry()
    async with keys(pretend) as fetching:
        found = await asyncio.gather(*(fetching.fetch(KeyUrl(url=CERTIFICATE)) for _ in range(20)))
    assert {each.body for each in found} == {b"key k1"}
    assert [str(request.url) for request in pretend.asked] == [CERTIFICATE]
    assert not pretend.asked[0].follow
    assert pretend.asked[0].limit == 64 * 1024


@pytest.mark.parametrize(
    "url", ["https://evil.example/a.pem", "http://169.254.169.254/a.pem", KEYS_URL + "?x", "", "file:///etc/passwd"]
)
async def test_nothing_is_fetched_from_anywhere_else(url: str):
    pretend = FakeRegistry()
    async with keys(pretend) as fetching:
        with pytest.raises(KeysUnavailableError):
            await fetching.fetch(KeyUrl(url=url))
        with pytest.raises(KeysUnavailableError):
            await fetching.confirm(Confirmation(url=url))
    assert pretend.asked == []


@pytest.mark.parametrize("pretend", [FakeRegistry(reachable=False), FakeRegistry(status=302), FakeRegistry(status=404)])
async def test_what_cannot_be_had_is_not_asked_for_again_at_once(pretend: FakeRegistry):
    async with keys(pretend) as fetching:
        for _ in range(3):
            with pytest.raises(KeysUnavailableError):
                await fetching.fetch(KeyUrl(url=CERTIFICATE))
    assert len(pretend.asked) == 1


async def test_it_is_asked_for_again_after_a_while():
    pretend, clock = FakeRegistry(reachable=False), Clock()
    async with keys(pretend, clock) as fetching:
        with pytest.raises(KeysUnavailableError):
            await fetching.fetch(KeyUrl(url=CERTIFICATE))
        pretend.reachable = True
        clock.now += 16
        assert (await fetching.fetch(KeyUrl(url=CERTIFICATE))).body == b"key k1"


async def test_a_new_key_has_them_fetched_anew_but_not_each_time():
    pretend, clock = FakeRegistry(), Clock()
    async with keys(pretend, clock) as fetching:
        await fetching.fetch(KeyUrl(url=KEYS_URL, key_id="k1"))
        pretend.body = b"key k2"
        await fetching.fetch(KeyUrl(url=KEYS_URL, key_id="k2"))
        assert len(pretend.asked) == 1
        clock.now += 61
        assert (await fetching.fetch(KeyUrl(url=KEYS_URL, key_id="k2"))).body == b"key k2"
        clock.now += 3000
        await fetching.fetch(KeyUrl(url=KEYS_URL, key_id="k2"))
        assert len(pretend.asked) == 2


async def test_an_old_key_serves_on_while_it_cannot_be_fetched_anew():
    pretend, clock = FakeRegistry(), Clock()
    async with keys(pretend, clock) as fetching:
        await fetching.fetch(KeyUrl(url=CERTIFICATE))
        pretend.reachable = False
        clock.now += 4000
        assert (await fetching.fetch(KeyUrl(url=CERTIFICATE))).body == b"key k1"
    assert len(pretend.asked) == 2


async def test_strangers_cannot_fill_the_memory():
    pretend = FakeRegistry()
    async with keys(pretend) as fetching:
        for number in range(200):
            await fetching.fetch(KeyUrl(url=CERTIFICATE.replace("-1.pem", f"-{number}.pem")))
        assert len(fetching._cached) == 64
        assert fetching._fetching == {}


async def test_a_subscription_is_confirmed_with_the_address_as_it_is_written():
    pretend = FakeRegistry()
    async with keys(pretend) as fetching:
        await fetching.confirm(Confirmation(url=SUBSCRIBE))
        pretend.status = 403
        with pytest.raises(KeysUnavailableError):
            await fetching.confirm(Confirmation(url=SUBSCRIBE))
    assert [str(request.url) for request in pretend.asked] == [SUBSCRIBE, SUBSCRIBE]


async def test_its_own_transport_refuses_a_server_without_a_trusted_certificate():
    """Without a network the name does not resolve; with one, the address is refused: no key is accepted."""
    async with ProviderKeys(addresses=ADDRESSES, trust=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)) as fetching:
        with pytest.raises(KeysUnavailableError):
            await fetching.fetch(KeyUrl(url=CERTIFICATE))
