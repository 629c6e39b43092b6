"""Reads the Rollouts and Canaries that may drive workloads of a namespace. Reads only.

Only a cluster that serves such a kind is asked for it, and which kinds it serves is known already: nothing is read of
the others.
"""

import asyncio
from collections.abc import Iterable, Sequence

from domain.resources import Kind, Manifest, ResourceId
from services.kube.deadline import Deadline
from services.kube.errors import AccessDeniedError, KindNotServedError
from services.kube.gateway import ClusterGateway
from services.planning.health.rollout_drivers import CANARY, DRIVERS, Drivers, may_be_driven, primary_name


async def read_drivers(
    gateway: ClusterGateway, namespace: str, requested: Sequence[ResourceId], *, deadline: Deadline
) -> Drivers:
    """Those of the namespace; none where none of `requested` can be driven. Raises `ClusterError`s.

    What the credential may not list is `hidden`.
    """
    kinds = await served_drivers(gateway, requested, deadline=deadline)
    lists = await asyncio.gather(*(_list(gateway, namespace, kind, deadline=deadline) for kind in kinds))
    found = tuple(manifest for listed in lists for manifest in listed or ())
    return Drivers(
        found=found,
        hidden=tuple(kind for kind, listed in zip(kinds, lists, strict=True) if listed is None),
        primaries=await _primaries(gateway, namespace, requested, found, deadline=deadline),
    )


async def served_drivers(
    gateway: ClusterGateway, requested: Iterable[ResourceId], *, deadline: Deadline
) -> tuple[Kind, ...]:
    """The kinds of drivers that the cluster serves; none where none of `requested` can be driven."""
    if not any(may_be_driven(resource.kind) for resource in requested):
        return ()
    served = await gateway.served_kinds(deadline=deadline)
    return tuple(kind for kind in DRIVERS if served.find(kind) is not None)


async def _primaries(
    gateway: ClusterGateway,
    namespace: str,
    requested: Iterable[ResourceId],
    found: Iterable[Manifest],
    *,
    deadline: Deadline,
) -> tuple[Manifest, ...]:
    """What Flagger has made of those of `requested` to which a Canary refers."""
    named = {str((canary.spec.get("targetRef") or {}).get("name")) for canary in found if canary.kind == CANARY}
    read = await asyncio.gather(
        *(
            gateway.get(each.kind, primary_name(each.name), namespace=namespace, deadline=deadline)
            for each in requested
            if may_be_driven(each.kind) and each.name in named
        )
    )
    return tuple(each for each in read if each is not None)


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
