"""A run: an application in Staging and in Production, what is asked for it, and how one waits for the end."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from trials.chaos import applications, argocd
from trials.chaos.callers import Document, RefusedError
from trials.chaos.stage import SOURCE, TARGETS, Stage

_RUNNING = {"queued", "running"}
_PATIENCE = 300.0  # seconds that an operation may take, with everything that happens to it
_LOOK_EVERY = 0.2  # seconds


class StuckError(Exception):
    """What was waited for has not come."""


@dataclass(kw_only=True)
class Run:
    """One application in Staging and in Production, and the operations that were asked for, by their ids.

    `partner` is the run of another application that is promoted together with this one, and `sets` are the promotion
    sets of both.
    """

    name: str
    stage: Stage
    operations: list[str] = field(default_factory=list)
    sets: list[str] = field(default_factory=list)
    partner: "Run | None" = None

    @property
    def namespace(self) -> str:
        return self.name

    @property
    def parts(self) -> tuple["Run", ...]:
        """The run of each application."""
        return (self,) if self.partner is None else (self, self.partner)

    @property
    def _path(self) -> str:
        return f"applications/{self.name}"

    @property
    def _production(self) -> str:
        return f"{self._path}/environments/Production"

    async def register(self, *environments: str) -> None:
        """The application, with what runs already in these environments."""
        await self.stage.callers.post("applications", {"name": self.name})
        for each in environments:
            path = f"{self._path}/environments/{each}/adopt"
            await self.stage.callers.post(path, {"namespace": self.namespace})

    async def place(self, clusters: Sequence[str], tag: str) -> None:
        objects = applications.application(tag)
        await asyncio.gather(
            *(applications.place(self.stage.clusters[each], self.namespace, objects) for each in clusters)
        )

    async def place_by_argocd(self, tag: str) -> None:
        """The same on the clusters of Production, where Argo CD delivers it and may be given images."""
        objects, agreed = applications.application(tag), f"{self.name}/Production"
        await asyncio.gather(
            *(argocd.deliver(self.stage.clusters[each], self.namespace, objects, agreed=agreed) for each in TARGETS)
        )

    async def give_images_to_owners(self) -> None:
        """From now on the images of Production go through Argo CD."""
        await self.stage.callers.put(f"{self._production}/image-deliveries", {"owned": "argocd"})

    async def new_images(self, tag: str) -> None:
        """Staging runs other images now."""
        await applications.give_images(self.stage.clusters[SOURCE], self.namespace, tag)

    async def configure_targets(self, *, level: str) -> None:
        """Somebody changes the configuration in Production."""
        for each in TARGETS:
            await applications.configure(self.stage.clusters[each], self.namespace, level=level)

    async def ask(self, path: str, body: Document) -> str:
        """Start an operation; while nothing of another one is in its way."""
        while True:
            try:
                async with self.stage.all_clusters():
                    started = await self.stage.callers.post(f"{self._path}/{path}", body)
            except RefusedError as refusal:
                if refusal.code != "operation-underway" or not body.get("preempt"):
                    raise
            else:
                self.operations.append(started["id"])
                return str(started["id"])

    async def promote(self, **strategy: Any) -> str:
        body = {"source_environment": "Staging", "target_environment": "Production", "strategy": strategy}
        return await self.ask("promotions", body)

    async def deploy(self, tag: str, **strategy: Any) -> str:
        """New images for both Deployments, whatever Staging runs."""
        images = [
            {
                "workload": {"api_version": "apps/v1", "kind": "Deployment", "name": name},
                "container": name,
                "image": applications.image(tag),
            }
            for name in ("web", "worker")
        ]
        return await self.ask("environments/Production/deploy", {"images": images, "strategy": strategy})

    async def until(self, operation: str, holds: Callable[[Document], bool]) -> Document:
        """The operation, once this holds of it or it has ended. Raises `StuckError`."""
        return await self.seen(f"operations/{operation}", lambda found: _has_ended(found) or holds(found))

    async def seen(self, path: str, holds: Callable[[Document], bool], **query: str) -> Document:
        """What is at this path, once this holds of it. Raises `StuckError`."""
        try:
            async with asyncio.timeout(_PATIENCE):
                while True:
                    found = await self.stage.callers.get(path, **query)
                    if holds(found):
                        return found
                    await asyncio.sleep(_LOOK_EVERY)
        except TimeoutError:
            raise StuckError(f"{path} is not as it has to be within {_PATIENCE:.0f} s") from None

    async def ended(self, operation: str) -> Document:
        return await self.until(operation, lambda _: False)

    async def decide(self, operation: str, decision: str) -> None:
        """`continue` or `undo` what waits for a person; a decision whose answer was lost is not taken again."""
        try:
            await self.stage.callers.post(f"operations/{operation}/{decision}")
        except RefusedError as refusal:
            found = await self.stage.callers.get(f"operations/{operation}")
            if found["pause"] is not None:
                raise refusal from None

    async def promote_together(self, **strategy: Any) -> str:
        """This application and its partner as one promotion set; returns when that has ended."""
        assert self.partner is not None
        body = {
            "source_environment": "Staging",
            "target_environment": "Production",
            "applications": [self.name, self.partner.name],
            "order": "one-by-one",
            "strategy": strategy,
        }
        return await self.ask_together("promotion-sets", body)

    async def ask_together(self, path: str, body: Document) -> str:
        """Start a promotion set; returns its id when it has ended."""
        async with self.stage.all_clusters():
            started = await self.stage.callers.post(path, body)
        ended = await self.seen(f"promotion-sets/{started['id']}", _has_ended)
        self.sets.append(ended["id"])
        for part in self.parts:
            part.operations += [
                each["operation"]["id"] for each in ended["members"] if each["application"] == part.name
            ]
        return str(ended["id"])

    async def follow(self) -> None:
        """Production follows Staging; returns when it runs what Staging runs, with all that was started for it."""
        follow = {"environment": "Staging", "healthy_minutes": 0}
        place = {"application": self.name, "environment": "Production"}
        async with self.stage.all_clusters():
            await self.stage.callers.patch(self._production, {"deploy_mode": "follow", "follow": follow})
            await self.seen("operations", lambda found: bool(found["items"]), **place)
        await self.seen(self._production, lambda found: found["follow"]["code"] == "up-to-date")
        started = (await self.stage.callers.get("operations", **place))["items"]
        self.operations = [each["id"] for each in reversed(started)]

    async def releases(self) -> list[Document]:
        """Of Production, the newest first."""
        return list((await self.stage.callers.get(f"{self._production}/releases"))["items"])


def _has_ended(found: Document) -> bool:
    return found["state"] not in _RUNNING
