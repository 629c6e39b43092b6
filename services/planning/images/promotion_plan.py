"""The plan of a promotion, a deploy or a rollback, container by container, for every target cluster.

Pure: the same functions make the preview, the plan that is executed, and the plan of a cluster that did not answer
before, when it does.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from domain.images import ContainerImage, ContainerKey, ContainerRef, ImageChange
from domain.problems import Problem, Severity
from domain.resources import ResourceId
from domain.stored.plans import LeftBehind, Side, StoredImagePlan, StoredImages, StoredUnmatched
from domain.words import Action
from services.planning.images.changes import plan_images
from services.planning.images.promotion_source import PromotionSource, Skew
from services.planning.images.running import ClusterFacts
from services.planning.plan import digest_of


@dataclass(frozen=True, kw_only=True)
class Unmatched:
    """A container that only one side has, on these target clusters.

    `side` is `source` or `target`; `suggestion` names a container of the other side that runs the same repository.
    """

    workload: ResourceId
    container: str
    side: Side
    suggestion: str | None
    clusters: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ClusterPromotionPlan:
    """The plan for one cluster.

    `read` is False where the cluster did not answer: it is planned when it does. `images` are all that it runs
    afterwards, for the release; `desired` are all images that the source gives it.
    """

    cluster: str
    read: bool
    changes: tuple[ImageChange, ...]
    problems: tuple[Problem, ...]
    desired: tuple[ContainerImage, ...]
    images: tuple[ContainerImage, ...]


@dataclass(frozen=True, kw_only=True)
class PromotionPlan:
    """The whole plan.

    `source_environment` is None except for promotions. `source_release` and `source_operation` are None except for
    rollbacks, which have one of both.
    """

    source_environment: str | None
    source_cluster: str | None
    source_release: int | None
    source_operation: str | None
    target_environment: str
    pin: bool
    selected: tuple[ContainerRef, ...] | None
    clusters: tuple[ClusterPromotionPlan, ...]
    unmatched: tuple[Unmatched, ...]
    skew: tuple[Skew, ...]
    problems: tuple[Problem, ...]

    @property
    def all_problems(self) -> tuple[Problem, ...]:
        """The problems of the whole plan and of each cluster."""
        return (*self.problems, *(problem for cluster in self.clusters for problem in cluster.problems))

    @property
    def blocked(self) -> bool:
        return any(problem.severity is Severity.BLOCKS for problem in self.all_problems)

    @property
    def nothing_to_do(self) -> bool:
        """Whether every cluster was read and runs the desired images."""
        return not self.blocked and all(
            cluster.read and not any(change.action is Action.UPDATE for change in cluster.changes)
            for cluster in self.clusters
        )

    @cached_property
    def digest(self) -> str:
        """Of the images to write on each cluster; names of sources, problems and hints do not enter it."""
        return digest_of(
            {"pin": self.pin, "clusters": {cluster.cluster: _digested(cluster) for cluster in self.clusters}}
        )


def build_promotion_plan(
    source: PromotionSource,
    target_environment: str,
    targets: Sequence[ClusterFacts],
    *,
    pin: bool,
    selected: Sequence[ContainerRef] | None,
) -> PromotionPlan:
    """Plan the source's images for every target cluster; `selected` None means all containers that match."""
    keys = selected_keys(selected)
    clusters = tuple(plan_cluster(source.desired_on(one.cluster), one, pin=pin, selected=keys) for one in targets)
    unmatched = _unmatched(source, targets, keys)
    return PromotionPlan(
        source_environment=source.environment,
        source_cluster=source.cluster,
        source_release=source.release,
        source_operation=source.operation,
        target_environment=target_environment,
        pin=pin,
        selected=tuple(selected) if selected is not None else None,
        clusters=clusters,
        unmatched=unmatched,
        skew=source.skew,
        problems=(*source.problems, *_matching_problems(source, clusters, unmatched, selected)),
    )


def plan_cluster(
    desired: Sequence[ContainerImage], facts: ClusterFacts, *, pin: bool, selected: frozenset[ContainerKey] | None
) -> ClusterPromotionPlan:
    """The plan of one target cluster."""
    if facts.failure is not None:
        problem = Problem(
            code=facts.failure.code,
            severity=Severity.WARNS,
            detail=f"{facts.failure.detail} Its images are planned when it answers.",
            cluster=facts.cluster,
        )
        requested = tuple(image for image in desired if selected is None or image.key in selected)
        return ClusterPromotionPlan(
            cluster=facts.cluster, read=False, changes=(), problems=(problem,), desired=requested, images=requested
        )
    changes, problems = plan_images(desired, facts, pin=pin, selected=selected)
    after = {change.key: change.after for change in changes if change.action is Action.UPDATE}
    return ClusterPromotionPlan(
        cluster=facts.cluster,
        read=True,
        changes=changes,
        problems=(*_missing(facts), *problems),
        desired=tuple(desired),
        images=tuple(
            ContainerImage(
                workload=image.workload,
                container=image.container,
                init=image.init,
                image=after.get(image.key, image.image),
            )
            for image in facts.images
        ),
    )


def with_refusals(plan: PromotionPlan, refusals: Mapping[str, Sequence[tuple[ResourceId, str, str]]]) -> PromotionPlan:
    """The plan with the refusals of a dry run: by cluster, workloads with the error's code and detail.

    They warn and do not block: such a cluster will fail, and the others need not wait for it.
    """
    return replace(
        plan,
        clusters=tuple(
            replace(one, problems=(*one.problems, *_refused(one.cluster, refusals.get(one.cluster, ()))))
            for one in plan.clusters
        ),
    )


