"""Whether a repository has the image of a digest: what a registry says to whom."""

import pytest

from services.registry.credentials import Basic
from services.registry.errors import CredentialNotAskedError, RegistryNameError, RepositoryUnknownError
from services.registry.oci import RegistryClients
from tests.support.fake_registry import REPOSITORY, FakeRegistry, digest, says

ABSENT = digest(b"an image that is not there")
UNKNOWN = says(404, b'{"errors": [{"code": "MANIFEST_UNKNOWN"}]}')
ASKS = 'Basic realm="registry"'
ANN = Basic(username="ann", password="p")


async def test_an_image_is_described_once_and_its_presence_is_asked_each_time(
    clients: RegistryClients, plain: FakeRegistry
):
    pushed = plain.holds()
    first = await clients.image(plain.access(), REPOSITORY, pushed.digest)
    assert first is not None
    assert (first.digest, first.platforms) == (pushed.digest, ("linux/amd64",))
    plain.server.seen.clear()
    assert await clients.image(plain.access(), REPOSITORY, pushed.digest) == first
    assert [seen.method for seen in plain.asked()] == ["HEAD"]


async def test_an_image_that_is_not_there_is_none(clients: RegistryClients, plain: FakeRegistry):
    plain.on(f"/v2/{REPOSITORY}/manifests/{ABSENT}", UNKNOWN)
    assert await clients.image(plain.access(), REPOSITORY, ABSENT) is None
    guarded = plain.guarded(ASKS, ANN.header)
    plain.on(f"/v2/{REPOSITORY}/manifests/{ABSENT}", guarded(UNKNOWN))
    assert await clients.image(plain.access(ANN), REPOSITORY, ABSENT) is None


async def test_what_may_be_hidden_from_who_showed_no_credential_is_not_taken_for_absent(
    clients: RegistryClients, plain: FakeRegistry
):
    plain.on(f"/v2/{REPOSITORY}/manifests/{ABSENT}", UNKNOWN)
    with pytest.raises(CredentialNotAskedError):
        await clients.image(plain.access(ANN), REPOSITORY, ABSENT)
    token = plain.guarded(f'Bearer realm="{plain.server.url}/token"', "Bearer of-a-stranger")
    plain.on("/token", says(body=b'{"token": "of-a-stranger"}'))
    plain.on(f"/v2/{REPOSITORY}/manifests/{ABSENT}", token(UNKNOWN))
    with pytest.raises(RepositoryUnknownError):
        await clients.image(plain.access(), REPOSITORY, ABSENT)


async def test_what_is_no_digest_is_refused(clients: RegistryClients, plain: FakeRegistry):
    with pytest.raises(RegistryNameError):
        await clients.image(plain.access(), REPOSITORY, "sha256:short")
