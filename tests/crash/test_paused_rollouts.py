"""A promotion that waits at a Rollout's pause goes on waiting, though its process is killed over it."""

from tests.support import argo_rollouts
from tests.support.crash_stage import CrashStage
from tests.support.eventually import eventually

PRODUCTION = ("prod-eu", "prod-us")
NAMESPACE = "front"
FORMER, NEW = "registry.example/front/web:1", "registry.example/front/web:2"


async def adopted(stage: CrashStage) -> None:
    """An application of one Rollout, which runs the new image in Development and the former one in Production."""
    for name, image in (("dev-1", NEW), *((each, FORMER) for each in PRODUCTION)):
        cluster = stage.sandbox.cluster(name)
        argo_rollouts.install(cluster)
        cluster.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})
        body = argo_rollouts.rollout(image)
        cluster.create({**body, "metadata": {**body["metadata"], "namespace": NAMESPACE}})
        await until(stage, name, "Healthy")
    await stage.caller.post("/applications", {"name": "front"})
    for environment in ("Development", "Production"):
        await stage.caller.post(f"/applications/front/environments/{environment}/adopt", {"namespace": NAMESPACE})
    for name in PRODUCTION:
        stage.sandbox.writes(name).clear()


async def until(stage: CrashStage, cluster: str, phase: str) -> None:
    async def has_phase() -> bool | None:
        found = stage.sandbox.cluster(cluster).get("rollouts.argoproj.io", "web", NAMESPACE)
        return (found is not None and found.get("status", {}).get("phase") == phase) or None

    await eventually(has_phase)


async def test_a_process_that_is_killed_over_a_pause_waits_for_the_person_as_before(stage):
    await adopted(stage)
    body = {"source_environment": "Development", "target_environment": "Production"}
    operation = str((await stage.caller.post("/applications/front/promotions", body))["id"])
    for name in PRODUCTION:
        await until(stage, name, "Paused")
    await stage.process.kill()
    await stage.process.start()
    argo_rollouts.promote(stage.sandbox.cluster("prod-eu"), NAMESPACE)
    await until(stage, "prod-eu", "Healthy")
    assert (await stage.caller.get(f"/operations/{operation}"))["state"] in {"queued", "running"}
    argo_rollouts.promote(stage.sandbox.cluster("prod-us"), NAMESPACE)
    ended = await stage.caller.end_of(operation)
    assert ended["state"] == "succeeded", ended
    for name in PRODUCTION:
        # The write is tried again where the process did not live to note it, and refused then by what it tests.
        assert ["/rollouts/web?" in each.path for each in stage.writes(name) if each.changed] == [True]
