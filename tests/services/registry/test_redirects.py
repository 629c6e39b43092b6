"""Which redirects of a registry are followed, and that no credential goes along."""

import pytest

from services.net.addresses import AddressPolicy
from services.registry.credentials import RegistryAccess
from services.registry.errors import (
    RegistryAddressRefusedError,
    RegistryError,
    RegistryMalformedError,
    RegistryUnreachableError,
)
from services.registry.oci import RegistryClients
from tests.services.registry.test_tokens import BASIC, SHOWN
from tests.support.fake_registry import REPOSITORY, TAG, FakeRegistry, says

BLOBS = f"/v2/{REPOSITORY}/blobs/"


def sends_on(registry: FakeRegistry, location: str) -> str:
    """The registry holds an image whose config lies elsewhere; gives what that config blob is called."""
    guard = registry.guarded('Basic realm="a registry"', SHOWN)
    pushed = registry.holds(guard=guard)
    registry.on(BLOBS + pushed.config, guard(says(307, Location=location)))
    return pushed.config


async def test_a_storage_is_not_shown_what_the_registry_is_shown(
    clients: RegistryClients, secure: FakeRegistry, elsewhere: FakeRegistry
):
    elsewhere.on("/bucket/blob", says(body=b'{"os": "linux", "architecture": "amd64"}'))
    sends_on(secure, f"{elsewhere.server.url}/bucket/blob?X-Signature=a%2Fb%3D")
    assert await clients.resolve(secure.access(BASIC), REPOSITORY, TAG) is not None
    (asked,) = elsewhere.asked()
    assert "authorization" not in asked.headers
    assert asked.query == {"X-Signature": "a/b="}


async def test_the_registry_itself_is_shown_it_after_a_redirect_of_its_own(
    clients: RegistryClients, secure: FakeRegistry
):
    guard = secure.guarded('Basic realm="a registry"', SHOWN)
    secure.on("/blob", guard(says(body=b'{"os": "linux", "architecture": "amd64"}')))
    sends_on(secure, "/blob")
    assert await clients.resolve(secure.access(BASIC), REPOSITORY, TAG) is not None
    assert secure.proofs("/blob") == [SHOWN]


async def test_a_way_back_does_not_bring_the_credential_back(
    clients: RegistryClients, secure: FakeRegistry, elsewhere: FakeRegistry
):
    elsewhere.on("/bounce", says(307, Location=f"{secure.server.url}/blob"))
    secure.on("/blob", says(body=b'{"os": "linux", "architecture": "amd64"}'))
    sends_on(secure, f"{elsewhere.server.url}/bounce")
    await clients.resolve(secure.access(BASIC), REPOSITORY, TAG)
    assert secure.proofs("/blob") == [None]


async def test_https_is_not_left(clients: RegistryClients, secure: FakeRegistry, plain: FakeRegistry):
    sends_on(secure, f"{plain.server.url}/blob")
    with pytest.raises(RegistryAddressRefusedError, match="without https"):
        await clients.resolve(secure.access(BASIC), REPOSITORY, TAG)
    assert not plain.asked()


@pytest.mark.parametrize(
    "location",
    [
        "http://169.254.169.254/latest/meta-data/iam/security-credentials/",
        "http://[fd00:ec2::254]/latest/meta-data/",
        "http://[::ffff:169.254.169.254]/",
        "http://0xa9fea9fe/latest/",
        "http://2852039166/latest/",
        "http://0251.0376.0251.0376/latest/",
    ],
)
async def test_a_metadata_service_is_not_connected_to(clients: RegistryClients, plain: FakeRegistry, location: str):
    sends_on(plain, location)
    with pytest.raises(RegistryAddressRefusedError):
        await clients.resolve(plain.access(BASIC), REPOSITORY, TAG)


@pytest.mark.parametrize("location", ["file:///etc/passwd", "", "https://a:b@storage.example/blob", "https://"])
async def test_what_is_no_address_is_not_followed(clients: RegistryClients, secure: FakeRegistry, location: str):
    sends_on(secure, location)
    with pytest.raises(RegistryError):
        await clients.resolve(secure.access(BASIC), REPOSITORY, TAG)


async def test_redirects_without_an_end_are_not_followed_for_ever(clients: RegistryClients, plain: FakeRegistry):
    plain.on("/round", says(307, Location="/round"))
    sends_on(plain, "/round")
    with pytest.raises(RegistryMalformedError, match="too often"):
        await clients.resolve(plain.access(BASIC), REPOSITORY, TAG)
    assert len(plain.asked("/round")) < 10


async def test_a_storage_cannot_ask_for_the_credential(
    clients: RegistryClients, secure: FakeRegistry, elsewhere: FakeRegistry
):
    realm = f'Bearer realm="{elsewhere.server.url}/token"'
    elsewhere.on("/bucket/blob", says(401, WWW_Authenticate=realm))
    sends_on(secure, f"{elsewhere.server.url}/bucket/blob")
    with pytest.raises(RegistryMalformedError, match="redirects to"):
        await clients.resolve(secure.access(BASIC), REPOSITORY, TAG)
    assert not elsewhere.asked("/token")


async def test_a_storage_that_is_not_there_is_named(clients: RegistryClients, secure: FakeRegistry):
    sends_on(secure, "https://127.0.0.1:1/blob")
    with pytest.raises(RegistryUnreachableError, match=r"connecting to 127\.0\.0\.1:1 failed"):
        await clients.resolve(secure.access(BASIC), REPOSITORY, TAG)


@pytest.mark.parametrize("host", ["2852039166", "127.1", "0x7f.1", "0177.0.0.1", "127.0.0.01"])
async def test_a_host_that_is_a_number_in_disguise_is_not_asked(host: str):
    everywhere = AddressPolicy(allow_loopback=True, allow_private=True)
    async with RegistryClients(addresses=everywhere) as clients:
        with pytest.raises(RegistryAddressRefusedError, match="unusual notation"):
            await clients.probe(RegistryAccess(host=f"{host}:5000", plain_http=True))
