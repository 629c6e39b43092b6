"""What kustomize itself makes of the overrides: `kubectl kustomize`, where kubectl is there.

Argo CD runs `kustomize edit set image` with each override, which becomes an entry of `images` by the rules that the
stand-in's sources repeat; kubectl has no such command, so the entry is written here.
"""

from pathlib import Path

import pytest

from sandbox.argocd.sources import kustomize_entry
from services.planning.argocd.hand_overs import hand_overs
from services.planning.images.hand_overs import Refusal
from tests.support import kustomize as real
from tests.support.argocd_manifests import HERE, application, asked, change, kustomize

pytestmark = real.needs_kubectl

DIGEST, OTHER = "sha256:" + "2" * 64, "sha256:" + "1" * 64


async def rendered(folder: Path, image: str, override: str) -> str:
    return await real.rendered(folder, image, [kustomize_entry(override)])


@pytest.mark.parametrize(
    ("given", "override", "wanted"),
    [
        ("registry.example/shop/web:1", None, "registry.example/shop/web:2"),
        ("registry.example/shop/web:1", None, f"registry.example/shop/web:2@{DIGEST}"),
        (f"registry.example/shop/web:1@{OTHER}", None, "registry.example/shop/web:2"),
        (f"registry.example/shop/web@{OTHER}", None, f"registry.example/shop/web@{DIGEST}"),
        ("registry.example/shop/web:1", None, "mirror.example:5000/team/web:2"),
        ("localhost:5000/web:1", None, f"localhost:5000/web:2@{DIGEST}"),
        ("nginx", None, "nginx:1.27"),
        ("web", "web=registry.example/shop/web:1", f"registry.example/shop/web:2@{DIGEST}"),
    ],
)
async def test_an_override_renders_exactly_the_image_that_is_wanted(tmp_path, given, override, wanted):
    running = await rendered(tmp_path, given, override) if override else given
    manifest = application(kustomize(*([override] if override else [])))
    found = hand_overs(manifest, asked(change(running, wanted)), HERE)
    assert not isinstance(found, Refusal)
    ((edit,),) = [each.edits for each in found.values()]
    assert edit.after is not None
    assert await rendered(tmp_path, given, edit.after) == wanted
