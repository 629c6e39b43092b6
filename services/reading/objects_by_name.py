"""Reads objects by name: a kind of which many are needed is listed, a few are read one by one. Reads only."""

import asyncio
from collections.abc import Iterable, Mapping

from domain.resources import Kind, Manifest, ResourceId
from services.kube.deadline import Deadline
from services.kube.errors import AccessDeniedError, KindNotServedError
from services.kube.gateway import ClusterGateway

_BY_NAME = 3  # up to this many objects of a kind are read one by one


async def get_if_allowed(
    gateway: ClusterGateway, kind: Kind, name: str, *, namespace: str | None, deadline: Deadline
) -> Manifest | None:
    try:
        return await gateway.get(kind, name, namespace=namespace, deadline=deadline)
    except AccessDeniedError:
        return None


async def read_objects(
    gateway: ClusterGateway, namespace: str, requested: Iterable[ResourceId], *, deadline: Deadline
) -> dict[ResourceId, Manifest]:
    groups = await asyncio.gather(
        *(read_kind(gateway, namespace, kind, names, deadline=deadline) for kind, names in by_kind(requested).items())
    )
    return {manifest.id: manifest for group in groups for manifest in group}


async def read_kind(
    gateway: ClusterGateway, namespace: str, kind: Kind, names: frozenset[str], *, deadline: Deadline
) -> tuple[Manifest, ...]:
    """The objects of a kind by name; none of a kind that is not served. Raises `ClusterError`s."""
    if len(names) > _BY_NAME:
        try:
            listed = await gateway.list(kind, namespace=namespace, deadline=deadline)
        except KindNotServedError:
            return ()
        except AccessDeniedError:
            pass  # the credential may have `get` without `list`
        else:
            return tuple(manifest for manifest in listed.items if manifest.name in names)
    found = await asyncio.gather(
        *(gateway.get(kind, name, namespace=namespace, deadline=deadline) for name in sorted(names))
    )
    return tuple(manifest for manifest in found if manifest is not None)


def by_kind(requested: Iterable[ResourceId]) -> Mapping[Kind, frozenset[str]]:
    groups: dict[Kind, set[str]] = {}
    for resource in requested:
        groups.setdefault(resource.kind, set()).add(resource.name)
    return {kind: frozenset(names) for kind, names in groups.items()}
