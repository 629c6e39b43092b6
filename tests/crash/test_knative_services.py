"""A promotion of Knative Services makes one revision of each, though its process is killed over it."""

from tests.support import knative
from tests.support.crash_stage import CrashStage
from tests.support.eventually import eventually

PRODUCTION = ("prod-eu", "prod-us")
NAMESPACE = "front"
FORMER, NEW = "registry.example/front/web:1", "registry.example/front/web:2"


async def adopted(stage: CrashStage) -> None:
    """An application of one Service, which runs the new image in Development and the former one in Production."""
    for name, image in (("dev-1", NEW), *((each, FORMER) for each in PRODUCTION)):
        cluster = stage.sandbox.cluster(name)
        knative.install(cluster)
        cluster.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})
        body = knative.service(image)
        cluster.create({**body, "metadata": {**body["metadata"], "namespace": NAMESPACE}})
        await until_serving(stage, name, "web-00001")
    await stage.caller.post("/applications", {"name": "front"})
    for environment in ("Development", "Production"):
        await stage.caller.post(f"/applications/front/environments/{environment}/adopt", {"namespace": NAMESPACE})
    for name in PRODUCTION:
        stage.sandbox.writes(name).clear()


async def until_serving(stage: CrashStage, cluster: str, revision: str) -> None:
    async def serves() -> bool | None:
        found = stage.sandbox.cluster(cluster).get("services.serving.knative.dev", "web", NAMESPACE)
        traffic = (found or {}).get("status", {}).get("traffic") or []
        return [each["revisionName"] for each in traffic] == [revision] or None

    await eventually(serves)


async def test_a_process_that_is_killed_over_a_revision_makes_no_other_one(stage):
    await adopted(stage)
    stage.slow_down(*PRODUCTION)
    body = {"source_environment": "Development", "target_environment": "Production"}
    operation = str((await stage.caller.post("/applications/front/promotions", body))["id"])
    await stage.until_written("prod-eu", 1)
    await stage.process.kill()
    await stage.process.start()
    ended = await stage.caller.end_of(operation)
    assert ended["state"] == "succeeded", ended
    for name in PRODUCTION:
        revisions = stage.sandbox.cluster(name).list("revisions.serving.knative.dev", NAMESPACE)
        assert sorted(each["metadata"]["name"] for each in revisions) == ["web-00001", "web-00002"]
        await until_serving(stage, name, "web-00002")
