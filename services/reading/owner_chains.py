"""Reads what owns the owners of workloads, up to the root. Reads only.

An application of Argo CD is looked for by its name in all namespaces, because a mark names the namespace only where
that is not Argo CD's own; with rights to one namespace alone, in `argocd`. Objects of other clusters are not found
here: an application there has no chain.
"""

from collections.abc import Iterable, Mapping, Sequence

from domain.resources import Manifest
from services.concurrency import gather_settled
from services.kube.deadline import Deadline
from services.kube.errors import AccessDeniedError, KindNotServedError
from services.kube.gateway import ClusterGateway
from services.planning.objects.owner_chains import OwnerChain, above, is_application_of
from services.planning.objects.workload_owners import OwnerObject, workload_owner

_CONTROL_NAMESPACE = "argocd"
_MOST = 8  # levels of owners: a chain that goes round in a circle ends, too


async def read_chains(
    gateway: ClusterGateway, workloads: Iterable[Manifest], *, deadline: Deadline
) -> Mapping[OwnerObject, OwnerChain]:
    """The chains above the objects that own these workloads. Raises `ClusterError`s.

    What the credential may not read ends a chain, which says so.
    """
    owned: dict[OwnerObject, Manifest] = {}
    for workload in workloads:
        owner = workload_owner(workload)
        if owner is not None and owner.object is not None:
            owned.setdefault(owner.object, workload)
    if not owned:
        return {}
    chains = await gather_settled([_chain(gateway, each, of, deadline=deadline) for each, of in owned.items()])
    return dict(zip(owned, chains, strict=True))


async def _chain(gateway: ClusterGateway, first: OwnerObject, owned: Manifest, *, deadline: Deadline) -> OwnerChain:
    names: list[str] = []
    read: list[Manifest] = []
    wanted: OwnerObject | None = first
    while wanted is not None and len(names) < _MOST:
        try:
            live = await _find(gateway, wanted, owned, deadline=deadline)
        except AccessDeniedError:
            return _of(read, names, unread=_denied(wanted))
        upper = above(live) if live is not None else None
        if live is not None:
            read.append(live)
        if upper is None:
            break
        names.append(upper.name)
        wanted, owned = upper.object, live or owned
    return _of(read, names)


def _of(read: Sequence[Manifest], names: Sequence[str], *, unread: str | None = None) -> OwnerChain:
    found, upper = (*read, None, None)[:2]
    return OwnerChain(found=found, upper=upper, above=tuple(names), unread=unread)


def _denied(wanted: OwnerObject) -> str:
    return f"The cluster's credential may not read {wanted.kind.name} {wanted.name} of {wanted.kind.group}."


async def _find(
    gateway: ClusterGateway, wanted: OwnerObject, owned: Manifest, *, deadline: Deadline
) -> Manifest | None:
    """Raises `ClusterError`s."""
    if wanted.namespace is not None:
        return await gateway.get(wanted.kind, wanted.name, namespace=wanted.namespace, deadline=deadline)
    candidates: tuple[Manifest, ...]
    try:
        listed = await gateway.list(
            wanted.kind, namespace=None, field_selector=f"metadata.name={wanted.name}", deadline=deadline
        )
    except KindNotServedError:
        return None
    except AccessDeniedError:
        found = await gateway.get(wanted.kind, wanted.name, namespace=_CONTROL_NAMESPACE, deadline=deadline)
        candidates = (found,) if found is not None else ()
    else:
        candidates = listed.items
    # A name proves little: an application of another control plane, or for another cluster, may have the same.
    return next((each for each in candidates if is_application_of(each, owned)), None)
