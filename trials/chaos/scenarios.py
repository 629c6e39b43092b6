"""What is done in a run: something whose end does not depend on when a process, a cluster or the database was away.

Each scenario prepares an application while all is well, and then asks for one or two operations.
"""

import itertools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from trials.chaos import applications
from trials.chaos.run import Run
from trials.chaos.stage import SOURCE, TARGETS

OLD, NEW, BROKEN, SLOW = "1.0.0", "1.1.0", "1.1.0-broken", "1.1.0-slow"
_WINDOW = {"seconds": 60, "every": 1}
_RINGS = [{"size": 1, "soak_seconds": 2}, {"remaining": True, "soak_seconds": 1}]


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


async def _delivered_by_argocd(run: Run) -> None:
    await run.place((SOURCE,), OLD)
    await run.place_by_argocd(OLD)
    await run.register("Staging", "Production")
    await run.give_images_to_owners()
    await run.new_images(NEW)


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


async def _two_newer_in_staging(run: Run) -> None:
    run.partner = Run(name=f"{run.name}-b", stage=run.stage)
    for each in run.parts:
        await _newer_in_staging(each)


async def _promoted_together(run: Run) -> None:
    await _two_newer_in_staging(run)
    await run.promote_together()
    for each in run.parts:
        each.operations.clear()


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


def _rings_whose_check_fails() -> list[dict[str, object]]:
    fails = {"manifest": applications.job(BROKEN), "seconds": 120}
    return [{"size": 1, "soak_seconds": 1}, {"remaining": True, "checks": [{"name": "smoke", "job": {"job": fails}}]}]


async def _failing_check(run: Run) -> None:
    await run.ended(await run.promote(rings=_rings_whose_check_fails(), failure="stop"))


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


async def _set_in_rings(run: Run) -> None:
    await run.promote_together(rings=_RINGS, failure="all-or-nothing")


async def _set_whose_check_fails(run: Run) -> None:
    await run.promote_together(rings=_rings_whose_check_fails(), failure="all-or-nothing")


async def _set_rolled_back(run: Run) -> None:
    await run.ask_together(f"promotion-sets/{run.sets[-1]}/rollback", {"strategy": {"rings": _RINGS}})


async def _followed(run: Run) -> None:
    await run.follow()


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
    Scenario(name="set in rings", prepare=_two_newer_in_staging, act=_set_in_rings),
    Scenario(name="set whose check fails", prepare=_two_newer_in_staging, act=_set_whose_check_fails),
    Scenario(name="set that is rolled back", prepare=_promoted_together, act=_set_rolled_back),
    Scenario(name="environment that follows", prepare=_newer_in_staging, act=_followed),
    Scenario(name="promotion through Argo CD", prepare=_delivered_by_argocd, act=_rings),
    Scenario(name="failure through Argo CD", prepare=_delivered_by_argocd, act=_everywhere_or_back),
)
