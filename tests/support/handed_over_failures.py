"""Cells of the matrix of failures whose images go through the owner of the workload: Argo CD or Flux, on each cluster.

A cluster fails as in `practice_failures`, except for what only an owner does: it refuses the write to its object, and a
container that crashes comes with a commit, because the owner takes back what anybody else changes.
"""

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from domain.resources import ResourceId
from domain.stored.image_deliveries import ImageDeliveries, SetImageDeliveries
from domain.words import ImageDelivery
from sandbox.cluster import Cluster
from sandbox.faults import Failure
from sandbox.store import thaw
from services.planning.objects.opt_in import AUTHORIZED
from tests.support import argocd, flux
from tests.support.eventually import eventually
from tests.support.failure_cells import RING_OF, Cell
from tests.support.practice_failures import PracticeCell, web_of
from tests.support.promotion_stage import image

DELIVERIES = (ImageDelivery.ARGOCD, ImageDelivery.FLUX)
HOW = {"apply": ("error", "gone"), "rollout": ("crash-loop", "gone")}
_WEB = ResourceId.of("apps/v1", "Deployment", "web")
_PLURALS = {ImageDelivery.ARGOCD: "applications", ImageDelivery.FLUX: "kustomizations"}


def is_of_owners(cell: Cell) -> bool:
    """Whether the cell differs for whoever hands images over."""
    return cell.how in HOW.get(cell.when, ())


@dataclass
class HandedOverCell(PracticeCell):
    """A cell in which an owner on each cluster of the target delivers the workload from a folder of a repository."""

    delivery: ImageDelivery = ImageDelivery.ARGOCD

    async def _place(self, target: str) -> None:
        clusters = [self.stage.sandbox.cluster(self._named(name)) for name in RING_OF]
        where: dict[str, tuple[dict[str, Any], ...]] = {each.name: () for each in clusters}
        made = await self.stage.environment(target, where, application=self._application, configured=False)
        assert made.id is not None
        for each in clusters:
            self._install(each, agreed=f"{self._application}/{target}")
        for each in clusters:
            await eventually(partial(self._there, each))
            await self.stage.until_rolled_out(each.name, "Deployment", "web", self._namespace)
        deliveries = ImageDeliveries(owned=self.delivery)
        by_owner = SetImageDeliveries(deliveries=deliveries, set_by="ann", set_at=datetime.now(UTC))
        async with self.stage.database.begin() as tx:
            await tx.app_environments.configure(made.id, namespace=self._namespace, resources=[_WEB])
            await tx.app_environments.change(made.application.id, made.environment.id, image_deliveries=by_owner)

    async def _there(self, cluster: Cluster) -> bool | None:
        return cluster.get("deployments", "web", self._namespace) is not None or None

    def _install(self, cluster: Cluster, *, agreed: str) -> None:
        files = argocd.kustomization(json.dumps(web_of("1")))
        if self.delivery is ImageDelivery.ARGOCD:
            argocd.install(cluster, namespace=self._namespace)
            annotations = {AUTHORIZED: agreed}
            folder = argocd.folder(files, namespace=self._namespace)
            owner = argocd.application(
                destination=self._namespace,
                namespace=self._namespace,
                annotations=annotations,
                syncPolicy=argocd.SELF_HEALING,
            )
        else:
            flux.install(cluster, namespace=self._namespace)
            folder = flux.folder(files, flux.OVERLAY, namespace=self._namespace)
            owner = flux.flux_kustomization(namespace=self._namespace, targetNamespace=self._namespace)
        self._folder = folder["metadata"]["name"]
        cluster.create(folder)
        cluster.create(owner)

    def _refused(self) -> Failure | None:
        found = super()._refused()
        if found is None or self.cell.when != "apply":
            return found
        return replace(found, path=f"/{_PLURALS[self.delivery]}/")

    def _add_container(self, tag: str, **spec: Any) -> None:
        """By a commit, which the owner brings at once."""
        body = web_of("1")
        body["spec"]["template"]["spec"]["containers"].append({"name": "proxy", "image": image(f"proxy:{tag}")})
        found = self._on.get("configmaps", self._folder, self._namespace)
        assert found is not None
        folder = thaw(found)
        self._on.update({**folder, "data": argocd.kustomization(json.dumps(body))}, manager="kubectl")
