"""404 to strangers, 401 without a challenge, `/v2/` open to all: what was not asked for is said, and is not proven."""

import base64

import pytest

from services.registry.credentials import Basic
from services.registry.errors import (
    CredentialNotAskedError,
    RegistryDeniedError,
    RegistryMalformedError,
    RepositoryUnknownError,
)
from services.registry.oci import RegistryClients
from tests.support.fake_registry import MANIFEST_OF_TAG, REPOSITORY, TAG, FakeRegistry, says

ROBOT = Basic(username="robot$shop+ci", password="s3cret")
SHOWN = "Basic " + base64.b64encode(b"robot$shop+ci:s3cret").decode()
TAGS = f"/v2/{REPOSITORY}/tags/list"
HIDDEN = says(404, b'{"errors": [{"code": "NAME_UNKNOWN"}]}')
ASKS = 'Basic realm="a registry"'


async def test_a_404_to_a_stranger_is_said_to_be_one(clients: RegistryClients, secure: FakeRegistry):
    secure.on(TAGS, HIDDEN)
    secure.on(MANIFEST_OF_TAG, HIDDEN)
    for asked in (
        clients.tags(secure.access(ROBOT), REPOSITORY),
        clients.resolve(secure.access(ROBOT), REPOSITORY, TAG),
    ):
        with pytest.raises(CredentialNotAskedError, match="did not ask for the credential"):
            await asked
    assert set(secure.proofs()) == {None}


async def test_without_a_stored_credential_a_404_is_what_it_says(clients: RegistryClients, secure: FakeRegistry):
    secure.on(TAGS, HIDDEN)
    secure.on(MANIFEST_OF_TAG, HIDDEN)
    with pytest.raises(RepositoryUnknownError, match="no such repository"):
        await clients.tags(secure.access(), REPOSITORY)
    assert await clients.resolve(secure.access(), REPOSITORY, TAG) is None


async def test_a_404_to_the_credential_is_what_it_says(clients: RegistryClients, secure: FakeRegistry):
    guard = secure.guarded(ASKS, SHOWN)
    secure.on(TAGS, guard(HIDDEN))
    secure.on(MANIFEST_OF_TAG, guard(HIDDEN))
    with pytest.raises(RepositoryUnknownError):
        await clients.tags(secure.access(ROBOT), REPOSITORY)
    assert await clients.resolve(secure.access(ROBOT), REPOSITORY, TAG) is None


@pytest.mark.parametrize("challenge", [None, "Negotiate", "Bearer", "Digest realm=x"])
async def test_a_credential_that_was_not_asked_for_is_not_called_wrong(
    clients: RegistryClients, secure: FakeRegistry, challenge: str | None
):
    secure.on(TAGS, says(401, WWW_Authenticate=challenge) if challenge else says(401))
    with pytest.raises(RegistryDeniedError, match="without saying how to log in") as denied:
        await clients.tags(secure.access(ROBOT), REPOSITORY)
    assert "does not accept" not in denied.value.detail
    assert secure.proofs() == [None]


async def test_a_403_to_a_stranger_is_said_to_be_one(clients: RegistryClients, secure: FakeRegistry):
    secure.on(TAGS, says(403))
    with pytest.raises(RegistryDeniedError, match="was not shown"):
        await clients.tags(secure.access(ROBOT), REPOSITORY)


async def test_an_open_front_door_proves_no_credential(clients: RegistryClients, secure: FakeRegistry):
    secure.on("/v2/", says(body=b"{}"))
    assert not await clients.probe(secure.access(ROBOT))
    assert not await clients.probe(secure.access())


async def test_a_web_page_at_the_front_door_is_no_registry(clients: RegistryClients, secure: FakeRegistry):
    secure.on("/v2/", says(body=b"<!doctype html><title>Sign in</title>", Content_Type="text/html; charset=utf-8"))
    with pytest.raises(RegistryMalformedError, match="not a registry"):
        await clients.probe(secure.access())


async def test_a_front_door_that_asks_proves_it_and_sees_the_robots_name_unchanged(
    clients: RegistryClients, secure: FakeRegistry
):
    secure.on("/v2/", secure.guarded(ASKS, SHOWN)(says(body=b"{}")))
    assert await clients.probe(secure.access(ROBOT))
    assert secure.proofs() == [None, SHOWN]


@pytest.mark.parametrize(
    "challenge",
    [
        'bearer REALM="{realm}",Service="s"',
        "Bearer realm={realm}, service=s",
        'Negotiate, Basic realm="x", Bearer realm="{realm}"',
        'Bearer realm="/token",service="s"',
    ],
)
async def test_odd_challenges_are_answered(clients: RegistryClients, secure: FakeRegistry, challenge: str):
    secure.on("/token", says(body=b'{"token": "t0"}'))
    asks = challenge.format(realm=f"{secure.server.url}/token")
    secure.on(TAGS, secure.guarded(asks, "Bearer t0")(says(body=b'{"tags": ["1.4.1", "1.4.2"]}')))
    assert await clients.tags(secure.access(ROBOT), REPOSITORY) == ("1.4.1", "1.4.2")
    assert secure.proofs("/token") == [SHOWN]
