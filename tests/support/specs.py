"""Specs of operations with good defaults, for tests to which their content does not matter, or only what they leave."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from domain.images import ContainerImage, Image, ImageChange
from domain.resources import ResourceId
from domain.stored.plans import LeftBehind, StoredCopyPlan, StoredImagePlan, StoredImages
from domain.stored.requests import CopyRequest, PromotionRequest, StoredOverrides
from domain.stored.rollouts import UndoImages
from domain.stored.spec import OperationSpec
from domain.words import Action, OnConflict

WEB = ResourceId.of("apps/v1", "Deployment", "web")
NO_OVERRIDES = StoredOverrides(
    config_maps={},
    secrets={},
    replicas={},
    ingress_hosts={},
    storage_classes={},
    ingress_classes={},
    suspend_cron_jobs=None,
    allow=(),
)


def image_of(container: str, reference: str) -> ContainerImage:
    return ContainerImage(workload=WEB, container=container, image=Image.of(reference))


def copy_spec(
    *, resources: Sequence[ResourceId] = (), images: Mapping[str, Sequence[ContainerImage]] | None = None
) -> OperationSpec:
    """A configure of nothing in the namespace `shop`, which leaves what is given."""
    return OperationSpec(
        request=CopyRequest(namespace="shop", on_conflict=OnConflict.FAIL, overrides=NO_OVERRIDES),
        plan=StoredCopyPlan(
            source=None,
            on_conflict=OnConflict.FAIL,
            clusters={},
            leaves=LeftBehind(namespace="shop", resources=tuple(resources), images=_by_cluster(images)),
        ),
    )


def image_spec(
    images: Mapping[str, Sequence[ContainerImage]] | None = None, *, away: Sequence[str] = ()
) -> OperationSpec:
    """A promotion from Staging to Production in the namespace `shop`, which leaves these images.

    The clusters in `away` did not answer when it was planned.
    """
    return OperationSpec(
        request=PromotionRequest(source_environment="Staging", target_environment="Production"),
        plan=StoredImagePlan(
            digest="sha256:1",
            source_environment="Staging",
            source_cluster=None,
            source_release=None,
            target_environment="Production",
            pin=True,
            selected=None,
            clusters={name: StoredImages(read=False) for name in away},
            unmatched=(),
            problems=(),
            leaves=LeftBehind(namespace="shop", resources=None, images=_by_cluster(images)),
        ),
    )


def bringing_spec() -> OperationSpec:
    """A promotion as that of `image_spec`, which brings keys before its images."""
    spec, keys = image_spec(), copy_spec().plan
    assert isinstance(spec.plan, StoredImagePlan)
    assert isinstance(keys, StoredCopyPlan)
    return replace(spec, plan=replace(spec.plan, brings=keys))


def undo_of(before: str, *, container: str = "web") -> UndoImages:
    """The way back to the image `before` of one container."""
    change = ImageChange(
        workload=WEB,
        container=container,
        init=False,
        pointer="/spec/template/spec/containers/0",
        before=Image.of(before),
        after=Image.of("shop/web:new"),
        action=Action.UPDATE,
    )
    return UndoImages(changes=(change,))


def _by_cluster(images: Mapping[str, Sequence[ContainerImage]] | None) -> dict[str, tuple[ContainerImage, ...]]:
    return {cluster: tuple(found) for cluster, found in (images or {}).items()}
