"""The plan of a promotion, a deploy or a rollback, container by container, for every target cluster.

Pure: the same functions make the preview, the plan that is executed, and the plan of a cluster that did not answer
before, when it does.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from domain.gates import Gate
from domain.image_mappings import ImageMapping
from domain.images import ContainerImage, ContainerKey, ContainerRef, ImageChange, Omission, container_key
from domain.problems import Problem, Severity
from domain.resources import ResourceId
from domain.stored.image_copies import ImageCopy
from domain.stored.image_deliveries import REFUSED, ImageDeliveries
from domain.stored.plans import LeftBehind, StoredImagePlan, StoredImages, StoredUnmatched
from domain.stored.strategies import Strategy
from domain.words import Action
from services.planning.copying.plan import CopyPlan
from services.planning.copying.work import stored_plan as stored_copy
from services.planning.images.changes import plan_images
from services.planning.images.leaving_out import expecting_less, is_left_out
from services.planning.images.matching import Unmatched, matching_problems, unmatched_containers, volume_problems
from services.planning.images.promotion_source import OF_SOURCE_HEALTH, PromotionSource, Skew
from services.planning.images.releases import desired_image
from services.planning.images.running import ClusterFacts
from services.planning.plan import digest_of
from services.planning.preflight.after_bringing import brought_by
from services.planning.releases.restoring import ClusterRestore


@dataclass(frozen=True, kw_only=True)
class ClusterPromotionPlan:
    """The plan for one cluster.

    `read` is False where the cluster did not answer: it is planned when it does. `images` are all that it runs
    afterwards, for the release; `desired` are all images that the source gives it. `restore` is the configuration that
    a rollback puts back, `restarts` the workloads whose pods are replaced.
    """

    cluster: str
    read: bool
    changes: tuple[ImageChange, ...]
    problems: tuple[Problem, ...]
    desired: tuple[ContainerImage, ...]
    images: tuple[ContainerImage, ...]
    restore: ClusterRestore | None = None
    restarts: tuple[ResourceId, ...] = ()

    @property
    def untouched(self) -> bool:
        """Whether it was read, and nothing is to be written there."""
        images = any(change.action is Action.UPDATE for change in self.changes)
        configuration = self.restore is not None and (self.restore.writes or not self.restore.read)
        return self.read and not images and not configuration and not self.restarts


@dataclass(frozen=True, kw_only=True)
class PromotionPlan:
    """The whole plan.

    `source_environment` is None except for promotions. `source_release` and `source_operation` are None except for
    rollbacks, which have one of both. `allow` and `deliveries` are the consents and the image deliveries under which it
    was made. `gates` were closed as it was previewed; they are asked anew at the start, and are no part of the digest.
    Nor are `copies`, the images that come to their registry first: others may bring them there meanwhile. `bring` is
    what each cluster gets before its images. `strategy` is that of a rollback, whose soaks differ from what the
    environment's says; None for other plans.
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
    allow: frozenset[str] = frozenset()
    deliveries: ImageDeliveries = REFUSED
    gates: tuple[Gate, ...] = ()
    bring: CopyPlan | None = None
    copies: tuple[ImageCopy, ...] = ()
    strategy: Strategy | None = None

    @property
    def all_problems(self) -> tuple[Problem, ...]:
        """The problems of the whole plan and of each cluster, and those of what is brought."""
        return (
            *self.problems,
            *(problem for cluster in self.clusters for problem in cluster.problems),
            *(self.bring.all_problems if self.bring is not None else ()),
        )

    @property
    def blocked(self) -> bool:
        return any(problem.severity is Severity.BLOCKS for problem in self.all_problems)

    @property
    def nothing_to_do(self) -> bool:
        """Whether every cluster was read and runs the desired images, and has the keys that are to be brought."""
        brought = self.bring is None or self.bring.nothing_to_do
        return not self.blocked and brought and all(cluster.untouched for cluster in self.clusters)

    @cached_property
    def digest(self) -> str:
        """Of the images to write on each cluster; names of sources, problems and hints do not enter it."""
        return digest_of(
            {
                "pin": self.pin,
                "clusters": {cluster.cluster: _digested(cluster) for cluster in self.clusters},
                **({"bring": self.bring.digest} if self.bring is not None else {}),
            }
        )


