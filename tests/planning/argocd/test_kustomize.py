"""What kustomize itself makes of the overrides: `kubectl kustomize`, where kubectl is there.

Argo CD runs `kustomize edit set image` with each override, which becomes an entry of `images` by the rules that the
stand-in's sources repeat; kubectl has no such command, so the entry is written here.
"""

import asyncio
import shutil
from pathlib import Path

import pytest
import yaml

from sandbox.argocd.sources import kustomize_entry
from services.planning.argocd.hand_overs import hand_overs
from services.planning.images.hand_overs import Refusal
from tests.support import argocd
from tests.support.argocd_manifests import HERE, application, asked, change, kustomize

pytestmark = pytest.mark.skipif(
    shutil.which("kubectl") is None,
    reason="kubectl is not on the PATH; install it as kubernetes.io/docs/tasks/tools says",
)

DIGEST, OTHER = "sha256:" + "2" * 64, "sha256:" + "1" * 64
_SECONDS = 60.0


async def rendered(folder: Path, image: str, entry: str) -> str:
    """The image of the container `web` as kustomize renders it with an override."""
    (folder / "web.yaml").write_text(argocd.workload(image=image))
    written = {"resources": ["web.yaml"], "images": [kustomize_entry(entry)]}
    (folder / "kustomization.yaml").write_text(yaml.safe_dump(written))
    process = await asyncio.create_subprocess_exec(
        "kubectl", "kustomize", str(folder), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(_SECONDS):
        output, said = await process.communicate()
    assert process.returncode == 0, said.decode()
    (container, _) = yaml.safe_load(output)["spec"]["template"]["spec"]["containers"]
    return str(container["image"])


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
