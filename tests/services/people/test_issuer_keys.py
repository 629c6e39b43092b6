"""Fetching keys of issuers: from where, how often, and what happens where the fetch fails."""

import asyncio
import json

import pytest

from services.net.addresses import AddressPolicy
from services.people.issuer_keys import IssuerKeys, IssuerUnavailableError
from tests.support.ci_tokens import KEY_ID, jwks, rsa_key
from tests.support.fake_keys import FakeKeySender
from tests.support.token_issuer import token_issuer

HERE = AddressPolicy(allow_loopback=True, allow_private=True)
ISSUER = "https://gitlab.example.com"


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


async def test_keys_are_found_by_the_issuers_metadata_and_fetched_once_for_all():
    async with token_issuer() as issuer, IssuerKeys(addresses=HERE) as keys:
        found = await asyncio.gather(*(keys.fetch(issuer.url, key_id=KEY_ID) for _ in range(10)))
        assert {*found} == {jwks()}
        assert issuer.asked == 1


async def test_a_new_key_has_them_fetched_anew_but_at_most_once_a_minute():
    clock = Clock()
    async with token_issuer() as issuer, IssuerKeys(addresses=HERE, clock=clock) as keys:
        await keys.fetch(issuer.url, key_id=KEY_ID)
        rotated = jwks(next=rsa_key("next"))
        issuer.publish(rotated)
        clock.now += 59
        assert await keys.fetch(issuer.url, key_id="next") == jwks()
        clock.now += 2
        assert await keys.fetch(issuer.url, key_id="next") == rotated
        for _ in range(5):
            await keys.fetch(issuer.url, key_id="made-up")
        assert issuer.asked == 2


async def test_old_keys_serve_on_while_new_ones_cannot_be_fetched():
    clock = Clock()
    async with token_issuer() as issuer, IssuerKeys(addresses=HERE, clock=clock) as keys:
        await keys.fetch(issuer.url, key_id=KEY_ID)
        issuer.server.replies.clear()
        clock.now += 4000
        assert await keys.fetch(issuer.url, key_id=KEY_ID) == jwks()


async def test_metadata_of_another_issuer_is_refused():
    async with token_issuer() as issuer, IssuerKeys(addresses=HERE) as keys:
        issuer.publish(jwks(), issuer="https://evil.example")
        with pytest.raises(IssuerUnavailableError, match="of another issuer"):
            await keys.fetch(issuer.url, key_id=KEY_ID)


async def test_addresses_that_the_settings_refuse_are_not_connected_to():
    nowhere = AddressPolicy(allow_loopback=False, allow_private=False)
    async with token_issuer() as issuer, IssuerKeys(addresses=nowhere) as keys:
        for url in (issuer.url, "https://127.0.0.1", "https://169.254.169.254", "https://10.0.0.1", "http://x.example"):
            with pytest.raises(IssuerUnavailableError):
                await keys.fetch(url, key_id=KEY_ID)
        assert issuer.server.seen == []


async def test_keys_are_not_fetched_from_a_metadata_service_that_an_issuer_names():
    metadata = {"issuer": ISSUER, "jwks_uri": "http://169.254.169.254/latest/meta-data"}
    sender = FakeKeySender(body=json.dumps(metadata).encode())
    async with IssuerKeys(addresses=HERE, sender=sender) as keys:
        with pytest.raises(IssuerUnavailableError, match="https only"):
            await keys.fetch(ISSUER, key_id=KEY_ID)
    assert [str(request.url) for request in sender.asked] == [f"{ISSUER}/.well-known/openid-configuration"]
    assert not any(request.follow for request in sender.asked)


@pytest.mark.parametrize(
    "sender",
    [
        FakeKeySender(reachable=False),
        FakeKeySender(status=302),
        FakeKeySender(body=b"<html>"),
        FakeKeySender(body=b"[]"),
        FakeKeySender(body=b"{}"),
        FakeKeySender(body=b"[" * 50_000),
        FakeKeySender(body=json.dumps({"issuer": ISSUER, "jwks_uri": 7}).encode()),
    ],
)
async def test_a_failure_is_said_and_not_asked_for_again_at_once(sender: FakeKeySender):
    clock = Clock()
    async with IssuerKeys(addresses=HERE, sender=sender, clock=clock) as keys:
        for _ in range(3):
            with pytest.raises(IssuerUnavailableError):
                await keys.fetch(ISSUER, key_id=None)
        assert len(sender.asked) == 1
        clock.now += 16
        with pytest.raises(IssuerUnavailableError):
            await keys.fetch(ISSUER, key_id=None)
        assert len(sender.asked) == 2
