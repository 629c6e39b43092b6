"""The cells of the matrix of applications by environments, from what was read of the clusters. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from domain.images import ContainerKey, Image
from domain.words import DeployMode
from services.planning.health.values import HealthState, worst_of
from services.planning.images.running import ClusterFacts


@dataclass(frozen=True, kw_only=True)
class MatrixImage:
    """The image of a container; `workload` reads `Deployment/web`."""

    workload: str
    container: str
    tag: str | None
    digest: str | None


@dataclass(frozen=True, kw_only=True)
class MatrixCell:
    """An application in one environment. `stale`: a cluster could not be read, so the cell may be incomplete."""

    environment: str
    configured: bool
    deploy_mode: DeployMode
    images: tuple[MatrixImage, ...]
    health: HealthState
    skew: bool
    stale: bool
    active_operation: str | None


def images_of_first_answer(clusters: Sequence[ClusterFacts]) -> tuple[MatrixImage, ...]:
    """The images on the first cluster that answered, without init containers."""
    answered = next((one for one in clusters if one.failure is None), None)
    return tuple(
        MatrixImage(
            workload=f"{image.workload.kind.name}/{image.workload.name}",
            container=image.container,
            tag=image.image.tag,
            digest=image.image.digest,
        )
        for image in (answered.images if answered else ())
        if not image.init
    )


def worst(clusters: Sequence[ClusterFacts]) -> HealthState:
    """The state that needs a person soonest; `unknown` where no cluster answered."""
    answered = [one for one in clusters if one.failure is None]
    if not answered:
        return HealthState.UNKNOWN
    states = [workload.health.state for one in answered for workload in one.workloads]
    states += [HealthState.MISSING for one in answered for _ in one.missing]
    return worst_of(states)


def differs(clusters: Sequence[ClusterFacts]) -> bool:
    """Whether clusters that answered run different images in the same container."""
    images: dict[ContainerKey, list[Image]] = {}
    for one in clusters:
        for image in one.running:
            images.setdefault(image.key, []).append(image.image)
    return any(not one.agrees_with(other) for each in images.values() for one, other in combinations(each, 2))


def stale(clusters: Sequence[ClusterFacts]) -> bool:
    """Whether a cluster could not be read."""
    return any(one.failure is not None for one in clusters)
