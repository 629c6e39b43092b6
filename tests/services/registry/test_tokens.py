"""Fetching tokens, and to which hosts a credential is never sent."""

import asyncio
import base64
import json
from typing import Any

import pytest

from services.registry.credentials import Basic, Bearer, Credential
from services.registry.errors import (
    RegistryDeniedError,
    RegistryError,
    RegistryMalformedError,
    RegistryUnreachableError,
)
from services.registry.oci import RegistryClients
from tests.support.fake_api_server import Reply, until
from tests.support.fake_registry import REPOSITORY, TAG, FakeRegistry, after_event, in_turn, says

SECRET = "hunter2-hunter2"
BASIC = Basic(username="ci", password=SECRET)
BEARER = Bearer(token=SECRET)
SHOWN = "Basic " + base64.b64encode(f"ci:{SECRET}".encode()).decode()


def token(value: str, **more: Any) -> Reply:
    return says(body=json.dumps({"token": value, **more}).encode())


def challenge(realm: FakeRegistry, *, path: str = "/token") -> str:
    return f'Bearer realm="{realm.server.url}{path}",service="a registry",scope="repository:{REPOSITORY}:pull"'


async def resolved(clients: RegistryClients, registry: FakeRegistry, credential: Credential | None = None) -> str:
    found = await clients.resolve(registry.access(credential), REPOSITORY, TAG)
    assert found is not None
    return found.digest


async def test_a_token_is_fetched_where_the_registry_says_and_kept(
    clients: RegistryClients, secure: FakeRegistry, elsewhere: FakeRegistry
):
    elsewhere.on("/token", token("t0", expires_in=300))
    pushed = secure.holds(guard=secure.guarded(challenge(elsewhere), "Bearer t0"))
    assert await resolved(clients, secure, BASIC) == pushed.digest
    assert await resolved(clients, secure, BASIC) == pushed.digest
    (fetched,) = elsewhere.asked()
    assert fetched.query == {"service": "a registry", "scope": f"repository:{REPOSITORY}:pull"}
    assert fetched.headers["authorization"] == SHOWN
    assert set(secure.proofs()) == {None, "Bearer t0"}


async def test_an_anonymous_token_is_fetched_without_a_credential(
    clients: RegistryClients, secure: FakeRegistry, elsewhere: FakeRegistry
):
    elsewhere.on("/token", says(body=b'{"access_token": "t0"}'))
    pushed = secure.holds(guard=secure.guarded(challenge(elsewhere), "Bearer t0"))
    assert await resolved(clients, secure) == pushed.digest
    assert elsewhere.proofs() == [None]


async def test_a_token_that_is_not_accepted_any_more_is_fetched_anew(
    clients: RegistryClients, secure: FakeRegistry, elsewhere: FakeRegistry
):
    elsewhere.on("/token", in_turn(token("t0", expires_in=300), token("t1", expires_in=300)))
    secure.holds(guard=secure.guarded(challenge(elsewhere), "Bearer t0"))
    await resolved(clients, secure, BASIC)
    pushed = secure.holds(guard=secure.guarded(challenge(elsewhere), "Bearer t1"))
    assert await resolved(clients, secure, BASIC) == pushed.digest
    assert len(elsewhere.asked()) == 2


async def test_a_token_that_has_run_out_is_not_shown(
    clients: RegistryClients, secure: FakeRegistry, elsewhere: FakeRegistry
):
    elsewhere.on("/token", in_turn(token("t0", expires_in=0.02), token("t1", expires_in=300)))
    pushed = secure.holds(guard=secure.guarded(challenge(elsewhere), "Bearer t0", "Bearer t1"))
    await resolved(clients, secure, BASIC)
    await asyncio.sleep(0.02)
    secure.server.seen.clear()
    assert await resolved(clients, secure, BASIC) == pushed.digest
    assert "Bearer t0" not in secure.proofs()


async def test_those_who_come_together_share_one_token(
    clients: RegistryClients, secure: FakeRegistry, elsewhere: FakeRegistry
):
    elsewhere.on("/token", token("t0", expires_in=300))
    secure.holds(guard=secure.guarded(challenge(elsewhere), "Bearer t0"))
    await asyncio.gather(*(resolved(clients, secure, BASIC) for _ in range(8)))
    assert len(elsewhere.asked()) == 1


async def test_a_wrong_password_of_many_who_come_together_is_tried_once(
    clients: RegistryClients, secure: FakeRegistry, elsewhere: FakeRegistry
):
    told = asyncio.Event()
    elsewhere.on("/token", after_event(told, says(401)))
    secure.holds(guard=secure.guarded(challenge(elsewhere), "Bearer t0"))
    coming = [asyncio.create_task(resolved(clients, secure, BASIC)) for _ in range(8)]
    await until(lambda: len(secure.asked()) == len(coming))
    told.set()
    outcomes = await asyncio.gather(*coming, return_exceptions=True)
    assert all(isinstance(outcome, RegistryDeniedError) for outcome in outcomes)
    assert len(elsewhere.asked()) == 1


async def test_who_waits_for_anothers_token_keeps_to_its_own_deadline(
    clients: RegistryClients, secure: FakeRegistry, elsewhere: FakeRegistry
):
    told = asyncio.Event()
    elsewhere.on("/token", after_event(told, token("t0", expires_in=300)))
    secure.holds(guard=secure.guarded(challenge(elsewhere), "Bearer t0"))
    fetching = asyncio.create_task(resolved(clients, secure, BASIC))
    await until(lambda: bool(elsewhere.asked()))
    with pytest.raises(RegistryUnreachableError, match="did not answer in time"):
        await clients.resolve(secure.access(BASIC), REPOSITORY, TAG, deadline_seconds=0.2)
    told.set()
    assert await fetching


