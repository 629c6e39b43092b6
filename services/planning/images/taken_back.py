"""What an operation replaced: the source of the one step back, for exactly the containers that it changed. Pure."""

from collections.abc import Iterable, Mapping, Sequence

from domain.images import ContainerImage, ImageChange
from domain.problems import Problem, Severity
from domain.resources import ResourceId
from domain.stored.plans import StoredImagePlan
from domain.stored.rollouts import UndoImages
from domain.words import Action
from services.planning.images.promotion_source import PromotionSource
from services.planning.images.running import ClusterFacts

Replaced = Mapping[str, tuple[ImageChange, ...]]  # by cluster name


def replaced_by(plan: StoredImagePlan, undo: Mapping[str, UndoImages | None]) -> Replaced:
    """The changes that an operation made, or was to make.

    They are those of its plan, which knows digests; of a cluster that did not answer while the plan was made, those
    that were stored before it was changed (`undo`).
    """
    found = {}
    for cluster, planned in plan.clusters.items():
        stored = undo.get(cluster)
        changes = planned.changes if planned.read else stored.changes if stored else ()
        found[cluster] = tuple(change for change in changes if change.action is Action.UPDATE)
    return found


def not_taken_back(keys: Mapping[ResourceId, Sequence[str]], hooks: Iterable[str]) -> Iterable[Problem]:
    """What an operation leaves that a roll-back of its images does not take away: `keys` by object, `hooks` by name."""
    left = [
        *(f"{', '.join(names)}, brought to {each.label}" for each, names in keys.items()),
        *(f"what its hook {name} has done" for name in hooks),
    ]
    if left:
        yield Problem(
            code="not-taken-back",
            severity=Severity.TELLS,
            detail=f"The operation left more than images, and that stays: {'; '.join(left)}.",
        )


def operation_source(operation: str, replaced: Replaced) -> PromotionSource:
    """The images that an operation replaced, cluster by cluster, as the source."""
    images = tuple(
        ContainerImage(
            workload=change.workload,
            container=change.container,
            init=change.init,
            image=change.before,
            cluster=cluster,
        )
        for cluster, changes in replaced.items()
        for change in changes
    )
    return PromotionSource(operation=operation, images=images)


def changed_since(replaced: Replaced, targets: Sequence[ClusterFacts]) -> Iterable[Problem]:
    """The containers that have neither what the operation wrote nor what it replaced: somebody else's change."""
    for one in targets:
        live = one.by_container
        for change in replaced.get(one.cluster, ()):
            match = live.get(change.key)
            if match is None:
                continue
            image = match[1].image
            if any(image.is_called_like(known) for known in (change.before, change.after)):
                continue
            yield Problem(
                code="changed-since-operation",
                severity=Severity.WARNS,
                detail=(
                    f"{change.workload.label}, container {change.container}, has {image.reference} now: it was changed "
                    f"after the operation wrote {change.after.reference}. The rollback takes that change back, too."
                ),
                cluster=one.cluster,
                resource=change.workload,
                field=change.container,
            )
