"""A process that watches clusters is frozen or killed: another one shows what was last seen, then what is there now."""

import asyncio
import json
from collections.abc import Callable

from tests.support.crash_stage import Caller, CrashStage, at

_PATIENCE = 120.0  # seconds
_SLOW = 5_000.0  # milliseconds for each request
_NEW = "registry.example/shop/web:1.5.0"


async def _shown(caller: Caller) -> tuple[bool, bool]:
    """Of Development: whether the new image is shown there, and whether changes there arrive by themselves."""
    overview = await caller.get("/applications/shop/overview")
    (development,) = [each for each in overview["environments"] if each["environment"] == "Development"]
    assert development["workloads"], "what was known is shown at once"
    (cluster,) = development["clusters"]
    return _NEW.rpartition(":")[2] in json.dumps(development["workloads"]), cluster["live"]


async def _until(caller: Caller, holds: Callable[[bool, bool], bool]) -> None:
    async with asyncio.timeout(_PATIENCE):
        while not holds(*await _shown(caller)):
            await asyncio.sleep(0.1)


async def _until_watched(caller: Caller) -> None:
    async with asyncio.timeout(_PATIENCE):
        while not (await caller.get("/applications/shop/overview"))["environments"][0]["workloads"]:
            await asyncio.sleep(0.1)
    await _until(caller, lambda _, live: live)


def _deploy(stage: CrashStage) -> None:
    """As somebody does with kubectl."""
    practice = stage.sandbox.cluster("dev-1")
    web = json.loads(json.dumps(practice.get("deployments", "web", "shop")))
    web["spec"]["template"]["spec"]["containers"][0]["image"] = _NEW
    practice.update(web)


async def test_what_a_killed_process_watched_is_shown_as_it_was_and_marked_and_then_as_it_is_by_the_other_one(
    stage: CrashStage,
):
    await _until_watched(stage.caller)
    async with stage.another_process() as other, at(other) as here:
        await _until(here, lambda _, live: live)  # as the first one tells it
        stage.slow_down("dev-1", milliseconds=_SLOW)  # what the other one has to read first takes that long
        await stage.process.kill()
        _deploy(stage)
        await _until(here, lambda new, live: not new and not live)
        stage.slow_down("dev-1", milliseconds=0)
        await _until(here, lambda new, live: new and live)


async def test_a_frozen_process_s_clusters_are_shown_as_they_were_then_taken_over_and_then_it_follows(
    stage: CrashStage,
):
    await _until_watched(stage.caller)
    stage.process.freeze()
    async with stage.another_process() as other, at(other) as here:
        seen = [await _shown(here)]  # no lease has run out yet: this is what the frozen one wrote
        _deploy(stage)
        await _until(here, lambda new, live: new and live)
        stage.process.thaw()
        await _until(stage.caller, lambda new, live: new and live)
    assert [new for new, _ in seen] == [False]
