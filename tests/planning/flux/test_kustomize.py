"""What kustomize itself makes of the entries in `spec.images`.

Flux writes each into the kustomization that it builds, in the place of one with the same name (fluxcd/pkg
kustomize/kustomize_generator.go), which the stand-in's sources repeat.
"""

import pytest

from domain.resources import Manifest
from sandbox.kustomize import with_entries
from services.planning.flux.images import image_edit, with_images
from tests.support.kustomize import needs_kubectl, rendered, rendered_object

pytestmark = needs_kubectl

DIGEST, OTHER = "sha256:" + "2" * 64, "sha256:" + "1" * 64
WEB = "registry.example/shop/web"


def kustomization(*entries: dict[str, str]) -> Manifest:
    return Manifest(
        {
            "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
            "kind": "Kustomization",
            "metadata": {"name": "shop", "namespace": "shop"},
            "spec": {"images": [*entries]} if entries else {},
        }
    )


@pytest.mark.parametrize(
    ("given", "in_git", "in_flux", "wanted"),
    [
        (f"{WEB}:1", None, None, f"{WEB}:2"),
        (f"{WEB}:1", None, None, f"{WEB}:2@{DIGEST}"),
        (f"{WEB}:1@{OTHER}", None, None, f"{WEB}:2"),
        (f"{WEB}@{OTHER}", None, None, f"{WEB}@{DIGEST}"),
        (f"{WEB}:1", None, None, "mirror.example:5000/team/web:2"),
        ("localhost:5000/web:1", None, None, f"localhost:5000/web:2@{DIGEST}"),
        ("nginx", None, None, "nginx:1.27"),
        ("web", None, {"name": "web", "newName": WEB, "newTag": "1"}, f"{WEB}:2@{DIGEST}"),
        (f"{WEB}:0", {"name": WEB, "newTag": "1"}, None, f"{WEB}:2@{DIGEST}"),
        (f"{WEB}:0", {"name": WEB, "newTag": "1", "digest": OTHER}, None, f"{WEB}:2"),
        ("web", {"name": "web", "newName": WEB, "newTag": "1"}, None, f"{WEB}:2@{DIGEST}"),
        ("web", {"name": "web", "newName": WEB, "newTag": "1"}, {"name": "web", "newTag": "3"}, "web:2"),
    ],
)
async def test_an_entry_renders_exactly_the_image_that_is_wanted_and_its_way_back_the_former(
    tmp_path, given, in_git, in_flux, wanted
):
    async def brings(live: Manifest) -> str:
        entries = with_entries([in_git] if in_git else [], live.spec.get("images") or ())
        return await rendered(tmp_path, given, [*entries.values()])

    before = kustomization(*([in_flux] if in_flux else []))
    running = await brings(before)
    edit = image_edit(before, running, wanted)
    assert edit is not None
    after = kustomization(*with_images(before, [edit]))
    assert await brings(after) == wanted
    assert await brings(kustomization(*with_images(after, [edit.reversed()]))) == running


@pytest.mark.parametrize(
    ("configurations", "proxy"),
    [(None, f"{WEB}:1"), ("images: [{path: spec/proxy, kind: Shopfront}]", f"{WEB}:2")],
)
async def test_images_of_custom_kinds_change_in_lists_of_containers_and_where_configurations_say_so(
    tmp_path, configurations, proxy
):
    manifest = f"""
apiVersion: shop.example/v1
kind: Shopfront
metadata: {{name: web}}
spec: {{containers: [{{name: web, image: "{WEB}:1"}}], proxy: "{WEB}:1", version: "1"}}
"""
    entries = [{"name": WEB, "newTag": "2"}]
    spec = (await rendered_object(tmp_path, manifest, entries, configurations=configurations))["spec"]
    assert (spec["containers"][0]["image"], spec["proxy"], spec["version"]) == (f"{WEB}:2", proxy, "1")
