"""Stands in for what applies the manifests of a Git repository to practice clusters, as Flux or a CI job does."""

import asyncio
import copy
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import yaml

from tests.support.git_server import GitServer
from tests.support.promotion_stage import PromotionStage

_EVERY = 0.05  # seconds


@dataclass
class GitDelivery:
    """Applies the workloads of `paths`, by cluster, at each new head of `main`."""

    stage: PromotionStage
    server: GitServer
    paths: Mapping[str, tuple[str, ...]]
    name: str
    going: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        applied = ""
        while True:
            await self.going.wait()
            if (head := self._head()) != applied:
                for cluster, paths in self.paths.items():
                    for path in paths:
                        self._apply(cluster, path, head)
                applied = head
            await asyncio.sleep(_EVERY)

    def _head(self) -> str:
        return (self.server.folder / f"{self.name}.git" / "refs" / "heads" / "main").read_text().strip()

    def _apply(self, cluster: str, path: str, commit: str) -> None:
        for manifest in yaml.safe_load_all(self.server.git(self.name, "show", f"{commit}:{path}")):
            name = manifest["metadata"]["name"]
            body: dict[str, Any] = copy.deepcopy(self.stage.object(cluster, manifest["kind"], name))
            if "template" not in manifest["spec"]:  # of a declared kind: it has no pods of its own
                body["spec"] |= manifest["spec"]
                self.stage.sandbox.cluster(cluster).update(body, manager="kustomize-controller")
                continue
            template = body["spec"]["template"]["spec"]
            wanted = manifest["spec"]["template"]["spec"]
            if _images(template) != _images(wanted):
                for each in template["containers"]:
                    each["image"] = _images(wanted)[each["name"]]
                self.stage.sandbox.cluster(cluster).update(body, manager="kustomize-controller")


def _images(template: Mapping[str, Any]) -> dict[str, str]:
    return {each["name"]: each["image"] for each in template["containers"]}


@asynccontextmanager
async def delivering(
    stage: PromotionStage, server: GitServer, paths: Mapping[str, tuple[str, ...]], *, name: str
) -> AsyncIterator[GitDelivery]:
    """It delivers until the end of the block."""
    delivery = GitDelivery(stage=stage, server=server, paths=paths, name=name)
    delivery.going.set()
    task = asyncio.create_task(delivery.run())
    try:
        yield delivery
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
