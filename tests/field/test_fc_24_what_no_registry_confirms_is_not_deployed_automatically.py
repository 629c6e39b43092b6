"""Charts and artefacts are reported like images: only the manifest tells, so a registry is asked, stored or not."""

import pytest

from domain.credentials import EnteredCredential
from domain.words import CredentialKind, DeployMode
from services.pushes.registries import NewRegistry, Registries
from tests.services.registry.test_tokens import BASIC, SHOWN
from tests.support.actors import ADMINISTERS, ANN
from tests.support.fake_registry import digest, says

EMPTY = digest(b"{}")
CHART = {"config": {"mediaType": "application/vnd.cncf.helm.config.v1+json", "digest": EMPTY, "size": 2}}
ARTEFACT = {"config": {"mediaType": "application/vnd.oci.empty.v1+json", "digest": EMPTY, "size": 2}}
SIGNATURE = {"layers": [{"mediaType": "application/vnd.dev.cosign.simplesigning.v1+json", "digest": EMPTY, "size": 2}]}


@pytest.fixture
def public(image_pushes, clients, secure):
    """A registry that nobody has stored; whoever asks over https is answered."""
    image_pushes.registries = clients
    return f"{secure.host}/shop/web"


@pytest.mark.parametrize("manifest", [CHART, ARTEFACT, SIGNATURE], ids=["chart", "artefact", "signature"])
async def test_what_is_no_image_is_void_although_its_registry_is_not_stored(image_pushes, public, secure, manifest):
    secure.holds(tag="1.5.0", manifest=manifest)
    await image_pushes.environment("Development", "staging-1", image=f"{public}:1.4.2")
    async with image_pushes.worker():
        (push,) = await image_pushes.push("1.5.0", repository=public)
        void = await image_pushes.until_state(push, "void")
    assert void.code == "registry-not-an-image"
    assert image_pushes.runs("staging-1") == f"{public}:1.4.2"


async def test_an_image_at_a_registry_that_is_not_stored_has_the_registrys_digest(image_pushes, public, secure):
    pushed = secure.holds(tag="1.5.0")
    await image_pushes.environment("Development", "staging-1", image=f"{public}:1.4.2")
    async with image_pushes.worker():
        await image_pushes.push("1.5.0", repository=public)
        await image_pushes.until_ended()
    assert image_pushes.runs("staging-1") == f"{public}:1.5.0@{pushed.digest}"


@pytest.mark.parametrize("pushed", [CHART, {}], ids=["chart", "image"])
async def test_what_a_private_registry_tells_nobody_is_offered_on_manual_and_refused_on_auto(
    image_pushes, public, secure, pushed, database
):
    held = secure.holds(tag="1.5.0", manifest=pushed, guard=secure.guarded('Basic realm="x"', SHOWN))
    await image_pushes.environment("Development", "staging-1", image=f"{public}:1.4.2")
    await image_pushes.environment("Staging", "staging-2", image=f"{public}:1.4.2", mode=DeployMode.MANUAL)
    async with image_pushes.worker():
        (push,) = await image_pushes.push("1.5.0", repository=public)
        refused = await image_pushes.until_verdict("Development", push, "refused")
        offered = await image_pushes.until_verdict("Staging", push, "offered")
        preview = await image_pushes.policies.preview_mode("shop", "Staging", DeployMode.AUTO, actor=ANN)
        assert image_pushes.runs("staging-1") == f"{public}:1.4.2"
        new = NewRegistry(
            plain_http=False,
            credential=EnteredCredential(kind=CredentialKind.BASIC, username=BASIC.username, secret=BASIC.password),
        )
        await Registries(database, image_pushes.registries).put(ADMINISTERS, secure.host, new)
        if pushed:
            assert (await image_pushes.until_state(push, "void")).code == "registry-not-an-image"
            assert await image_pushes.operations() == ()
        else:
            await image_pushes.until_ended()
            assert image_pushes.runs("staging-1") == f"{public}:1.5.0@{held.digest}"
    assert (refused.code, offered.code, preview.next) == ("unverified", "unverified", ())
    assert secure.host in refused.reason
    assert "says that it is an image" in offered.reason


async def test_a_registry_that_cannot_be_reached_confirms_nothing(image_pushes, pretend):
    name = f"{pretend.host}/shop/web"  # speaks plain HTTP, which only a stored registry may
    pretend.on("/v2/", says(body=b"{}"))
    await image_pushes.environment("Development", "staging-1", image=f"{name}:1.4.2")
    async with image_pushes.worker():
        (push,) = await image_pushes.push("1.5.0", repository=name)
        refused = await image_pushes.until_verdict("Development", push, "refused")
    assert (refused.code, image_pushes.runs("staging-1")) == ("unverified", f"{name}:1.4.2")


async def test_a_registry_is_not_asked_for_what_nothing_runs(image_pushes, public, secure):
    secure.holds(tag="1.5.0")
    await image_pushes.environment("Development", "staging-1")
    async with image_pushes.worker():
        (push,) = await image_pushes.push("1.5.0", repository=public)
        await image_pushes.until_state(push, "decided")
    assert not secure.asked()
