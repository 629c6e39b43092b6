"""The cells of the matrix of applications by environments. Pure.

A cell is a short form of what the page of its application shows (`application`): the two cannot disagree.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import combinations

from domain.follows import Follow
from domain.images import ContainerKey, Image
from domain.resources import Manifest
from domain.words import DeployMode
from services.planning.comparing.missing import MissingKeys
from services.planning.health.assessment import assess
from services.planning.health.values import HealthPolicy, HealthState, condition, moment
from services.planning.images.pod_images import keeps_pods
from services.planning.images.running import ClusterFacts
from services.planning.overviews.custom import unhealthy
from services.planning.overviews.values import EnvironmentOverview
from services.planning.people.hidden_sources import follow_without_source

_DECIDED = frozenset({HealthState.READY, HealthState.SUSPENDED, HealthState.WAITING, HealthState.TERMINATING})
_JUDGED_BY_PODS = frozenset({"ReplicationController", "ReplicaSet"})
_LATELY = timedelta(minutes=6)  # longer than the longest pause between two starts of a container that crashes


@dataclass(frozen=True, kw_only=True)
class MatrixImage:
    """What pods run in a container of `Deployment/web`, say. `written` is the template's image, where that differs."""

    workload: str
    container: str
    tag: str | None
    digest: str | None
    written: Image | None = None


@dataclass(frozen=True, kw_only=True)
class MatrixCustomResources:
    """The custom resources of an application in an environment: how many there are, and how many are unhealthy.

    `resource`, as `Certificate/web`, is the one to look at first, with its `health` where that is worst.
    """

    total: int
    unhealthy: int
    resource: str | None = None
    health: HealthState | None = None
    reason: str | None = None
    since: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class MatrixCell:
    """An application in one environment. `stale`: a cluster could not be read, so the cell may be incomplete.

    `drift`: what runs has differed from the last release for a while. `not_level` are the clusters that lack what
    another one of the environment has. `missing_keys` and `follow` name another environment.
    """

    environment: str
    configured: bool
    deploy_mode: DeployMode
    images: tuple[MatrixImage, ...]
    health: HealthState
    skew: bool
    stale: bool
    active_operation: str | None
    drift: bool = False
    not_level: tuple[str, ...] = ()
    missing_keys: MissingKeys | None = None
    custom_resources: MatrixCustomResources | None = None
    follow: Follow | None = None


def status_decides(workload: Manifest, *, now: datetime, policy: HealthPolicy) -> bool:
    """Whether its status alone decides its health; else what its controller made beside pods has to be read as well.

    Nearly all workloads are ready, and need no more. A controller that replaces nothing is judged by its pods; so is a
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


def cell_of(shown: EnvironmentOverview) -> MatrixCell:
    """The cell of an application in an environment."""
    return MatrixCell(
        environment=shown.environment,
        configured=shown.configured,
        deploy_mode=shown.deploy_mode,
        images=_images(shown),
        health=shown.health,
        skew=shown.skew,
        stale=shown.stale,
        active_operation=shown.active_operation,
        drift=any(each.divergence.kind.is_drift for each in shown.divergences),
        not_level=tuple(each.cluster for each in shown.clusters if each.lacks),
        missing_keys=shown.missing_keys,
        custom_resources=_custom(shown),
        follow=shown.follow,
    )


def without_sources(cell: MatrixCell, *, missing_keys: bool, follow: bool) -> MatrixCell:
    """The cell for who does not see the environment that has the keys, or that is followed."""
    return replace(
        cell,
        missing_keys=None if missing_keys else cell.missing_keys,
        follow=follow_without_source(cell.follow) if follow and cell.follow is not None else cell.follow,
    )


def _custom(shown: EnvironmentOverview) -> MatrixCustomResources | None:
    """None where it has none."""
    found = unhealthy(shown)
    total = len(shown.custom_resources)
    if not found:
        return MatrixCustomResources(total=total, unhealthy=0) if total else None
    (resource, worst), *_ = found
    return MatrixCustomResources(
        total=total,
        unhealthy=len(found),
        resource=f"{resource.kind.name}/{resource.name}",
        health=worst.health,
        reason=worst.reason,
        since=worst.since,
    )


def _images(shown: EnvironmentOverview) -> tuple[MatrixImage, ...]:
    """Of the first cluster that answers; where none does, of the first that ever did."""
    known = sorted((each for each in shown.clusters if each.facts is not None), key=lambda each: not each.reachable)
    return images_of(known[0].facts) if known and known[0].facts is not None else ()


def images_of(facts: ClusterFacts) -> tuple[MatrixImage, ...]:
    """What pods run on the cluster, without init containers."""
    return tuple(
        MatrixImage(
            workload=f"{workload.resource.kind.name}/{workload.resource.name}",
            container=container.name,
            tag=container.shown.tag,
            digest=container.shown.digest,
            written=container.image if container.former else None,
        )
        for workload in facts.workloads
        for container in workload.containers
        if not container.init
    )


def differs(clusters: Sequence[ClusterFacts]) -> bool:
    """Whether clusters that answered run different images in the same container."""
    images: dict[ContainerKey, list[Image]] = {}
    for one in clusters:
        for image in one.running:
            images.setdefault(image.key, []).append(image.image)
    return any(not one.agrees_with(other) for each in images.values() for one, other in combinations(each, 2))
