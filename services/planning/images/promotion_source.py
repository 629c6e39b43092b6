"""The source of images: the clusters of an environment, a release, or a request. Detects skew. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from domain.image_mappings import ImageMapping, mapped, mapped_reference
from domain.images import ContainerImage, ContainerKey, Image, container_key
from domain.problems import Problem, Severity
from domain.resources import ResourceId
from services.planning.health.values import HealthState
from services.planning.images.releases import images_for
from services.planning.images.running import ClusterFacts, WorkloadFacts
from services.planning.images.source_digests import digest_ambiguous, digest_unknown, kept_pods

SOURCE_ROLLING_OUT = "source-rolling-out"
SOURCE_FAILING = "source-failing"
OF_SOURCE_HEALTH = frozenset({SOURCE_ROLLING_OUT, SOURCE_FAILING})
"""What is said of a workload of the source whose pods are not healthy. Only where its images go somewhere."""


@dataclass(frozen=True, kw_only=True)
class ClusterImage:
    """What one cluster runs."""

    cluster: str
    image: Image


@dataclass(frozen=True, kw_only=True)
class Skew:
    """A container for which the source clusters run different images."""

    workload: ResourceId
    container: str
    images: tuple[ClusterImage, ...]


@dataclass(frozen=True, kw_only=True)
class PromotionSource:
    """The images to promote, and the problems of the source.

    `images` of a release may differ by target cluster (`ContainerImage.cluster`); those of an environment never do.
    `skew` is empty once a source cluster was named. `release` is the number of one, `operation` the id of one whose
    changes are taken back; its images are for the clusters that they name and no others. `volumes` are the references
    of image volumes, by workload and name. `images` and `volumes` have the names that `mappings` give them: under these
    the target pulls them.
    """

    environment: str | None = None
    cluster: str | None = None
    release: int | None = None
    operation: str | None = None
    images: tuple[ContainerImage, ...]
    skew: tuple[Skew, ...] = ()
    problems: tuple[Problem, ...] = ()
    volumes: Mapping[ContainerKey, str] = field(default_factory=dict)
    mappings: tuple[ImageMapping, ...] = ()

    def desired_on(self, cluster: str) -> tuple[ContainerImage, ...]:
        """The images that this target cluster shall run."""
        if self.operation is not None:
            return tuple(image for image in self.images if image.cluster == cluster)
        return images_for(self.images, cluster)


def release_source(number: int, images: Iterable[ContainerImage]) -> PromotionSource:
    """A release of the history as the source."""
    return PromotionSource(release=number, images=tuple(images))


def named_source(images: Iterable[ContainerImage]) -> PromotionSource:
    """Images that a request names, container by container, as the source."""
    return PromotionSource(images=tuple(images))


def environment_source(
    environment: str,
    facts: Sequence[ClusterFacts],
    *,
    cluster: str | None,
    pin: bool,
    selected: frozenset[ContainerKey] | None,
    mappings: Iterable[ImageMapping] = (),
) -> PromotionSource:
    """What the clusters of an environment run, the primary first in `facts`.

    `cluster` names the one to take the images from; without it, all readable clusters have to agree. `selected` are the
    requested containers, None for all; the skew of other containers is no problem. `mappings` are the target's.
    """
    by_target = tuple(mappings)
    chosen = [one for one in facts if cluster is None or one.cluster == cluster]
    readable = [one for one in chosen if one.failure is None]
    images, skew = _merged(readable, selected)
    volumes = image_volumes_of(readable[0]) if readable and selected is None else {}
    return PromotionSource(
        environment=environment,
        cluster=cluster,
        images=tuple(replace(each, image=mapped(each.image, by_target)) for each in images),
        skew=skew,
        volumes={key: mapped_reference(reference, by_target) for key, reference in volumes.items()},
        mappings=by_target,
        problems=(
            *_unread(chosen, any_readable=bool(readable)),
            *_skew_problems(skew),
            *_source_warnings(readable, selected, pin=pin),
        ),
    )


def image_volumes_of(facts: ClusterFacts) -> dict[ContainerKey, str]:
    """The references of all image volumes on a cluster, by workload and name."""
    return {
        container_key(workload.resource, name): reference
        for workload in facts.workloads
        for name, reference in workload.volumes
    }


def _merged(
    facts: Sequence[ClusterFacts], selected: frozenset[ContainerKey] | None
) -> tuple[tuple[ContainerImage, ...], tuple[Skew, ...]]:
    by_key: dict[ContainerKey, list[tuple[str, ContainerImage]]] = {}
    for one in facts:
        for image in one.running:
            if selected is None or image.key in selected:
                by_key.setdefault(image.key, []).append((one.cluster, image))
    images, skew = [], []
    for candidates in by_key.values():
        first = candidates[0][1]
        # Where clusters agree, a known digest stands for clusters whose pods report none.
        images.append(next((image for _, image in candidates if image.image.digest), first))
        if any(not image.image.agrees_with(other.image) for _, image in candidates for _, other in candidates):
            ran = tuple(ClusterImage(cluster=cluster, image=image.image) for cluster, image in candidates)
            skew.append(Skew(workload=first.workload, container=first.container, images=ran))
    return tuple(images), tuple(skew)


def _unread(facts: Sequence[ClusterFacts], *, any_readable: bool) -> Iterable[Problem]:
    for one in facts:
        if one.failure is not None:
            yield Problem(
                code=one.failure.code,
                severity=Severity.WARNS if any_readable else Severity.BLOCKS,
                detail=f"The source cluster could not be read, so what it runs is not known: {one.failure.detail}",
                cluster=one.cluster,
            )


def _skew_problems(skew: Sequence[Skew]) -> Iterable[Problem]:
    for one in skew:
        ran = ", ".join(f"{image.image.reference} on {image.cluster}" for image in one.images)
        yield Problem(
            code="source-skew",
            severity=Severity.BLOCKS,
            detail=f"The source's clusters run different images ({ran}). Name the source cluster that counts.",
            resource=one.workload,
            field=one.container,
        )


def _source_warnings(
    facts: Sequence[ClusterFacts], selected: frozenset[ContainerKey] | None, *, pin: bool
) -> Iterable[Problem]:
    known = {image.key for one in facts for image in one.running if image.image.digest}
    reported: set[ContainerKey] = set()
    for one in facts:
        for workload in one.workloads:
            keys = {c.name: container_key(workload.resource, c.name) for c in workload.containers}
            if selected is not None and selected.isdisjoint(keys.values()):
                continue
            yield from _health_problem(one.cluster, workload, named=selected is not None)
            for container in workload.containers:
                key = keys[container.name]
                if selected is not None and key not in selected:
                    continue
                if container.former:
                    yield kept_pods(one.cluster, workload, container)
                if not pin or key in reported:
                    continue
                if container.ambiguous:
                    reported.add(key)
                    yield digest_ambiguous(one.cluster, workload, container)
                elif key not in known and container.runs is not None and container.runs.valid:
                    reported.add(key)
                    yield digest_unknown(one.cluster, workload, container)


def _health_problem(cluster: str, workload: WorkloadFacts, *, named: bool) -> Iterable[Problem]:
    """`named`: the request names containers of it, so whoever sent it wants these, whatever state they are in."""
    match workload.health.state:
        case HealthState.PENDING | HealthState.PROGRESSING | HealthState.WAITING:
            code, state = SOURCE_ROLLING_OUT, "is still rolling out at the source"
        case HealthState.FAILED:
            code, state = SOURCE_FAILING, "fails at the source"
        case _:
            return
    hint = "" if named else " Name its containers in the request to promote them nevertheless."
    yield Problem(
        code=code,
        severity=Severity.WARNS if named else Severity.BLOCKS,
        detail=f"{workload.resource.label} {state}: {workload.health.message}{hint}",
        cluster=cluster,
        resource=workload.resource,
    )