def _refused(cluster: str, refusals: Sequence[tuple[ResourceId, str, str]]) -> Iterable[Problem]:
    for workload, code, detail in refusals:
        yield Problem(
            code=code,
            severity=Severity.WARNS,
            detail=f"The cluster refuses the new images of {workload.label}: {detail}",
            cluster=cluster,
            resource=workload,
        )


def selected_keys(selected: Iterable[ContainerRef] | None) -> frozenset[ContainerKey] | None:
    """The keys of the selected containers; None selects all."""
    return frozenset(ref.key for ref in selected) if selected is not None else None


def _missing(facts: ClusterFacts) -> Iterable[Problem]:
    for resource in facts.missing:
        yield Problem(
            code="workload-missing",
            severity=Severity.WARNS,
            detail=f"{resource.label} belongs to the app environment, but is not on this cluster.",
            cluster=facts.cluster,
            resource=resource,
        )


def _is_unknown(source: PromotionSource) -> bool:
    """Whether the source could not be read, so that its lack of images says nothing."""
    return not source.images and any(problem.severity is Severity.BLOCKS for problem in source.problems)


def _unmatched(
    source: PromotionSource, targets: Sequence[ClusterFacts], selected: frozenset[ContainerKey] | None
) -> tuple[Unmatched, ...]:
    if _is_unknown(source):
        return ()
    found: dict[tuple[str, ContainerKey], Unmatched] = {}
    for one in targets:
        if one.failure is not None:
            continue
        desired = [image for image in source.desired_on(one.cluster) if selected is None or image.key in selected]
        live_keys, desired_keys = {image.key for image in one.images}, {image.key for image in desired}
        lacking = [image for image in desired if image.key not in live_keys]
        # Containers that only the target has matter where the request selects all of an environment or a release.
        whole = selected is None and source.operation is None
        surplus = [image for image in one.images if image.key not in desired_keys] if whole else []
        for image in lacking:
            _add_unmatched(found, "source", image, surplus, one.cluster)
        for image in surplus:
            _add_unmatched(found, "target", image, lacking, one.cluster)
    return tuple(found.values())


def _add_unmatched(
    found: dict[tuple[str, ContainerKey], Unmatched],
    side: Side,
    image: ContainerImage,
    others: Sequence[ContainerImage],
    cluster: str,
) -> None:
    like = next((other for other in others if other.image.name == image.image.name), None)
    known = found.get((side, image.key))
    found[side, image.key] = Unmatched(
        workload=image.workload,
        container=image.container,
        side=side,
        suggestion=f"{like.workload.label}, container {like.container}" if like else None,
        clusters=(*(known.clusters if known else ()), cluster),
    )


def _matching_problems(
    source: PromotionSource,
    clusters: Sequence[ClusterPromotionPlan],
    unmatched: Sequence[Unmatched],
    selected: Sequence[ContainerRef] | None,
) -> Iterable[Problem]:
    offered = {image.key for image in source.images}
    for ref in () if _is_unknown(source) else selected or ():
        if ref.key not in offered:
            yield Problem(
                code="container-not-in-source",
                severity=Severity.BLOCKS,
                detail=f"The source has no container {ref.container} in {ref.workload.label}.",
                resource=ref.workload,
                field=ref.container,
            )
    read = [one for one in clusters if one.read]
    for one in unmatched:
        if selected is not None or one.side == "source":
            matches_nowhere = selected is not None and len(one.clusters) == len(read)
            yield _unmatched_problem(one, Severity.BLOCKS if matches_nowhere else Severity.WARNS)
    if (
        read
        and source.images
        and selected is None
        and source.operation is None
        and not any(one.changes for one in read)
    ):
        yield Problem(
            code="nothing-matches",
            severity=Severity.BLOCKS,
            detail="No container of the source has a counterpart in the target; they match by workload and name.",
        )


def _unmatched_problem(one: Unmatched, severity: Severity) -> Problem:
    hint = f" Did you mean {one.suggestion}?" if one.suggestion else ""
    return Problem(
        code="container-unmatched",
        severity=severity,
        detail=(
            f"{one.workload.label} has no container {one.container} on {', '.join(one.clusters)}, so the source's "
            f"image is not used there.{hint}"
        ),
        resource=one.workload,
        field=one.container,
    )


def _digested(one: ClusterPromotionPlan) -> Mapping[str, Any]:
    if not one.read:
        # The former release spelt the member so. With another one, no plan that it previewed could be executed now.
        # "wanted" is the former word for *desired*; another key would change every digest.
        return {"wanted": sorted([*image.key, image.image.reference] for image in one.desired)}
    return {
        "changes": sorted(
            [*change.key, change.before.reference, change.after.reference]
            for change in one.changes
            if change.action is Action.UPDATE
        )
    }


def stored_plan(plan: PromotionPlan, *, namespace: str) -> StoredImagePlan:
    """The plan as rows keep it: what the workers execute and what the conclusion records as a release."""
    return StoredImagePlan(
        digest=plan.digest,
        source_environment=plan.source_environment,
        source_cluster=plan.source_cluster,
        source_release=plan.source_release,
        source_operation=plan.source_operation,
        target_environment=plan.target_environment,
        pin=plan.pin,
        selected=plan.selected,
        clusters={
            one.cluster: StoredImages(
                read=one.read,
                changes=one.changes,
                desired=() if one.read else one.desired,
                problems=one.problems,
            )
            for one in plan.clusters
        },
        unmatched=tuple(
            StoredUnmatched(container=ContainerRef(workload=one.workload, container=one.container), side=one.side)
            for one in plan.unmatched
        ),
        problems=plan.problems,
        leaves=LeftBehind(
            namespace=namespace, resources=None, images={one.cluster: one.images for one in plan.clusters}
        ),
    )