async def test_a_token_of_one_credential_is_not_shown_for_another(
    clients: RegistryClients, secure: FakeRegistry, elsewhere: FakeRegistry
):
    elsewhere.on("/token", in_turn(token("t0", expires_in=300), says(401)))
    secure.holds(guard=secure.guarded(challenge(elsewhere), "Bearer t0"))
    await resolved(clients, secure, BASIC)
    with pytest.raises(RegistryDeniedError):
        await resolved(clients, secure, Basic(username="ci", password="another"))


async def test_a_password_is_shown_to_the_registry_itself_once_it_asks(clients: RegistryClients, secure: FakeRegistry):
    pushed = secure.holds(guard=secure.guarded('Basic realm="a registry"', SHOWN))
    assert await resolved(clients, secure, BASIC) == pushed.digest
    assert secure.proofs()[:2] == [None, SHOWN]


async def test_a_configured_token_is_shown_as_it_is(clients: RegistryClients, secure: FakeRegistry):
    secure.holds(guard=secure.guarded('Basic realm="a registry"', f"Bearer {SECRET}"))
    await resolved(clients, secure, BEARER)
    assert set(secure.proofs()) == {f"Bearer {SECRET}"}


async def test_a_token_service_without_https_is_not_asked(
    clients: RegistryClients, secure: FakeRegistry, plain: FakeRegistry
):
    secure.holds(guard=secure.guarded(challenge(plain), "Bearer t0"))
    with pytest.raises(RegistryMalformedError, match="without https"):
        await resolved(clients, secure, BASIC)
    assert not plain.asked()


async def test_who_speaks_in_the_clear_cannot_name_another_as_token_service(
    clients: RegistryClients, plain: FakeRegistry, elsewhere: FakeRegistry
):
    realm = challenge(elsewhere).replace("127.0.0.1", "localhost")
    plain.holds(guard=plain.guarded(realm, "Bearer t0"))
    with pytest.raises(RegistryMalformedError, match="another host"):
        await resolved(clients, plain, BASIC)
    assert not elsewhere.asked()


async def test_who_speaks_in_the_clear_may_hand_out_tokens_itself(clients: RegistryClients, plain: FakeRegistry):
    plain.on("/token", token("t0"))
    pushed = plain.holds(guard=plain.guarded(challenge(plain), "Bearer t0"))
    assert await resolved(clients, plain, BASIC) == pushed.digest


async def test_a_token_service_does_not_send_us_on(
    clients: RegistryClients, secure: FakeRegistry, elsewhere: FakeRegistry, other: FakeRegistry
):
    elsewhere.on("/token", says(307, Location=f"{other.server.url}/token"))
    secure.holds(guard=secure.guarded(challenge(elsewhere), "Bearer t0"))
    with pytest.raises(RegistryMalformedError):
        await resolved(clients, secure, BASIC)
    assert not other.asked()


@pytest.mark.parametrize(
    "body",
    [
        b"no JSON",
        b"[" * 100_000,
        b'{"token": ' * 20_000,
        b"[]",
        b"{}",
        b'{"token": ""}',
        b'{"token": 7}',
        b'{"token": "a\\r\\nX-Injected: b"}',
    ],
)
async def test_a_token_service_without_a_token_is_said_to_be_one(
    clients: RegistryClients, secure: FakeRegistry, elsewhere: FakeRegistry, body: bytes
):
    elsewhere.on("/token", says(body=body))
    secure.holds(guard=secure.guarded(challenge(elsewhere), "Bearer t0"))
    with pytest.raises(RegistryMalformedError, match="without a token"):
        await resolved(clients, secure, BASIC)


@pytest.mark.parametrize("credential", [BASIC, BEARER])
@pytest.mark.parametrize("scheme", ["Bearer", "Basic"])
async def test_no_error_holds_a_credential(
    clients: RegistryClients, secure: FakeRegistry, elsewhere: FakeRegistry, credential: Credential, scheme: str
):
    echo = f'{{"errors": [{{"message": "no: {SECRET} {SHOWN}"}}]}}'.encode()
    elsewhere.on("/token", says(401, echo))
    asks = challenge(elsewhere) if scheme == "Bearer" else 'Basic realm="a registry"'
    secure.on(f"/v2/{REPOSITORY}/manifests/{TAG}", says(401, echo, WWW_Authenticate=asks))
    with pytest.raises(RegistryDeniedError) as refused:
        await resolved(clients, secure, credential)
    error: BaseException | None = refused.value
    while error is not None:
        assert SECRET not in f"{error!r} {error} {getattr(error, 'extra', '')}"
        assert SHOWN not in f"{error!r} {error}"
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    assert refused.value.subject.repository == REPOSITORY


def test_no_repr_shows_a_secret(secure: FakeRegistry):
    for credential in (BASIC, BEARER):
        assert SECRET not in repr(secure.access(credential))


async def test_a_realm_that_is_no_address_is_refused(clients: RegistryClients, secure: FakeRegistry):
    for realm in ("ftp://x/token", "https://ci:pw@registry.example/token", "not an address", "https://"):
        secure.holds(guard=secure.guarded(f'Bearer realm="{realm}"', "Bearer t0"))
        with pytest.raises(RegistryError, match="URL is not valid"):
            await resolved(clients, secure, BASIC)
