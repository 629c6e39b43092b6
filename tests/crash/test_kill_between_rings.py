"""What is watched or runs between two rings when its process is killed: another one goes on with it, and not anew."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any

from tests.support.crash_stage import CrashStage, at, moment
from tests.support.eventually import eventually

PRODUCTION = ("prod-eu", "prod-us")
_SOAK = 20  # seconds: time to kill the process in
_POD = {"restartPolicy": "Never", "containers": [{"name": "work", "image": "$(image:web)"}]}
_JOB = {"apiVersion": "batch/v1", "kind": "Job", "spec": {"template": {"spec": _POD}}}
_WORK = {"job": {"manifest": _JOB, "seconds": 600}, "scope": "cluster"}


async def _soaking(stage: CrashStage) -> tuple[str, dict[str, Any]]:
    """An operation whose first ring, prod-eu, has begun to soak, and that ring as it is told then."""
    await stage.ready_to_promote()
    rings = [{"clusters": ["prod-eu"], "soak_seconds": _SOAK}, {"remaining": True}]
    operation = await stage.caller.start_promotion("Production", rings=rings, failure="all-or-nothing")

    async def begun() -> dict[str, Any] | None:
        ring: dict[str, Any] = (await stage.caller.get(f"/operations/{operation}"))["rings"]["rings"][0]
        return ring if ring["soak_ends_at"] is not None else None

    return operation, await eventually(begun)


async def test_another_process_goes_on_with_a_soak_for_as_long_as_is_left_of_it(stage):
    async with stage.another_process() as other, at(other) as here:
        operation, ring = await _soaking(stage)
        await stage.process.kill()
        assert datetime.now(UTC) < moment(ring["soak_ends_at"]), "it was killed too late to show anything"
        ended = await here.end_of(operation)
        events = Counter(each["type"] for each in await here.events_of(operation))
    assert ended["state"] == "succeeded", ended
    [first, _] = ended["rings"]["rings"]
    assert [first[key] for key in ("soak_began_at", "soak_ends_at")] == [ring["soak_began_at"], ring["soak_ends_at"]]
    assert moment(first["soaked_at"]) >= moment(ring["soak_ends_at"])
    assert (events["soak.started"], events["operation.resumed"]) == (1, 1)


async def test_a_container_that_restarts_while_no_process_watches_the_soak_fails_its_ring(stage):
    operation, _ = await _soaking(stage)
    former = stage.images("prod-us")
    await stage.process.kill()
    stage.restart_a_container("prod-eu")
    await stage.process.start()
    ended = await stage.caller.end_of(operation)
    assert ended["state"] == "failed", ended
    assert [(each["outcome"], each["code"]) for each in ended["clusters"]] == [
        ("rolled-back", "soak-failed"),
        ("skipped", "earlier-wave-failed"),
    ]
    assert stage.images("prod-eu") == stage.images("prod-us") == former


async def test_the_jobs_of_a_hook_and_of_a_check_are_made_once_though_their_process_is_killed(stage):
    await stage.ready_to_promote()
    strategy = {
        "hooks": [{"name": "migrate", "when": "before", **_WORK}],
        "rings": [{"remaining": True, "checks": [{"name": "smoke", "job": _WORK}]}],
        "failure": "all-or-nothing",
    }
    async with stage.another_process() as second:
        operation = await stage.caller.start_promotion("Production", **strategy)
        await stage.until_made("prod-eu", "jobs", 1)
        await stage.process.kill()
        await stage.process.start()
        await stage.until_made("prod-eu", "jobs", 2)
        await second.kill()
        await stage.process.kill()
        await stage.process.start()
        ended = await stage.caller.end_of(operation)
    assert ended["state"] == "succeeded", ended
    for cluster in PRODUCTION:
        made = [each for each in stage.writes(cluster) if "/jobs" in each.path and each.changed]
        assert [each.verb for each in made] == ["create", "create"]
