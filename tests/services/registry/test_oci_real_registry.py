"""Resolving and listing tags at a real registry: CNCF distribution."""

from datetime import UTC, datetime

import pytest

from services.registry.credentials import Basic, RegistryAccess
from services.registry.errors import NotAnImageError, RegistryDeniedError, RepositoryUnknownError
from services.registry.manifests import DOCKER_LIST, DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST
from services.registry.oci import RegistryClients, Resolved
from tests.support.fake_api_server import until
from tests.support.fake_registry import FakeRegistry, says
from tests.support.registry import (
    DOCKER,
    LONG_AGO,
    OCI,
    PASSWORD,
    USERNAME,
    DockerRegistry,
    NewDockerRegistry,
    Notify,
    Types,
)


def access(registry: DockerRegistry, *, password: str | None = None) -> RegistryAccess:
    if password is None:
        return RegistryAccess(host=registry.address, plain_http=True)
    credential = Basic(username=USERNAME, password=password)
    return RegistryAccess(host=registry.address, plain_http=True, credential=credential)


@pytest.mark.parametrize(("types", "media_type"), [(OCI, OCI_MANIFEST), (DOCKER, DOCKER_MANIFEST)])
async def test_a_tag_of_one_platform_is_resolved(
    clients: RegistryClients, docker_registry: DockerRegistry, repository: str, types: Types, media_type: str
):
    digest = await docker_registry.push_image(repository, "1.4.2", platforms=["linux/arm/v7"], types=types)
    assert await clients.resolve(access(docker_registry), repository, "1.4.2") == Resolved(
        digest=digest, media_type=media_type, platforms=("linux/arm/v7",), built_at=LONG_AGO
    )


@pytest.mark.parametrize(("types", "media_type"), [(OCI, OCI_INDEX), (DOCKER, DOCKER_LIST)])
async def test_a_tag_of_several_platforms_is_its_index_without_what_says_how_it_was_built(
    clients: RegistryClients, docker_registry: DockerRegistry, repository: str, types: Types, media_type: str
):
    digest = await docker_registry.push_image(repository, "1.4.2", platforms=2, types=types, attested=True)
    assert await clients.resolve(access(docker_registry), repository, "1.4.2") == Resolved(
        digest=digest, media_type=media_type, platforms=("linux/amd64", "linux/arm64"), built_at=LONG_AGO
    )


async def test_a_tag_that_moved_means_another_image(
    clients: RegistryClients, docker_registry: DockerRegistry, repository: str
):
    moments = (datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC))
    for moment in moments:
        digest = await docker_registry.push_image(repository, "latest", created=moment)
        resolved = await clients.resolve(access(docker_registry), repository, "latest")
        assert resolved is not None
        assert (resolved.digest, resolved.built_at) == (digest, moment)


async def test_a_tag_that_is_not_there_is_none(
    clients: RegistryClients, docker_registry: DockerRegistry, repository: str
):
    await docker_registry.push_image(repository, "1.4.2")
    assert await clients.resolve(access(docker_registry), repository, "1.4.3") is None


async def test_a_repository_that_is_not_there_is_said_not_to_be(
    clients: RegistryClients, docker_registry: DockerRegistry, repository: str
):
    assert await clients.resolve(access(docker_registry), repository, "1.4.2") is None
    with pytest.raises(RepositoryUnknownError, match="no such repository"):
        await clients.tags(access(docker_registry), repository)


async def test_all_tags_are_listed(clients: RegistryClients, docker_registry: DockerRegistry, repository: str):
    for tag in ("1.0.0", "1.1.0", "latest"):
        await docker_registry.push_image(repository, tag)
    assert set(await clients.tags(access(docker_registry), repository)) == {"1.0.0", "1.1.0", "latest"}


async def test_a_chart_is_no_image(clients: RegistryClients, docker_registry: DockerRegistry, repository: str):
    await docker_registry.push_artefact(
        repository,
        "1.4.2",
        kind="application/vnd.cncf.helm.config.v1+json",
        layer="application/vnd.cncf.helm.chart.content.v1.tar+gzip",
    )
    with pytest.raises(NotAnImageError, match="Helm chart"):
        await clients.resolve(access(docker_registry), repository, "1.4.2")


async def test_a_password_opens_a_registry_that_asks_for_one(
    clients: RegistryClients, new_docker_registry: NewDockerRegistry, repository: str
):
    registry = await new_docker_registry(password=True)
    digest = await registry.push_image(repository, "1.4.2")
    known = access(registry, password=PASSWORD)
    await clients.probe(known)
    resolved = await clients.resolve(known, repository, "1.4.2")
    assert resolved is not None
    assert resolved.digest == digest


@pytest.mark.parametrize("password", [None, "a wrong one"])
async def test_who_does_not_know_the_password_is_denied(
    clients: RegistryClients, new_docker_registry: NewDockerRegistry, repository: str, password: str | None
):
    registry = await new_docker_registry(password=True)
    with pytest.raises(RegistryDeniedError) as refused:
        await clients.resolve(access(registry, password=password), repository, "1.4.2")
    assert "a wrong one" not in str(refused.value)


async def test_a_registry_reports_what_is_pushed(
    other: FakeRegistry, new_docker_registry: NewDockerRegistry, repository: str
):
    """Of the fixture itself: tests of receivers rely on it."""
    other.on("/webhooks/receiver", says(204), methods=("POST",))
    endpoint = Notify(url=f"{other.server.url}/webhooks/receiver", headers={"Authorization": "Bearer proof"})
    registry = await new_docker_registry(notify=endpoint)
    digest = await registry.push_image(repository, "1.4.2", platforms=2)

    def tagged() -> list[tuple[str, str]]:
        targets = [event["target"] for seen in other.asked("/webhooks") for event in seen.json["events"]]
        return [(target["repository"], target["digest"]) for target in targets if target.get("tag") == "1.4.2"]

    await until(lambda: bool(tagged()))
    assert tagged() == [(repository, digest)]
    assert set(other.proofs("/webhooks")) == {"Bearer proof"}
