"""Applications of Argo CD as a cluster answers them, for tests without one."""

from collections.abc import Sequence
from typing import Any

from domain.hand_overs import OwnerAddress
from domain.images import Image, ImageChange
from domain.resources import Manifest, ResourceId
from domain.words import Action, ImageDelivery
from services.planning.images.hand_overs import OwnerChanges
from services.planning.images.one_name import DeliveredWorkloads
from tests.support import argocd

OWNER = OwnerAddress(title="the application shop of Argo CD", namespace="argocd", name="shop")
WEB = ResourceId.of("apps/v1", "Deployment", "web")
HERE = DeliveredWorkloads(namespace="n")
AT = f"of {argocd.URL}, {argocd.PATH} at main"


def application(
    *sources: dict[str, Any], tools: Sequence[str] = ("Kustomize",), status: dict[str, Any] | None = None, **body: Any
) -> Manifest:
    """One with these sources; a single one is in `spec.source`."""
    found = argocd.application(**({"source": sources[0]} if len(sources) == 1 else {"sources": sources}))
    kinds = {"sourceType": tools[0]} if len(sources) == 1 else {"sourceTypes": [*tools]}
    return Manifest({**found, "status": {**kinds, **(status or {})}, **body})


def kustomize(*images: str) -> dict[str, Any]:
    return argocd.source(kustomize={"images": [*images]}) if images else argocd.source()


def helm(**settings: Any) -> dict[str, Any]:
    return argocd.source(helm=settings)


def change(before: str, after: str, *, container: str = "web", workload: ResourceId = WEB) -> ImageChange:
    return ImageChange(
        workload=workload,
        container=container,
        init=False,
        pointer="/spec/template/spec/containers/0",
        before=Image.of(before),
        after=Image.of(after),
        action=Action.UPDATE,
    )


def asked(*changes: ImageChange) -> OwnerChanges:
    return OwnerChanges(delivery=ImageDelivery.ARGOCD, owner=OWNER, changes=changes)
