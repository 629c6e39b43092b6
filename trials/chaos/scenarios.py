"""What is done in a run: something whose end does not depend on when a process, a cluster or the database was away.

Each scenario prepares an application while all is well, and then asks for one or two operations.
"""

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from trials.chaos import applications
from trials.chaos.callers import Document, RefusedError
from trials.chaos.stage import SOURCE, TARGETS, Stage

OLD, NEW, BROKEN, SLOW = "1.0.0", "1.1.0", "1.1.0-broken", "1.1.0-slow"
_RUNNING = {"queued", "running"}
_PATIENCE = 300.0  # seconds that an operation may take, with everything that happens to it
_LOOK_EVERY = 0.2  # seconds
_WINDOW = {"seconds": 60, "every": 1}
_RINGS = [{"size": 1, "soak_seconds": 2}, {"remaining": True, "soak_seconds": 1}]


class StuckError(Exception):
    """An operation has not ended."""


@dataclass(kw_only=True)
class Run:
    """One application in Staging and in Production, and the operations that were asked for, by their ids."""

    name: str
    stage: Stage
    operations: list[str] = field(default_factory=list)

    @property
    def namespace(self) -> str:
        return self.name

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
        try:
            async with asyncio.timeout(_PATIENCE):
                while True:
                    found = await self.stage.callers.get(f"operations/{operation}")
                    if found["state"] not in _RUNNING or holds(found):
                        return found
                    await asyncio.sleep(_LOOK_EVERY)
        except TimeoutError:
            raise StuckError(f"{operation} has not ended within {_PATIENCE:.0f} s") from None

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

    async def releases(self) -> list[Document]:
        """Of Production, the newest first."""
        return list((await self.stage.callers.get(f"{self._production}/releases"))["items"])


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """`prepare` is undisturbed; `act` returns when its operations have ended."""

    name: str
    prepare: Callable[[Run], Awaitable[None]]
    act: Callable[[Run], Awaitable[None]]


async def prepare_both(run: Run) -> None:
    """Staging and Production run the same, and Production gets ready to have something newer."""
    await run.place((SOURCE, *TARGETS), OLD)
    await run.register("Staging", "Production")


async def _newer_in_staging(run: Run) -> None:
    await prepare_both(run)
    await run.new_images(NEW)


async def _only_in_staging(run: Run) -> None:
    await run.place((SOURCE,), OLD)
    await run.register("Staging")


async def _released_twice(run: Run) -> None:
    """What Production had before a release that came with other configuration."""
    await prepare_both(run)
    tags = (f"1.0.{number}" for number in itertools.count(1))
    await run.ended(await run.deploy(next(tags)))
    while not (await run.releases())[0]["holds_configuration"]:  # it could not be read: the machine is busy
        await run.ended(await run.deploy(next(tags)))
    await run.configure_targets(level="debug")
    await run.ended(await run.deploy(NEW))
    run.operations.clear()


async def _import(run: Run) -> None:
    async with run.stage.all_clusters():
        offered = await run.stage.callers.get(f"applications/{run.name}/environments/Staging/resources")
    resources = [each["resource"] for each in offered["items"] if each["copyable"]]
    keys = ("api_version", "kind", "name")
    body = {
        "source_environment": "Staging",
        "namespace": run.namespace,
        "resources": [{key: each[key] for key in keys} for each in resources],
    }
    await run.ended(await run.ask("environments/Production/import", body))


async def _rings(run: Run) -> None:
    await run.ended(await run.promote(rings=_RINGS, failure="all-or-nothing"))


async def _hooks_and_checks(run: Run) -> None:
    template = {"manifest": applications.job(), "seconds": 120}
    checks = [
        {"name": "answers", "http": {"url": run.stage.health, "window": _WINDOW}},
        {"name": "works", "job": {"job": template}},
    ]
    hooks = [
        {"name": "migrate", "when": "before", "scope": "environment", "job": template},
        {"name": "warm", "when": "after", "scope": "cluster", "job": template},
    ]
    rings = [{"size": 1, "checks": checks}, {"remaining": True}]
    await run.ended(await run.promote(rings=rings, hooks=hooks, failure="all-or-nothing"))


async def _failing_canary(run: Run) -> None:
    await run.ended(await run.deploy(BROKEN, rings=_RINGS, failure="all-or-nothing"))


async def _failing_check(run: Run) -> None:
    fails = {"manifest": applications.job(BROKEN), "seconds": 120}
    rings = [{"size": 1, "soak_seconds": 1}, {"remaining": True, "checks": [{"name": "smoke", "job": {"job": fails}}]}]
    await run.ended(await run.promote(rings=rings, failure="stop"))


async def _everywhere_or_back(run: Run) -> None:
    await run.ended(await run.deploy(BROKEN, failure="all-or-nothing"))


async def _continued(run: Run) -> None:
    operation = await run.promote(rings=[{"size": 1, "pauses": True}, {"remaining": True}])
    await run.until(operation, lambda found: found["pause"] is not None)
    await run.decide(operation, "continue")
    await run.ended(operation)


async def _undone(run: Run) -> None:
    operation = await run.promote(rings=[{"size": 1, "pauses": True}, {"remaining": True}])
    await run.until(operation, lambda found: found["pause"] is not None)
    await run.decide(operation, "undo")
    await run.ended(operation)


async def _rolled_back(run: Run) -> None:
    """To the release before the last one, images and configuration."""
    before = (await run.releases())[1]["number"]
    body = {"release": before, "with_configuration": True, "restart": True, "strategy": {"rings": _RINGS}}
    await run.ended(await run.ask("environments/Production/rollback", body))


async def _pre_empted(run: Run) -> None:
    """A roll-back while what it takes back is still rolling out."""
    operation = await run.deploy(SLOW, on_failure="roll-back")
    body = {"operation": operation, "preempt": True}
    await run.ended(await run.ask("environments/Production/rollback", body))


async def _restarted(run: Run) -> None:
    await run.ended(await run.ask("environments/Production/restart", {"strategy": {"rings": _RINGS}}))


SCENARIOS: tuple[Scenario, ...] = (
    Scenario(name="import", prepare=_only_in_staging, act=_import),
    Scenario(name="promotion in rings", prepare=_newer_in_staging, act=_rings),
    Scenario(name="promotion with hooks and checks", prepare=_newer_in_staging, act=_hooks_and_checks),
    Scenario(name="canary that fails", prepare=prepare_both, act=_failing_canary),
    Scenario(name="check that fails", prepare=_newer_in_staging, act=_failing_check),
    Scenario(name="failure everywhere", prepare=prepare_both, act=_everywhere_or_back),
    Scenario(name="promotion that a person continues", prepare=_newer_in_staging, act=_continued),
    Scenario(name="promotion that a person undoes", prepare=_newer_in_staging, act=_undone),
    Scenario(name="roll-back with configuration", prepare=_released_twice, act=_rolled_back),
    Scenario(name="roll-back that pre-empts", prepare=prepare_both, act=_pre_empted),
    Scenario(name="restart in rings", prepare=prepare_both, act=_restarted),
)
