"""Which containers of source and target have no counterpart, and the problems of that.

Pure. They match by the workload's kind and name and the container's name.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from domain.image_references import same_image
from domain.images import ContainerImage, ContainerKey, ContainerRef, container_key
from domain.problems import Problem, Severity
from domain.resources import ResourceId
from domain.stored.plans import Side
from services.planning.images.promotion_source import PromotionSource
from services.planning.images.running import ClusterFacts


@dataclass(frozen=True, kw_only=True)
class Unmatched:
    """A container that only one side has, on these target clusters.

    `side` is `source` or `target`; `suggestion` names a container of the other side that runs the same repository.
    `outside` says that the target app environment does not have the workload at all, whatever else is on the cluster.
    """

    workload: ResourceId
    container: str
    side: Side
    suggestion: str | None
    clusters: tuple[str, ...]
    outside: bool = False


def _is_unknown(source: PromotionSource) -> bool:
    """Whether the source could not be read, so that its lack of images says nothing."""
    return not source.images and any(problem.severity is Severity.BLOCKS for problem in source.problems)


def unmatched_containers(
    source: PromotionSource, targets: Sequence[ClusterFacts], selected: frozenset[ContainerKey] | None
) -> tuple[Unmatched, ...]:
    """The containers that only one side has, each with the target clusters on which that is so."""
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
        members = {_workload_key(w) for w in (*(each.resource for each in one.workloads), *one.missing)}
        for image in lacking:
            outside = _workload_key(image.workload) not in members
            _add_unmatched(found, "source", image, surplus, one.cluster, outside=outside)
        for image in surplus:
            _add_unmatched(found, "target", image, lacking, one.cluster)
    return tuple(found.values())


def _workload_key(workload: ResourceId) -> tuple[str, str, str]:
    return (*workload.group_kind, workload.name)


def _add_unmatched(
    found: dict[tuple[str, ContainerKey], Unmatched],
    side: Side,
    image: ContainerImage,
    others: Sequence[ContainerImage],
    cluster: str,
    *,
    outside: bool = False,
) -> None:
    like = next((other for other in others if other.image.name == image.image.name), None)
    known = found.get((side, image.key))
    found[side, image.key] = Unmatched(
        workload=image.workload,
        container=image.container,
        side=side,
        suggestion=f"{like.workload.label}, container {like.container}" if like else None,
        clusters=(*(known.clusters if known else ()), cluster),
        outside=outside and (known is None or known.outside),
    )


def matching_problems(
    source: PromotionSource,
    unmatched: Sequence[Unmatched],
    selected: Sequence[ContainerRef] | None,
    matched: Sequence[int],
) -> Iterable[Problem]:
    """What does not match; `matched` counts the containers that do, on each target cluster that was read."""
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
    outside: set[tuple[str, str, str]] = set()
    for one in unmatched:
        if one.outside and _workload_key(one.workload) in outside:
            continue  # said of the workload's first container
        if one.outside:
            outside.add(_workload_key(one.workload))
        if selected is not None or one.side == "source":
            matches_nowhere = selected is not None and len(one.clusters) == len(matched)
            yield _unmatched_problem(one, Severity.BLOCKS if matches_nowhere else Severity.WARNS)
    whole = selected is None and source.operation is None
    if matched and source.images and whole and not any(matched):
        yield Problem(
            code="nothing-matches",
            severity=Severity.BLOCKS,
            detail="No container of the source has a counterpart in the target; they match by workload and name.",
        )


def _unmatched_problem(one: Unmatched, severity: Severity) -> Problem:
    hint = f" Did you mean {one.suggestion}?" if one.suggestion else ""
    where = ", ".join(one.clusters)
    if one.outside:
        lack = f"{one.workload.label} is no resource of the target app environment on {where}"
        hint = hint or " Import or adopt it there first."
    else:
        lack = f"{one.workload.label} has no container {one.container} on {where}"
    return Problem(
        code="container-unmatched",
        severity=severity,
        detail=f"{lack}, so the source's image is not used there.{hint}",
        resource=one.workload,
        field=one.container,
    )


def volume_problems(source: PromotionSource, targets: Sequence[ClusterFacts]) -> Iterable[Problem]:
    """The image volumes that differ, each once: a promotion brings the images of containers, and of nothing else."""
    differing: dict[tuple[ContainerKey, str], list[str]] = {}
    resources: dict[ContainerKey, ResourceId] = {}
    for one in targets:
        for workload in one.workloads:
            for name, reference in workload.volumes:
                key = container_key(workload.resource, name)
                if key in source.volumes and not same_image(source.volumes[key], reference):
                    differing.setdefault((key, reference), []).append(one.cluster)
                    resources[key] = workload.resource
    for (key, reference), clusters in differing.items():
        yield Problem(
            code="image-volume-differs",
            severity=Severity.WARNS,
            detail=(
                f"{resources[key].label}, volume {key[3]}, has {reference} on {', '.join(clusters)} and "
                f"{source.volumes[key]} at the source. A promotion changes the images of containers, not of volumes: "
                "change it in the target, or import the workload again."
            ),
            resource=resources[key],
            field=key[3],
        )
