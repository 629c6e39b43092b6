"""The cells of the matrix of applications by environments, from what was read of the clusters. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import combinations

from domain.images import ContainerKey, Image
from domain.resources import Manifest
from domain.words import DeployMode
from services.planning.health.assessment import assess
from services.planning.health.values import Health, HealthPolicy, HealthState, condition, moment, worst_health
from services.planning.images.pod_images import keeps_pods
from services.planning.images.running import ClusterFacts, WorkloadFacts

_DECIDED = frozenset({HealthState.READY, HealthState.SUSPENDED, HealthState.TERMINATING})
_JUDGED_BY_PODS = frozenset({"ReplicationController", "ReplicaSet"})
_LATELY = timedelta(minutes=6)  # longer than the longest pause between two starts of a container that crashes
_MISSING = Health(state=HealthState.MISSING, message="It is not on this cluster.")


@dataclass(frozen=True, kw_only=True)
class MatrixImage:
    """What pods run in a container of `Deployment/web`, say. `written` is the template's image, where that differs."""

    workload: str
    container: str
    tag: str | None
    digest: str | None
    written: Image | None = None


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


def status_decides(workload: Manifest, *, now: datetime, policy: HealthPolicy) -> bool:
    """Whether its status alone decides its health, as the page of its application does, which reads its pods, too.

    Nearly all workloads are ready, and need no pods. A controller that replaces nothing is judged by its pods; so is a
    Deployment that became available lately: a container that crashes again and again is ready in between. What pods
    run that are kept with a former template, only they say.
    """
    health = assess(workload, now=now, policy=policy)
    if workload.kind.name in _JUDGED_BY_PODS or health.state not in _DECIDED:
        return False
    if keeps_pods(workload) is not None and health.state is not HealthState.READY:
        return False
    available = condition(workload, "Available") or {}
    since = moment(available.get("lastTransitionTime")) if workload.kind.name == "Deployment" else None
    return since is None or now - since > _LATELY


def with_pods(facts: ClusterFacts, judged: ClusterFacts) -> ClusterFacts:
    """The facts with the healths of `judged`, which were read with pods, and with the images that pods keep.

    Other images stay those of templates, without the digests that only some of all cells would have.
    """
    by_pods = {workload.resource: workload for workload in judged.workloads}
    workloads = (_with_pods(each, by_pods.get(each.resource, each)) for each in facts.workloads)
    return replace(facts, workloads=tuple(workloads))


def _with_pods(workload: WorkloadFacts, judged: WorkloadFacts) -> WorkloadFacts:
    said = {each.name: each for each in judged.containers}
    containers = tuple(
        said[each.name] if each.name in said and said[each.name].former else each for each in workload.containers
    )
    return replace(workload, health=judged.health, containers=containers)


def images_of_first_answer(clusters: Sequence[ClusterFacts]) -> tuple[MatrixImage, ...]:
    """What pods run on the first cluster that answered, without init containers."""
    answered = next((one for one in clusters if one.failure is None), None)
    return tuple(
        MatrixImage(
            workload=f"{workload.resource.kind.name}/{workload.resource.name}",
            container=container.name,
            tag=container.shown.tag,
            digest=container.shown.digest,
            written=container.image if container.former else None,
        )
        for workload in (answered.workloads if answered else ())
        for container in workload.containers
        if not container.init
    )


def worst(clusters: Sequence[ClusterFacts]) -> HealthState:
    """The state that needs a person soonest; `unknown` where no cluster answered."""
    answered = [one for one in clusters if one.failure is None]
    if not answered:
        return HealthState.UNKNOWN
    healths = [workload.health for one in answered for workload in one.workloads]
    healths += [_MISSING for one in answered for _ in one.missing]
    return worst_health(healths)


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
