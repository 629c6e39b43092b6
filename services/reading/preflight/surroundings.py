"""Reads what is around workloads that may get new pods: quotas, limits, autoscalers, nodes, storage classes.

Only what the workloads make necessary is read. A credential of one namespace may list neither nodes nor storage
classes, which is normal and so not said.
"""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

from domain.resources import Kind, Manifest
from services.kube.deadline import Deadline
from services.kube.errors import AccessDeniedError, KindNotServedError
from services.kube.gateway import ClusterGateway
from services.planning.copying.placement import depends_on_nodes
from services.planning.preflight.claims import lacking_claims
from services.planning.preflight.values import Surroundings

_QUOTA = Kind(group="", version="v1", name="ResourceQuota")
_LIMIT_RANGE = Kind(group="", version="v1", name="LimitRange")
_AUTOSCALER = Kind(group="autoscaling", version="v2", name="HorizontalPodAutoscaler")
_NODE = Kind(group="", version="v1", name="Node")
_CLAIM = Kind(group="", version="v1", name="PersistentVolumeClaim")
_STORAGE_CLASS = Kind(group="storage.k8s.io", version="v1", name="StorageClass")
_SCALABLE = frozenset({"Deployment", "StatefulSet"})

_Objects = tuple[Manifest, ...] | None


async def read_surroundings(
    gateway: ClusterGateway,
    namespace: str,
    workloads: Sequence[Manifest],
    *,
    deadline: Deadline,
    only_blocking: bool = False,
) -> tuple[Surroundings, tuple[str, ...]]:
    """What is around the workloads, and the kinds, as `ResourceQuotas`, that the credential may not list.

    `only_blocking`: without what no finding that blocks is about.
    Raises `ClusterError`s, but none for what it may not list.
    """
    others = () if only_blocking else workloads
    scalable = any(workload.kind.name in _SCALABLE for workload in others)
    by_node = any(map(depends_on_nodes, others))
    quotas, limit_ranges, autoscalers, nodes, (claims, classes) = await asyncio.gather(
        _list(gateway, _QUOTA, namespace, deadline=deadline, needed=bool(workloads)),
        _list(gateway, _LIMIT_RANGE, namespace, deadline=deadline, needed=bool(workloads)),
        _list(gateway, _AUTOSCALER, namespace, deadline=deadline, needed=scalable),
        _list(gateway, _NODE, None, deadline=deadline, needed=by_node),
        _volumes(gateway, namespace, others, deadline=deadline),
    )
    unlisted = tuple(
        f"{kind.name}s"
        for kind, found in ((_LIMIT_RANGE, limit_ranges), (_QUOTA, quotas))
        if workloads and found is None
    )
    around = Surroundings(
        read_at=datetime.now(UTC),
        quotas=quotas or (),
        limit_ranges=limit_ranges or (),
        autoscalers=autoscalers or (),
        nodes=nodes,
        claims=claims,
        storage_classes=classes,
    )
    return around, unlisted


async def _volumes(
    gateway: ClusterGateway, namespace: str, workloads: Sequence[Manifest], *, deadline: Deadline
) -> tuple[frozenset[str] | None, _Objects]:
    """The names of bound claims, where a StatefulSet makes some; and the storage classes, where some are not bound."""
    if not any(lacking_claims(workload, frozenset()) for workload in workloads):
        return None, None
    listed = await _list(gateway, _CLAIM, namespace, deadline=deadline, needed=True)
    if listed is None:
        return None, None
    bound = frozenset(claim.name for claim in listed if claim.status.get("phase", "Pending") != "Pending")
    lacking = any(lacking_claims(workload, bound) for workload in workloads)
    return bound, await _list(gateway, _STORAGE_CLASS, None, deadline=deadline, needed=lacking)


async def _list(
    gateway: ClusterGateway, kind: Kind, namespace: str | None, *, deadline: Deadline, needed: bool
) -> _Objects:
    """None where it is not needed, or may not be listed."""
    if not needed:
        return None
    try:
        return (await gateway.list(kind, namespace=namespace, deadline=deadline)).items
    except (AccessDeniedError, KindNotServedError):
        return None
