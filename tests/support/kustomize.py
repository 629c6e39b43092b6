"""What kustomize itself renders: `kubectl kustomize`, where kubectl is there."""

import asyncio
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support import argocd

needs_kubectl = pytest.mark.skipif(
    shutil.which("kubectl") is None,
    reason="kubectl is not on the PATH; install it as kubernetes.io/docs/tasks/tools says",
)
_SECONDS = 60.0


async def rendered(folder: Path, image: str, images: Sequence[Mapping[str, str]]) -> str:
    """The image of the container `web` that has this one, as a kustomization with these entries renders it."""
    found = await rendered_object(folder, argocd.workload(image=image), images)
    (container, _) = found["spec"]["template"]["spec"]["containers"]
    return str(container["image"])


async def rendered_object(
    folder: Path, manifest: str, images: Sequence[Mapping[str, str]], *, configurations: str | None = None
) -> dict[str, Any]:
    """The object, as a kustomization with these entries, and with these configurations, renders it."""
    (folder / "web.yaml").write_text(manifest)
    written: dict[str, Any] = {"resources": ["web.yaml"], "images": [dict(each) for each in images]}
    if configurations is not None:
        (folder / "configurations.yaml").write_text(configurations)
        written["configurations"] = ["configurations.yaml"]
    (folder / "kustomization.yaml").write_text(yaml.safe_dump(written))
    process = await asyncio.create_subprocess_exec(
        "kubectl", "kustomize", str(folder), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(_SECONDS):
        output, said = await process.communicate()
    assert process.returncode == 0, said.decode()
    return dict(yaml.safe_load(output))
