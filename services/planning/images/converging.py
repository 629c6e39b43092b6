"""What the next release has after its environment converged to the last one. Pure.

A release is what all clusters are to run. Where only some containers or clusters are brought back, what drifted
elsewhere is still drift: the next release has there what the last one had, and not what runs.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from domain.images import ContainerImage, ContainerKey
from services.planning.images.promotion_plan import PromotionPlan
from services.planning.images.releases import images_for

Left = Mapping[str, tuple[ContainerImage, ...]]
"""The images of the next release, by cluster."""


def left_by_converging(
    plan: PromotionPlan,
    release: Iterable[ContainerImage],
    *,
    had_by: Collection[str],
    clusters: Collection[str],
) -> Left:
    """What the operation of `plan` leaves; `release` is the last one, which the clusters in `had_by` have.

    `clusters` are all of the environment: those that the plan leaves out keep what the last release gave them.
    """
    release = tuple(release)
    selected = frozenset(ref.key for ref in plan.selected) if plan.selected is not None else None
    left = {one.cluster: _merged(one.images, _on(release, one.cluster), selected) for one in plan.clusters}
    kept = [name for name in clusters if name not in left and name in had_by]
    return left | {name: tuple(_on(release, name).values()) for name in kept}


def _merged(
    planned: Iterable[ContainerImage],
    last: Mapping[ContainerKey, ContainerImage],
    selected: Collection[ContainerKey] | None,
) -> tuple[ContainerImage, ...]:
    """What is selected as planned, and the rest as the last release has it. What it lacks runs and becomes part."""
    after = {image.key: image for image in planned}
    if selected is None:
        return tuple(after.values())
    return tuple((after | {key: image for key, image in last.items() if key not in selected}).values())


def _on(release: Iterable[ContainerImage], cluster: str) -> dict[ContainerKey, ContainerImage]:
    return {image.key: replace(image, cluster=None) for image in images_for(release, cluster)}
