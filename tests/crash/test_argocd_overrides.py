"""A promotion through applications of Argo CD asks each for one sync, though its process is killed over it."""

from services.planning.objects.opt_in import AUTHORIZED
from tests.support import argocd
from tests.support.crash_stage import CrashStage
from tests.support.eventually import eventually

PRODUCTION = ("prod-eu", "prod-us")
WEB = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "registry.example/shop/web:1.4.0"}]}
"""


async def delivered(stage: CrashStage) -> None:
    """An application on each cluster of Production, which the delivery `argocd` changes; Development is ahead."""
    for name in PRODUCTION:
        cluster = stage.sandbox.cluster(name)
        cluster.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}})
        argocd.install(cluster)
        cluster.create(argocd.folder(argocd.kustomization(WEB)))
        agreed = {AUTHORIZED: "shop/Production"}
        cluster.create(argocd.application(destination="shop", annotations=agreed, syncPolicy=argocd.SELF_HEALING))
        await eventually(lambda name=name: running(stage, name))  # type: ignore[misc]  # of this turn
    await stage.caller.post("/applications/shop/environments/Production/adopt", {"namespace": "shop"})
    path = "/api/v1/applications/shop/environments/Production/image-deliveries"
    answer = await stage.caller.client.put(path, json={"owned": "argocd"})
    assert answer.is_success, answer.text
    await stage.roll_out_in_development()


async def running(stage: CrashStage, cluster: str) -> bool | None:
    found = stage.sandbox.cluster(cluster).get("deployments", "web", "shop")
    return (found is not None and found.get("status", {}).get("availableReplicas") == 1) or None


async def test_a_process_that_is_killed_over_an_override_has_each_application_synced_once(stage):
    await delivered(stage)
    stage.slow_down(*PRODUCTION)
    operation = await stage.caller.start_promotion("Production")
    await stage.until_written("prod-eu", 1)
    await stage.process.kill()
    await stage.process.start()
    ended = await stage.caller.end_of(operation)
    assert ended["state"] == "succeeded", ended
    for name in PRODUCTION:
        assert stage.images(name)["deployments/web/web"].startswith(stage.new_image)
        assert ["/applications/shop?" in each.path for each in stage.writes(name)] == [True]