def build_promotion_plan(
    source: PromotionSource,
    target_environment: str,
    targets: Sequence[ClusterFacts],
    *,
    pin: bool,
    selected: Sequence[ContainerRef] | None,
    allow: frozenset[str] = frozenset(),
    deliveries: ImageDeliveries = REFUSED,
    omitted: Sequence[Omission] = (),
) -> PromotionPlan:
    """Plan the source's images for every target cluster; `selected` None means all containers that match.

    The source has nothing of what is `omitted` (`leaving_out.without`).
    """
    keys = selected_keys(selected)
    targets = [expecting_less(one, omitted) for one in targets]
    clusters = tuple(
        plan_cluster(
            source.desired_on(one.cluster),
            one,
            pin=pin,
            selected=keys,
            allow=allow,
            deliveries=deliveries,
            mappings=source.mappings,
        )
        for one in targets
    )
    unmatched = tuple(
        each
        for each in unmatched_containers(source, targets, keys)
        if not is_left_out(omitted, each.workload, each.container)
    )
    matched = [len(one.changes) for one in clusters if one.read]
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
        problems=(
            *_about_changes(source.problems, clusters),
            *matching_problems(source, unmatched, selected, matched),
            *volume_problems(source, targets),
        ),
        allow=allow,
        deliveries=deliveries,
    )


def _about_changes(problems: Iterable[Problem], clusters: Sequence[ClusterPromotionPlan]) -> Iterable[Problem]:
    """The problems of the source, without those that are about nothing that is written.

    These are warnings about a container that all clusters run as desired, and the health of a workload of which no
    cluster gets an image.
    """
    if any(not one.read for one in clusters):
        yield from problems
        return
    matched = {change.key: False for one in clusters for change in one.changes}
    matched |= {change.key: True for one in clusters for change in one.changes if change.differs}
    written = {
        (*change.workload.group_kind, change.workload.name)
        for one in clusters
        for change in one.changes
        if change.action is Action.UPDATE
    }
    for problem in problems:
        if problem.code in OF_SOURCE_HEALTH and problem.resource is not None:
            if (*problem.resource.group_kind, problem.resource.name) in written:
                yield problem
            continue
        about = container_key(problem.resource, problem.field) if problem.resource and problem.field else None
        if problem.blocks or about is None or matched.get(about, True):
            yield problem


def plan_cluster(
    desired: Sequence[ContainerImage],
    facts: ClusterFacts,
    *,
    pin: bool,
    selected: frozenset[ContainerKey] | None,
    allow: frozenset[str] = frozenset(),
    deliveries: ImageDeliveries = REFUSED,
    mappings: Sequence[ImageMapping] = (),
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
        # As they will be written: a release says once what all clusters have, and names clusters that have another.
        written = tuple(replace(each, cluster=None, image=desired_image(each.image, pin=pin)) for each in requested)
        return ClusterPromotionPlan(
            cluster=facts.cluster, read=False, changes=(), problems=(problem,), desired=requested, images=written
        )
    changes, problems = plan_images(
        desired, facts, pin=pin, selected=selected, allow=allow, deliveries=deliveries, mappings=mappings
    )
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


def _digested(one: ClusterPromotionPlan) -> Mapping[str, Any]:
    configuration = _restored(one)
    if not one.read:
        # The former release spelt the member so. With another one, no plan that it previewed could be executed now.
        # "wanted" is the former word for *desired*; another key would change every digest.
        return {"wanted": sorted([*image.key, image.image.reference] for image in one.desired), **configuration}
    return {
        "changes": sorted(
            [*change.key, change.before.reference, change.after.reference, *_in_whose_name(change)]
            for change in one.changes
            if change.action is Action.UPDATE
        ),
        **configuration,
    }


def _restored(one: ClusterPromotionPlan) -> Mapping[str, Any]:
    """Nothing where nothing is put back or restarted, so that such plans keep their digests."""
    restarts = {"restarts": sorted(map(str, one.restarts))} if one.restarts else {}
    if one.restore is None:
        return restarts
    return restarts | {
        "restore": [[str(each.resource), each.desired, each.live or ""] for each in one.restore.objects if each.writes]
        if one.restore.read
        else None
    }


def _in_whose_name(change: ImageChange) -> tuple[str, ...]:
    """Nothing where it is our own, so that plans which the former release previewed keep their digests."""
    if change.handed_over is not None:
        return (json.dumps(change.handed_over.to_json(), sort_keys=True),)
    return (change.written_as.method.value, change.written_as.manager) if change.written_as is not None else ()


def stored_plan(plan: PromotionPlan, *, namespace: str) -> StoredImagePlan:
    """The plan as rows keep it: what the workers execute and what the conclusion records as a release."""
    brings = stored_copy(plan.bring) if plan.bring is not None else None
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
            namespace=namespace,
            resources=brings.leaves.resources if brings is not None else None,
            images={one.cluster: one.images for one in plan.clusters},
        ),
        allow=tuple(sorted(plan.allow)),
        deliveries=plan.deliveries,
        copies=plan.copies,
        brings=brings,
        brought_keys=brought_by(plan.bring.clusters) if plan.bring is not None else {},
    )
