"""A process that watches clusters is frozen: another one shows what was last seen, then what is there now."""

import asyncio
import json
from collections.abc import Callable

from tests.support.crash_stage import Caller, CrashStage, at

_PATIENCE = 120.0  # seconds
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


async def test_a_frozen_process_s_clusters_are_shown_as_they_were_then_taken_over_and_then_it_follows(
    stage: CrashStage,
):
    async with asyncio.timeout(_PATIENCE):
        while not (await stage.caller.get("/applications/shop/overview"))["environments"][0]["workloads"]:
            await asyncio.sleep(0.1)
    await _until(stage.caller, lambda _, live: live)
    stage.process.freeze()
    async with stage.another_process() as other, at(other) as here:
        seen = [await _shown(here)]  # no lease has run out yet: this is what the frozen one wrote
        practice = stage.sandbox.cluster("dev-1")
        web = json.loads(json.dumps(practice.get("deployments", "web", "shop")))
        web["spec"]["template"]["spec"]["containers"][0]["image"] = _NEW
        practice.update(web)
        await _until(here, lambda new, live: new and live)
        stage.process.thaw()
        await _until(stage.caller, lambda new, live: new and live)
    assert [new for new, _ in seen] == [False]
