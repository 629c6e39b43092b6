"""Storing a registry frees the image pushes that waited for its credential, and checking it proves what it proves."""

import pytest

from domain.credentials import EnteredCredential
from domain.words import CredentialKind
from services.pushes.registries import NewRegistry, Registries
from tests.support.actors import ADMINISTERS, SEES_ALL
from tests.support.fake_registry import REPOSITORY, says

ROBOT = NewRegistry(
    plain_http=True, credential=EnteredCredential(kind=CredentialKind.BASIC, username="robot$shop+ci", secret="s3cret")
)


@pytest.fixture
async def registries(database, image_pushes, pretend) -> Registries:
    """The scripted registry is stored with a credential; it asks nobody for one."""
    registries = Registries(database, image_pushes.registries)
    await registries.put(ADMINISTERS, pretend.host, ROBOT)
    return registries


async def test_a_credential_that_was_not_asked_for_is_not_called_good(registries, pretend):
    pretend.on("/v2/", says(body=b"{}"))
    checked = await registries.check(SEES_ALL, pretend.host, repository=None, tag=None)
    assert (checked.well, "did not ask for the credential" in (checked.detail or "")) == (True, True)


async def test_a_repository_that_does_not_exist_is_not_well(registries, pretend):
    pretend.on(f"/v2/{REPOSITORY}/tags/list", says(404, b'{"errors": [{"code": "NAME_UNKNOWN"}]}'))
    hidden = await registries.check(SEES_ALL, pretend.host, repository=REPOSITORY, tag=None)
    await registries.put(
        ADMINISTERS,
        pretend.host,
        NewRegistry(plain_http=True, credential=EnteredCredential(kind=CredentialKind.ANONYMOUS)),
    )
    unknown = await registries.check(SEES_ALL, pretend.host, repository=REPOSITORY, tag=None)
    assert [(each.well, each.tags, each.code) for each in (hidden, unknown)] == [
        (False, None, "registry-credential-not-asked"),
        (False, None, "registry-repository-unknown"),
    ]
    assert (await registries.get(SEES_ALL, pretend.host)).last_error is None


async def test_a_repository_without_tags_is_well(registries, pretend):
    pretend.on(f"/v2/{REPOSITORY}/tags/list", says(body=b'{"tags": null}'))
    checked = await registries.check(SEES_ALL, pretend.host, repository=REPOSITORY, tag=None)
    assert (checked.well, checked.tags) == (True, 0)


async def test_a_credential_that_is_stored_later_frees_what_was_held_without_one(
    image_pushes, docker_registry, repository
):
    name = f"{docker_registry.address}/{repository}"
    await image_pushes.environment("Development", "staging-1", image=f"{name}:1.0.0")
    digest = await docker_registry.push_image(repository, "1.1.0", content="1.1.0")
    async with image_pushes.worker():
        (push,) = await image_pushes.push("1.1.0", repository=name, known=False)
        await image_pushes.until_verdict("Development", push, "refused")
        await image_pushes.store_registry(docker_registry.address)
        async with image_pushes.database.begin() as tx:
            await tx.lookups.ask_again(docker_registry.address)
        await image_pushes.until_ended()
    assert image_pushes.runs("staging-1") == f"{name}:1.1.0@{digest}"
