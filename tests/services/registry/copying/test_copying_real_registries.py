"""Copies between two real registries (CNCF distribution)."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from services.net.addresses import AddressPolicy
from services.registry.budget import RegistryLimits
from services.registry.copying.blobs import PART_BYTES
from services.registry.copying.images import CopyProgress, ImageAt, ImageCopier
from services.registry.credentials import Basic, RegistryAccess
from services.registry.errors import RegistryDeniedError, RepositoryUnknownError
from tests.support.cutting_proxy import cutting_proxy
from tests.support.referrers_door import referrers_door
from tests.support.registry import DOCKER, OCI, PASSWORD, USERNAME, DockerRegistry, NewDockerRegistry, Types

HERE = AddressPolicy(allow_loopback=True, allow_private=True)
PATIENT = RegistryLimits(at_once=16, first_pause=0.01, max_wait=30.0, answer=300.0)
LARGE = 2 * PART_BYTES + 5


@pytest.fixture
async def copier() -> AsyncIterator[ImageCopier]:
    opened = ImageCopier(addresses=HERE, limits=PATIENT)
    await opened.open()
    yield opened
    await opened.close()


def at(
    registry: DockerRegistry | str,
    repository: str,
    digest: str,
    *,
    tag: str | None = None,
    password: str | None = None,
) -> ImageAt:
    host = registry if isinstance(registry, str) else registry.address
    credential = Basic(username=USERNAME, password=password) if password else None
    access = (
        RegistryAccess(host=host, plain_http=True, credential=credential)
        if credential
        else RegistryAccess(host=host, plain_http=True)
    )
    return ImageAt(access=access, repository=repository, digest=digest, tag=tag)


def silent(progress: CopyProgress) -> None:
    """Nobody is told."""


@pytest.mark.parametrize("types", [OCI, DOCKER])
async def test_all_platforms_of_an_image_arrive_byte_by_byte(
    copier: ImageCopier,
    docker_registry: DockerRegistry,
    new_docker_registry: NewDockerRegistry,
    repository: str,
    types: Types,
):
    target = await new_docker_registry()
    digest = await docker_registry.push_image(repository, "1.4.2", platforms=3, types=types, attested=True)
    progress = await copier.copy(
        at(docker_registry, repository, digest), at(target, "prod/web", digest, tag="1.4.2"), tell=silent
    )
    index = await docker_registry.manifest_of(repository, digest)
    assert index is not None
    assert await target.manifest_of("prod/web", "1.4.2") == index
    for child in json.loads(index)["manifests"]:
        manifest = await target.manifest_of("prod/web", child["digest"])
        assert manifest == await docker_registry.manifest_of(repository, child["digest"])
        assert manifest is not None
        for part in [json.loads(manifest)["config"], *json.loads(manifest)["layers"]]:
            assert len(await target.blob_of("prod/web", part["digest"]) or b"") == part["size"]
    assert progress.blobs == progress.blobs_done == 8
    assert progress.bytes == progress.bytes_done


async def test_signatures_and_referrers_arrive_with_it(
    copier: ImageCopier, docker_registry: DockerRegistry, new_docker_registry: NewDockerRegistry, repository: str
):
    target = await new_docker_registry()
    digest = await docker_registry.push_image(repository, "1.4.2", platforms=2)
    named = digest.replace(":", "-")
    cosign = "application/vnd.dev.cosign.simplesigning.v1+json"
    await docker_registry.push_artefact(repository, f"{named}.sig", kind=OCI.config, layer=cosign)
    sbom = await docker_registry.attach(repository, digest)
    await copier.copy(at(docker_registry, repository, digest), at(target, "prod/web", digest), tell=silent)
    for reference in (f"{named}.sig", sbom, named):
        copied = await target.manifest_of("prod/web", reference)
        assert copied is not None
        if reference != named:  # the list of attachments is written anew, as each registry has its own
            assert copied == await docker_registry.manifest_of(repository, reference)
    listed = json.loads(await target.manifest_of("prod/web", named) or b"{}")["manifests"]
    assert [each["digest"] for each in listed] == [sbom]


@pytest.mark.parametrize("kept_by_source", [True, False])
@pytest.mark.parametrize("kept_by_target", [True, False])
async def test_what_is_attached_to_an_index_and_its_platforms_is_found_at_the_target_as_that_lists_it(
    copier: ImageCopier,
    new_docker_registry: NewDockerRegistry,
    kept_by_source: bool,
    kept_by_target: bool,
):
    async with AsyncExitStack() as stack:

        async def registry(*, keeps_lists: bool) -> DockerRegistry:
            found = await new_docker_registry()
            return await stack.enter_async_context(referrers_door(found)) if keeps_lists else found

        source, target = await registry(keeps_lists=kept_by_source), await registry(keeps_lists=kept_by_target)
        image = await source.push_image("shop/web", "1.4.2", platforms=3)
        index = json.loads(await source.manifest_of("shop/web", image) or b"{}")
        subjects = [image, index["manifests"][1]["digest"]]
        attached = {each: await source.attach("shop/web", each) for each in subjects}
        signed = await source.attach("shop/web", attached[image])
        await copier.copy(at(source, "shop/web", image), at(target, "prod/web", image, tag="1.4.2"), tell=silent)
        assert await target.manifest_of("prod/web", "1.4.2") == await source.manifest_of("shop/web", image)
        for subject, digest in {**attached, attached[image]: signed}.items():
            assert await target.manifest_of("prod/web", digest) == await source.manifest_of("shop/web", digest)
            listed = await target.referrers_of("prod/web", subject)
            fallback = await target.manifest_of("prod/web", subject.replace(":", "-"))
            assert (listed is not None, fallback is not None) == (kept_by_target, not kept_by_target)
            found = listed or [each["digest"] for each in json.loads(fallback or b"{}")["manifests"]]
            assert found == [digest]


async def test_an_attachment_that_is_listed_and_was_deleted_is_left_out(
    copier: ImageCopier, docker_registry: DockerRegistry, new_docker_registry: NewDockerRegistry, repository: str
):
    target = await new_docker_registry()
    digest = await docker_registry.push_image(repository, "1.4.2")
    sbom = await docker_registry.attach(repository, digest)
    await docker_registry.delete_manifest(repository, sbom)
    await copier.copy(at(docker_registry, repository, digest), at(target, "prod/web", digest), tell=silent)
    assert await target.manifest_of("prod/web", digest) is not None
    assert await target.manifest_of("prod/web", digest.replace(":", "-")) is None


async def test_a_signature_of_the_targets_own_stays(
    copier: ImageCopier, docker_registry: DockerRegistry, new_docker_registry: NewDockerRegistry, repository: str
):
    target = await new_docker_registry()
    digest = await docker_registry.push_image(repository, "1.4.2")
    signature = f"{digest.replace(':', '-')}.sig"
    await docker_registry.push_artefact(repository, signature, kind=OCI.config, layer="application/of.development")
    own = await target.push_artefact("prod/web", signature, kind=OCI.config, layer="application/of.production")
    await copier.copy(at(docker_registry, repository, digest), at(target, "prod/web", digest), tell=silent)
    assert await target.manifest_of("prod/web", signature) == await target.manifest_of("prod/web", own)


async def test_what_is_there_already_is_not_sent_again(
    copier: ImageCopier, docker_registry: DockerRegistry, new_docker_registry: NewDockerRegistry, repository: str
):
    target = await new_docker_registry()
    digest = await docker_registry.push_image(repository, "1.4.2", platforms=2)
    await docker_registry.attach(repository, digest)
    pair = at(docker_registry, repository, digest), at(target, "prod/web", digest, tag="1.4.2")
    lacking = await copier.lacking(*pair)
    told: list[CopyProgress] = []
    first = await copier.copy(*pair, tell=told.append)
    assert (lacking.blobs, lacking.bytes) == (first.blobs, first.bytes)
    assert first.blobs == 6, "two of each platform, and two of the SBOM"
    assert {(each.blobs, each.bytes) for each in told} == {(first.blobs, first.bytes)}, "it is known from the start"
    assert await copier.lacking(*pair) == await copier.copy(*pair, tell=silent) == CopyProgress()


async def test_within_one_registry_blobs_are_mounted(
    copier: ImageCopier, new_docker_registry: NewDockerRegistry, repository: str
):
    registry = await new_docker_registry()
    async with cutting_proxy(registry.address) as proxy:
        digest = await registry.push_image(repository, "1.4.2", size=LARGE)
        proxy.cut_after = PART_BYTES  # the layer would not get through
        await copier.copy(at(proxy.address, repository, digest), at(proxy.address, "prod/web", digest), tell=silent)
        assert proxy.cuts == 0
    assert await registry.manifest_of("prod/web", digest) is not None


@pytest.mark.parametrize("after", [PART_BYTES // 2, PART_BYTES + PART_BYTES // 2, LARGE - 1])
async def test_a_connection_that_breaks_in_the_middle_of_a_layer_only_delays_it(
    copier: ImageCopier,
    docker_registry: DockerRegistry,
    new_docker_registry: NewDockerRegistry,
    repository: str,
    after: int,
):
    target = await new_docker_registry()
    digest = await docker_registry.push_image(repository, "1.4.2", size=LARGE)
    told: list[CopyProgress] = []

    def tell(progress: CopyProgress) -> None:
        told.append(progress)

    async with cutting_proxy(target.address) as proxy:
        proxy.cut_after = after
        pair = at(docker_registry, repository, digest), at(proxy.address, "prod/web", digest, tag="1.4.2")
        await copier.copy(*pair, tell=tell)
        assert proxy.cuts == 1
    copied = await target.manifest_of("prod/web", "1.4.2")
    assert copied == await docker_registry.manifest_of(repository, digest)
    layer = json.loads(copied or b"")["layers"][0]
    assert await target.blob_of("prod/web", layer["digest"]) is not None
    assert told[-1].bytes_done == told[-1].bytes


async def test_a_password_that_may_push_is_used_and_a_wrong_one_names_the_right_that_is_missing(
    copier: ImageCopier, docker_registry: DockerRegistry, new_docker_registry: NewDockerRegistry, repository: str
):
    target = await new_docker_registry(password=True)
    digest = await docker_registry.push_image(repository, "1.4.2")
    source = at(docker_registry, repository, digest)
    with pytest.raises(RegistryDeniedError, match="pull and push"):
        await copier.require_push_right(at(target, "prod/web", digest, password="a wrong one"))
    known = at(target, "prod/web", digest, password=PASSWORD)
    await copier.require_push_right(known)
    await copier.copy(source, known, tell=silent)
    assert await target.manifest_of("prod/web", digest) is not None


async def test_an_image_that_the_source_does_not_have_is_named(
    copier: ImageCopier, docker_registry: DockerRegistry, new_docker_registry: NewDockerRegistry, repository: str
):
    target = await new_docker_registry()
    await docker_registry.push_image(repository, "1.4.2")
    digest = f"sha256:{'0' * 64}"
    with pytest.raises(RepositoryUnknownError, match=f"{repository}@{digest}.*Push it again"):
        await copier.copy(at(docker_registry, repository, digest), at(target, "prod/web", digest), tell=silent)
    assert await target.manifest_of("prod/web", digest) is None
