"""Reads what runs in an app environment on one cluster: its workloads, and the objects that they own. Reads only.

All lists are requested at once; of a kind with few requested objects these are read by name.
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from enum import StrEnum

from domain.cluster_api import ClusterFailure
from domain.declared_kinds import NONE_DECLARED, DeclaredKinds
from domain.resources import Kind, Manifest, ResourceId
from services.concurrency import gather_settled
from services.errors import StagecoachError
from services.kube.deadline import Deadline
from services.kube.errors import AccessDeniedError, KindNotServedError
from services.kube.gateway import ClusterGateway
from services.planning.health.values import Children, HealthPolicy
from services.planning.images.running import ClusterFacts, cluster_facts
from services.reading.control_planes import OWN_CONTROL_PLANES, ControlPlanes
from services.reading.explanations import explained
from services.reading.helm_releases import read_releases
from services.reading.owner_chains import read_chains
from services.reading.rollout_drivers import read_drivers

PODS = Kind(group="", version="v1", name="Pod")
REPLICA_SETS = Kind(group="apps", version="v1", name="ReplicaSet")
CONTROLLER_REVISIONS = Kind(group="apps", version="v1", name="ControllerRevision")
JOBS = Kind(group="batch", version="v1", name="Job")


class Depth(StrEnum):
    """How much is read: each level takes further lists."""

    TEMPLATES = "templates"  # the workloads alone: the images of their pod templates
    DIGESTS = "digests"  # and their pods: the digests of those images
    HEALTH = "health"  # and the revisions that distinguish new pods from old ones


# Up to this many objects of a kind are read one by one; for more, the whole kind is listed.
_BY_NAME = 3


async def read_facts(
    gateway: ClusterGateway,
    namespace: str,
    requested: Sequence[ResourceId],
    *,
    deadline: Deadline,
    policy: HealthPolicy,
    depth: Depth = Depth.HEALTH,
    declared: DeclaredKinds = NONE_DECLARED,
    control_planes: ControlPlanes = OWN_CONTROL_PLANES,
) -> ClusterFacts:
    """The facts of `requested` on the cluster; below `Depth.HEALTH` their health is `NOT_ASSESSED`.

    `control_planes` tell where applications of Argo CD are: for whoever plans by their owners, or shows these.

    Raises `ClusterError`s.
    """
    found, children, drivers = await asyncio.gather(
        read_workloads(gateway, namespace, requested, deadline=deadline),
        read_children(gateway, namespace, requested, deadline=deadline, depth=depth),
        read_drivers(gateway, namespace, requested, deadline=deadline),
    )
    children = replace(children, drivers=drivers)
    releases = await read_releases(gateway, found, deadline=deadline)
    chains = await read_chains(gateway, found, control_planes=control_planes, deadline=deadline)
    now = datetime.now(UTC)
    if depth is Depth.HEALTH:
        children = await explained(gateway, namespace, found, children, now=now, deadline=deadline)
    facts = cluster_facts(
        gateway.cluster,
        requested,
        found,
        children,
        releases=releases,
        chains=chains,
        now=now,
        policy=policy if depth is Depth.HEALTH else None,
        declared=declared,
    )
    return replace(facts, manifests=found)


async def read_workloads(
    gateway: ClusterGateway, namespace: str, requested: Sequence[ResourceId], *, deadline: Deadline
) -> tuple[Manifest, ...]:
    """The objects of `requested` that exist. Raises `ClusterError`s."""
    by_kind: dict[Kind, list[str]] = {}
    for resource in requested:
        by_kind.setdefault(resource.kind, []).append(resource.name)
    groups = await gather_settled(
        [_read_kind(gateway, namespace, kind, frozenset(names), deadline=deadline) for kind, names in by_kind.items()]
    )
    return tuple(manifest for group in groups for manifest in group)


async def read_children(
    gateway: ClusterGateway,
    namespace: str,
    requested: Iterable[ResourceId],
    *,
    deadline: Deadline,
    depth: Depth = Depth.HEALTH,
) -> Children:
    """The objects that workloads of these kinds own, in the whole namespace. Raises `ClusterError`s.

    What the credential may not list is empty.
    """
    kinds = {resource.kind.name for resource in requested}
    health, digests = depth is Depth.HEALTH, depth is not Depth.TEMPLATES
    needs = (
        (PODS, digests and bool(kinds)),
        (REPLICA_SETS, health and "Deployment" in kinds),
        (CONTROLLER_REVISIONS, health and "DaemonSet" in kinds),
        (JOBS, digests and "CronJob" in kinds),
    )
    pods, replica_sets, revisions, jobs = await asyncio.gather(
        *(_list(gateway, namespace, kind, deadline=deadline) if needed else _nothing() for kind, needed in needs)
    )
    return Children(pods=pods, replica_sets=replica_sets, controller_revisions=revisions, jobs=jobs)


def failed_facts(cluster: str, error: StagecoachError) -> ClusterFacts:
    """The facts of a cluster that could not be read."""
    return ClusterFacts(cluster=cluster, failure=ClusterFailure(code=error.code, detail=error.detail))


async def _read_kind(
    gateway: ClusterGateway, namespace: str, kind: Kind, names: frozenset[str], *, deadline: Deadline
) -> tuple[Manifest, ...]:
    if len(names) <= _BY_NAME:
        read = await gather_settled(
            [gateway.get(kind, name, namespace=namespace, deadline=deadline) for name in sorted(names)]
        )
        return tuple(manifest for manifest in read if manifest is not None)
    try:
        listed = await gateway.list(kind, namespace=namespace, deadline=deadline)
    except KindNotServedError:
        return ()
    return tuple(manifest for manifest in listed.items if manifest.name in names)


async def _list(gateway: ClusterGateway, namespace: str, kind: Kind, *, deadline: Deadline) -> tuple[Manifest, ...]:
    try:
        return (await gateway.list(kind, namespace=namespace, deadline=deadline)).items
    except (AccessDeniedError, KindNotServedError):
        # Without these rights digests stay unknown, and health is assessed by the status of the workloads alone.
        return ()


async def _nothing() -> tuple[Manifest, ...]:
    return ()
