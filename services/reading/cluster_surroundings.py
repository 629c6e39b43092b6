"""Reads what a whole cluster has that copied objects depend on: nodes, labels of namespaces, rights of accounts.

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
from services.planning.copying.rights_elsewhere import runs_as_somebody

_NODE = Kind(group="", version="v1", name="Node")
_NAMESPACE = Kind(group="", version="v1", name="Namespace")
_CLUSTER_BINDING = Kind(group="rbac.authorization.k8s.io", version="v1", name="ClusterRoleBinding")
_BINDING = Kind(group="rbac.authorization.k8s.io", version="v1", name="RoleBinding")
_CONSTRAINTS = Kind(group="security.openshift.io", version="v1", name="SecurityContextConstraints")


@dataclass(frozen=True, kw_only=True)
class Grants:
    """Where ServiceAccounts have rights. None for what was not read, because nothing depends on it or may be listed."""

    cluster_bindings: tuple[Manifest, ...] | None = None
    role_bindings: tuple[Manifest, ...] | None = None
    constraints: tuple[Manifest, ...] | None = None
    unread: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ClusterSurroundings:
    """None for what was not read, because nothing depends on it or because the credential may not."""

    nodes: tuple[Manifest, ...] | None
    namespaces: tuple[Manifest, ...] | None
    grants: Grants
    unread: tuple[str, ...]


async def read_surroundings(
    gateway: ClusterGateway, namespace: str, manifests: tuple[Manifest, ...], *, deadline: Deadline
) -> ClusterSurroundings:
    """What these objects depend on in the cluster that they are copied to. Raises `ClusterError`s."""
    nodes, namespaces, grants = await asyncio.gather(
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
        read_grants(gateway, namespace, manifests, deadline=deadline),
    )
    return ClusterSurroundings(
        nodes=nodes[0], namespaces=namespaces[0], grants=grants, unread=(*nodes[1], *namespaces[1], *grants.unread)
    )


async def read_grants(
    gateway: ClusterGateway, namespace: str, manifests: Iterable[Manifest], *, deadline: Deadline
) -> Grants:
    """Where the accounts of these objects, of this namespace, may have rights. Raises `ClusterError`s."""
    listed = tuple(manifests)
    somebody = runs_as_somebody(listed)
    (cluster_wide, unread), bindings, constraints = await asyncio.gather(
        _listed(
            gateway,
            _CLUSTER_BINDING,
            f"Rights in the whole cluster {gateway.cluster}: the credential may not list ClusterRoleBindings.",
            needed=has_accounts(listed),
            deadline=deadline,
        ),
        _role_bindings(gateway, namespace, needed=somebody, deadline=deadline),
        _constraints(gateway, needed=somebody, deadline=deadline),
    )
    return Grants(
        cluster_bindings=cluster_wide,
        role_bindings=bindings[0],
        constraints=constraints[0],
        unread=(*unread, *bindings[1], *constraints[1]),
    )


async def _role_bindings(
    gateway: ClusterGateway, namespace: str, *, needed: bool, deadline: Deadline
) -> tuple[tuple[Manifest, ...] | None, tuple[str, ...]]:
    """Those of all namespaces, or of this one where the credential may list no others."""
    unread = f"Rights in other namespaces of cluster {gateway.cluster}: the credential may not list RoleBindings there."
    found, said = await _listed(gateway, _BINDING, unread, needed=needed, deadline=deadline)
    if not said:
        return found, ()
    here, _ = await _listed(gateway, _BINDING, unread, namespace=namespace, needed=True, deadline=deadline)
    return here, said


async def _constraints(
    gateway: ClusterGateway, *, needed: bool, deadline: Deadline
) -> tuple[tuple[Manifest, ...] | None, tuple[str, ...]]:
    """Those of OpenShift; none of a cluster that does not know them."""
    if not needed:
        return None, ()
    served = await gateway.served_kinds(deadline=deadline)
    if served.find(_CONSTRAINTS) is None:
        return (), ()
    unread = f"SecurityContextConstraints of cluster {gateway.cluster}: the credential may not list them."
    return await _listed(gateway, _CONSTRAINTS, unread, needed=True, deadline=deadline)


async def _listed(
    gateway: ClusterGateway, kind: Kind, unread: str, *, needed: bool, deadline: Deadline, namespace: str | None = None
) -> tuple[tuple[Manifest, ...] | None, tuple[str, ...]]:
    if not needed:
        return None, ()
    try:
        return (await gateway.list(kind, namespace=namespace, deadline=deadline)).items, ()
    except (AccessDeniedError, KindNotServedError):
        return None, (unread,)
