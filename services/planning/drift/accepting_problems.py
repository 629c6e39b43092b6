"""Why what runs cannot be accepted, and what a person should know who accepts it. Pure."""

from collections.abc import Iterable, Sequence

from domain.images import ContainerRef, Image
from domain.problems import Problem, Severity
from services.planning.drift.accepted_places import Place, is_same, other_content
from services.planning.health.values import HealthState
from services.planning.images.running import ClusterFacts

_ROLLING = frozenset({HealthState.PENDING, HealthState.PROGRESSING, HealthState.WAITING, HealthState.TERMINATING})


def about_unread(facts: Sequence[ClusterFacts], cluster: str | None) -> Iterable[Problem]:
    """Clusters that could not be read; where another one was named, they are not asked."""
    for one in facts:
        if one.failure is None:
            continue
        needed = cluster in {None, one.cluster}
        what = "Accept once it answers" if cluster is not None else "Accept once it answers, or name another cluster"
        rest = f"{what}." if needed else "It does not count as having the release."
        yield Problem(
            code=one.failure.code,
            severity=Severity.BLOCKS if needed else Severity.WARNS,
            detail=f"What the cluster runs is not known: {one.failure.detail} {rest}",
            cluster=one.cluster,
        )


def about_apart(environment: str, apart: Iterable[Sequence[Place]]) -> Iterable[Problem]:
    """Containers for which clusters differ. Where one of them is being rolled out, that is said instead."""
    for places in apart:
        rolling = [each for each in places if _is_rolling(each)]
        if rolling:
            yield from map(_rolling, rolling)
            continue
        ran = ", ".join(f"{each.container.image.reference} on {each.cluster}" for each in places)
        yield Problem(
            code="clusters-differ",
            severity=Severity.BLOCKS,
            detail=f"The clusters of {environment} run different images in {places[0]} ({ran}). Name the cluster "
            "whose images become the release.",
            resource=places[0].workload.resource,
            field=places[0].container.name,
        )


def about_changes(changes: Iterable[tuple[Place, Image | None, Image]]) -> Iterable[Problem]:
    """Of what is accepted: it is not settled, does not work, or is not known by its content."""
    told: set[tuple[str, str]] = set()
    for place, before, after in changes:
        workload = (place.cluster, str(place.workload.resource))
        if workload not in told:
            told.add(workload)
            if _is_rolling(place):
                yield _rolling(place)
            elif place.workload.health.state is HealthState.FAILED:
                yield _of(
                    place,
                    "workload-failing",
                    f"{place.workload.resource.label} fails with what is accepted: {place.workload.health.message}",
                )
        if place.container.former:
            kept = ", ".join(dict.fromkeys(image.reference for image in place.container.former))
            yield _of(
                place,
                "pods-kept",
                f"Pods run {kept}, for nothing replaces them. The template's image, {after.reference}, is accepted.",
            )
        if after.digest is None and before is not None and before.digest is not None:
            why = (
                "Its pods report several"
                if other_content(before, place.container)
                else "No pod reports which one it is"
            )
            yield _of(
                place,
                "digest-unknown",
                f"{after.reference} is accepted without a digest. {why}: that its tag moves is not noticed until the "
                "next release.",
            )


def about_differing(places: Iterable[tuple[Place, Image]]) -> Iterable[Problem]:
    """Clusters that run something else than the image of the cluster that was named."""
    for place, accepted in places:
        if not is_same(place.container.image, accepted):
            yield _of(
                place,
                "cluster-differs",
                f"The cluster runs {place.container.image.reference} in {place}. That stays as it is, and is skew "
                "until the release is brought there.",
            )


def not_found(environment: str, containers: Iterable[ContainerRef]) -> Iterable[Problem]:
    for each in containers:
        yield Problem(
            code="container-missing",
            severity=Severity.BLOCKS,
            detail=f"No cluster of {environment} that could be read has container {each.container} of "
            f"{each.workload.label}.",
            resource=each.workload,
            field=each.container,
        )


def nothing_to_accept(environment: str, release: int, cluster: str | None) -> Problem:
    where = f"on {cluster}" if cluster is not None else f"in {environment}"
    detail = (
        f"Nothing that runs {where} differs from release {release}."
        if release
        else f"No workload of the application runs {where}, so there is nothing that could be the release."
    )
    return Problem(code="nothing-to-accept", severity=Severity.BLOCKS, detail=detail)


def none_has_it(release: int) -> Problem:
    return Problem(
        code="release-nowhere",
        severity=Severity.BLOCKS,
        detail=f"No cluster would have the new release: in other containers, the cluster runs other images than "
        f"release {release} as well. Accept all its containers.",
    )


def _is_rolling(place: Place) -> bool:
    return not place.workload.observed or place.workload.health.state in _ROLLING


def _rolling(place: Place) -> Problem:
    label, message = place.workload.resource.label, place.workload.health.message
    return Problem(
        code="rollout-underway",
        severity=Severity.BLOCKS,
        detail=f"{label} is still rolling out, so what runs is not settled. {message}".rstrip(),
        cluster=place.cluster,
        resource=place.workload.resource,
    )


def _of(place: Place, code: str, detail: str) -> Problem:
    return Problem(
        code=code,
        severity=Severity.WARNS,
        detail=detail,
        cluster=place.cluster,
        resource=place.workload.resource,
        field=place.container.name,
    )
