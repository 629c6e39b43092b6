"""Reads what a whole cluster has that copied objects depend on: nodes, labels of namespaces, cluster-wide bindings.

Reads only, and only what the objects make necessary. What the credential may not list is said in a sentence.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

from domain.resources import Kind, Manifest
from services.kube.deadline import Deadline
from services.kube.errors import AccessDeniedError, KindNotServedError
from services.kube.gateway import ClusterGateway
from services.planning.copying.cluster_rights import has_accounts
from services.planning.copying.namespace_selectors import selects_namespaces
from services.planning.copying.placement import depends_on_nodes

_NODE = Kind(group="", version="v1", name="Node")
_NAMESPACE = Kind(group="", version="v1", name="Namespace")
_BINDING = Kind(group="rbac.authorization.k8s.io", version="v1", name="ClusterRoleBinding")


@dataclass(frozen=True, kw_only=True)
class ClusterSurroundings:
    """None for what was not read, because nothing depends on it or because the credential may not."""

    nodes: tuple[Manifest, ...] | None
    namespaces: tuple[Manifest, ...] | None
    bindings: tuple[Manifest, ...] | None
    unread: tuple[str, ...]


async def read_surroundings(
    gateway: ClusterGateway, manifests: tuple[Manifest, ...], *, deadline: Deadline
) -> ClusterSurroundings:
    """What these objects depend on in the cluster that they are copied to. Raises `ClusterError`s."""
    nodes, namespaces, (bindings, unread) = await asyncio.gather(
        _listed(
            gateway,
            _NODE,
            "Whether a node fits: the credential may not list nodes.",
            needed=any(map(depends_on_nodes, manifests)),
            deadline=deadline,
        ),
        _listed(
            gateway,
            _NAMESPACE,
            "Which namespaces policies select: the credential may not list namespaces.",
            needed=any(map(selects_namespaces, manifests)),
            deadline=deadline,
        ),
        read_bindings(gateway, manifests, deadline=deadline),
    )
    return ClusterSurroundings(
        nodes=nodes[0], namespaces=namespaces[0], bindings=bindings, unread=(*nodes[1], *namespaces[1], *unread)
    )


async def read_bindings(
    gateway: ClusterGateway, manifests: Iterable[Manifest], *, deadline: Deadline
) -> tuple[tuple[Manifest, ...] | None, tuple[str, ...]]:
    """The ClusterRoleBindings, where a ServiceAccount is copied, and what could not be read. Raises `ClusterError`s."""
    return await _listed(
        gateway,
        _BINDING,
        f"Rights in the whole cluster {gateway.cluster}: the credential may not list ClusterRoleBindings.",
        needed=has_accounts(manifests),
        deadline=deadline,
    )


async def _listed(
    gateway: ClusterGateway, kind: Kind, unread: str, *, needed: bool, deadline: Deadline
) -> tuple[tuple[Manifest, ...] | None, tuple[str, ...]]:
    if not needed:
        return None, ()
    try:
        return (await gateway.list(kind, namespace=None, deadline=deadline)).items, ()
    except (AccessDeniedError, KindNotServedError):
        return None, (unread,)
