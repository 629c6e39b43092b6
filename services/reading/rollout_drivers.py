"""Reads the Rollouts and Canaries that may drive workloads of a namespace. Reads only.

Only a cluster that serves such a kind is asked for it, and which kinds it serves is known already: nothing is read of
the others.
"""

import asyncio
from collections.abc import Iterable

from domain.resources import Kind, Manifest, ResourceId
from services.kube.deadline import Deadline
from services.kube.errors import AccessDeniedError, KindNotServedError
from services.kube.gateway import ClusterGateway
from services.planning.health.rollout_drivers import CANARY, NO_DRIVERS, ROLLOUT, Drivers, may_be_driven


async def read_drivers(
    gateway: ClusterGateway, namespace: str, requested: Iterable[ResourceId], *, deadline: Deadline
) -> Drivers:
    """Those of the namespace; none where none of `requested` can be driven. Raises `ClusterError`s.

    What the credential may not list is `hidden`.
    """
    if not any(may_be_driven(resource.kind) for resource in requested):
        return NO_DRIVERS
    served = await gateway.served_kinds(deadline=deadline)
    kinds = tuple(each.kind for kind in (ROLLOUT, CANARY) for each in served.versions_of((kind.group, kind.name))[:1])
    lists = await asyncio.gather(*(_list(gateway, namespace, kind, deadline=deadline) for kind in kinds))
    return Drivers(
        found=tuple(manifest for listed in lists for manifest in listed or ()),
        hidden=tuple(kind for kind, listed in zip(kinds, lists, strict=True) if listed is None),
    )


async def _list(
    gateway: ClusterGateway, namespace: str, kind: Kind, *, deadline: Deadline
) -> tuple[Manifest, ...] | None:
    """None where the credential may not list them."""
    try:
        return (await gateway.list(kind, namespace=namespace, deadline=deadline)).items
    except KindNotServedError:
        return ()
    except AccessDeniedError:
        return None
