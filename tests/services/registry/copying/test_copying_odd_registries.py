"""Copies where a registry answers otherwise than most: as the scripted one says."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from services.net.addresses import AddressPolicy
from services.registry.budget import RegistryLimits
from services.registry.copying.blobs import PART_BYTES
from services.registry.copying.images import CopyProgress, ImageAt, ImageCopier
from services.registry.copying.refusals import PushRefusedError
from services.registry.credentials import Basic
from services.registry.errors import RegistryMalformedError
from tests.support.fake_registry import LAYER, REPOSITORY, FakeRegistry, digest, says

UPLOADS = f"/v2/{REPOSITORY}/blobs/uploads/"
UPLOAD = f"{UPLOADS}one"
LARGE = bytes(PART_BYTES + 1)


@pytest.fixture
async def copier() -> AsyncIterator[ImageCopier]:
    limits = RegistryLimits(at_once=16, first_pause=0.01, max_wait=30.0, answer=300.0)
    opened = ImageCopier(addresses=AddressPolicy(allow_loopback=True, allow_private=True), limits=limits)
    await opened.open()
    yield opened
    await opened.close()


def silent(progress: CopyProgress) -> None:
    """Nobody is told."""


def image_of(source: FakeRegistry, layer: bytes, *, sent: bytes | None = None, kind: str = LAYER) -> str:
    """An image with one layer, whose bytes the registry sends whole, whatever part is asked for."""
    described = {"mediaType": kind, "digest": digest(layer), "size": len(layer)}
    source.on(f"/v2/{REPOSITORY}/blobs/{digest(layer)}", says(body=layer if sent is None else sent))
    return source.holds(manifest={"layers": [described]}).digest


def takes_blobs(target: FakeRegistry, *, parts: int) -> list[bytes]:
    """Begins uploads, answers parts with the status, and takes what is sent at the end; returns what came then."""
    came: list[bytes] = []

    async def finish(request: web.Request) -> web.StreamResponse:
        came.append(await request.read())
        return web.Response(status=201)

    target.on(UPLOADS, says(202, Location=UPLOAD), methods=("POST",))
    target.on(UPLOAD, says(parts), methods=("PATCH",))
    target.on(UPLOAD, finish, methods=("PUT",))
    return came


def pair(source: FakeRegistry, target: FakeRegistry, image: str, *, tag: str | None = None) -> tuple[ImageAt, ImageAt]:
    return (
        ImageAt(access=source.access(), repository=REPOSITORY, digest=image),
        ImageAt(access=target.access(), repository=REPOSITORY, digest=image, tag=tag),
    )


async def test_a_registry_that_takes_no_parts_gets_the_blob_as_a_whole(
    copier: ImageCopier, plain: FakeRegistry, other: FakeRegistry
):
    image = image_of(plain, LARGE)
    came = takes_blobs(other, parts=405)
    other.on(f"/v2/{REPOSITORY}/manifests/{image}", says(201), methods=("PUT",))
    progress = await copier.copy(*pair(plain, other, image), tell=silent)
    assert LARGE in came
    assert progress.bytes == progress.bytes_done


async def test_bytes_that_are_not_those_of_the_digest_never_count_as_the_blob(
    copier: ImageCopier, plain: FakeRegistry, other: FakeRegistry
):
    image = image_of(plain, b"what was built", sent=b"something else")
    came = takes_blobs(other, parts=202)
    with pytest.raises(RegistryMalformedError, match="do not match"):
        await copier.copy(*pair(plain, other, image), tell=silent)
    assert b"something else" not in came
    assert not other.asked(f"/v2/{REPOSITORY}/manifests/", method="PUT")


async def test_layers_that_nobody_may_hand_on_stay_where_they_are(
    copier: ImageCopier, plain: FakeRegistry, other: FakeRegistry
):
    image = image_of(plain, b"of Windows", kind="application/vnd.docker.image.rootfs.foreign.diff.tar.gzip")
    came = takes_blobs(other, parts=202)
    other.on(f"/v2/{REPOSITORY}/manifests/{image}", says(201), methods=("PUT",))
    await copier.copy(*pair(plain, other, image), tell=silent)
    assert len(came) == 1  # the config
    assert b"of Windows" not in came


async def test_a_tag_that_may_not_be_moved_is_said_to_be_so(
    copier: ImageCopier, plain: FakeRegistry, other: FakeRegistry
):
    image = image_of(plain, b"layer")
    takes_blobs(other, parts=202)
    other.on(f"/v2/{REPOSITORY}/manifests/{image}", says(201), methods=("PUT",))
    other.on(f"/v2/{REPOSITORY}/manifests/1.4.2", says(412, b'{"errors":[{"code":"PRECONDITION"}]}'), methods=("PUT",))
    with pytest.raises(PushRefusedError, match=r"web:1\.4\.2.*lets no tag be moved"):
        await copier.copy(*pair(plain, other, image, tag="1.4.2"), tell=silent)


async def test_a_repository_that_has_to_be_made_first_is_said_to_be_so(
    copier: ImageCopier, plain: FakeRegistry, other: FakeRegistry
):
    image = image_of(plain, b"layer")
    other.on(UPLOADS, says(404, b'{"errors":[{"code":"NAME_UNKNOWN"}]}'), methods=("POST",))
    source, target = pair(plain, other, image)
    with pytest.raises(PushRefusedError, match="create-repository"):
        await copier.require_push_right(target)
    with pytest.raises(PushRefusedError, match="create-repository"):
        await copier.copy(source, target, tell=silent)


async def test_an_upload_to_another_host_is_shown_no_credential(
    copier: ImageCopier, plain: FakeRegistry, other: FakeRegistry
):
    image = image_of(plain, b"layer")
    takes_blobs(plain, parts=202)
    other.on(f"/v2/{REPOSITORY}/manifests/{image}", says(201), methods=("PUT",))
    source, target = pair(plain, other, image)
    challenged = other.guarded("Basic", "Basic dTpw")
    other.on(UPLOADS, challenged(says(202, Location=f"{plain.server.url}{UPLOAD}")), methods=("POST",))
    known = ImageAt(access=other.access(Basic(username="u", password="p")), repository=REPOSITORY, digest=target.digest)
    await copier.copy(source, known, tell=silent)
    assert "Basic dTpw" in other.proofs(UPLOADS)
    assert set(plain.proofs(UPLOAD)) == {None}
