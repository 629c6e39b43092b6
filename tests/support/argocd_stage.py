"""An application of Argo CD in Production, whose workload `web` Stagecoach promotes from Staging."""

from typing import Any

from domain.resources import ResourceId
from domain.stored.image_deliveries import ImageDeliveries
from domain.words import ImageDelivery
from sandbox.argocd.destinations import cluster_secret
from services.changes.repairing_ownership import RepairingOwnership
from services.inventory.applications import Applications
from services.planning.images.owned_workloads import OwnedWorkload
from services.planning.objects.opt_in import AUTHORIZED
from services.reading.control_planes import StoredControlPlanes
from tests.support import argocd
from tests.support.actors import ADMINISTRATOR, ANN
from tests.support.eventually import eventually
from tests.support.promotion_stage import LIMITS, PromotionStage, image, workload

WEB = ResourceId.of("apps/v1", "Deployment", "web")
NAME = "registry.example/shop/web"
OPT_IN = {AUTHORIZED: "shop/Production"}


def application(stage: PromotionStage, **members: Any) -> dict[str, Any]:
    """One that heals itself, and that its owner lets Stagecoach change."""
    return argocd.application(
        destination=stage.namespace, **{"annotations": OPT_IN, "syncPolicy": argocd.SELF_HEALING, **members}
    )


async def delivered(
    stage: PromotionStage,
    *planted: dict[str, Any],
    delivery: ImageDelivery | None = None,
    files: dict[str, str] | None = None,
    hub: str | None = None,
) -> str:
    """Argo CD in Production, which delivers the workload `web` there from `files`; Staging runs version 2.

    It runs on the `hub`, where one is named, and knows the cluster of Production as `eu`. Returns its namespace.
    """
    cluster, control = stage.sandbox.cluster(hub or "prod-eu"), f"argocd-{stage.namespace}"
    record = await stage.environment("Production", {"prod-eu": ()}, configured=False)
    argocd.install(cluster, namespace=control)
    if hub is not None:
        await stage.environment(f"{hub} by itself", {hub: ()}, configured=False)
        cluster.create(cluster_secret("eu", control, server=stage.sandbox.url("prod-eu"), called="eu"))
    for each in (argocd.folder(files or argocd.kustomization(), namespace=control), *planted):
        cluster.create({**each, "metadata": {**each["metadata"], "namespace": control}})
    await eventually(lambda: _there(stage))
    await stage.until_rolled_out("prod-eu", "Deployment", "web")
    images = {"init-x": image("x:1"), "web": image("web:2"), "proxy": image("proxy:1")}
    await stage.environment("Staging", {"staging-1": (workload("web", images),)})
    assert record.id is not None
    async with stage.database.begin() as tx:
        await tx.app_environments.configure(record.id, namespace=stage.namespace, resources=[WEB])
    if delivery is not None:
        await Applications(stage.database, judge_pushes=_judge_none).set_image_deliveries(
            "shop", "Production", ImageDeliveries(owned=delivery), actor=ADMINISTRATOR
        )
    return control


async def run_on(stage: PromotionStage, hub: str, control: str, *, called: str | None = "eu") -> None:
    """An administrator says that the Argo CD of Production runs on another cluster."""
    async with stage.database.begin() as tx:
        await tx.cluster_argocd.put(
            stage.cluster_ids["prod-eu"], hub_id=stage.cluster_ids[hub], namespace=control, called=called
        )


async def _judge_none(*_: object, **__: object) -> None:
    """No push waits here."""


async def _there(stage: PromotionStage) -> bool | None:
    return stage.sandbox.cluster("prod-eu").get("deployments", "web", stage.namespace) is not None or None


async def owned(stage: PromotionStage) -> OwnedWorkload:
    (found,) = await RepairingOwnership(
        stage.database,
        stage.pool,
        LIMITS,
        control_planes=StoredControlPlanes(db=stage.database, clusters=stage.pool),
    ).owners("shop", "Production", actor=ANN)
    (one,) = found.workloads
    return one
