"""Reads what owns the owners of workloads, up to the root. Reads only.

An application of Argo CD is looked for on the cluster that Argo CD runs on, and what owns it as well. There it is found
by its name in all namespaces, because a mark names the namespace only where that is not Argo CD's own; with rights to
one namespace alone, in `argocd`, or in the one that an administrator has named. Of other owners, only what is on the
cluster of the workloads is found.
"""

from collections.abc import Iterable, Mapping, Sequence

from domain.resources import Manifest
from services.concurrency import gather_settled
from services.errors import StagecoachError
from services.kube.deadline import Deadline
from services.kube.errors import AccessDeniedError
from services.kube.gateway import ClusterGateway
from services.planning.objects.owner_chains import OwnerChain, above
from services.planning.objects.workload_owners import APPLICATION, OwnerObject, workload_owner
from services.reading.control_planes import OWN_CONTROL_PLANES, ControlPlane, ControlPlanes, OwnControlPlane

_MOST = 8  # levels of owners: a chain that goes round in a circle ends, too


async def read_chains(
    gateway: ClusterGateway,
    workloads: Iterable[Manifest],
    *,
    control_planes: ControlPlanes = OWN_CONTROL_PLANES,
    deadline: Deadline,
) -> Mapping[OwnerObject, OwnerChain]:
    """The chains above the objects that own these workloads. Raises `ClusterError`s of the workloads' cluster.

    What the credential may not read ends a chain, which says so; and so does a cluster that Argo CD runs on and that
    does not answer.
    """
    owned: dict[OwnerObject, Manifest] = {}
    for workload in workloads:
        owner = workload_owner(workload)
        if owner is not None and owner.object is not None:
            owned.setdefault(owner.object, workload)
    if not owned:
        return {}
    own = OwnControlPlane(gateway)
    argocd: ControlPlane | OwnerChain = own
    if any(each.kind == APPLICATION for each in owned):
        try:
            argocd = await control_planes.of(gateway)
        except StagecoachError as error:  # the stored kubeconfig of the hub is no longer allowed by the settings
            argocd = OwnerChain(unread=error.detail)
    chains = await gather_settled(
        [_chain(argocd if each.kind == APPLICATION else own, each, of, deadline=deadline) for each, of in owned.items()]
    )
    return dict(zip(owned, chains, strict=True))


async def _chain(
    plane: ControlPlane | OwnerChain, first: OwnerObject, owned: Manifest, *, deadline: Deadline
) -> OwnerChain:
    if isinstance(plane, OwnerChain):
        return plane
    names: list[str] = []
    read: list[Manifest] = []
    wanted: OwnerObject | None = first
    while wanted is not None and len(names) < _MOST:
        try:
            live = await plane.find(wanted, owned, deadline=deadline)
        except AccessDeniedError:
            return _of(plane, read, names, unread=_denied(plane, wanted))
        except StagecoachError as error:
            if plane.hub is None:
                raise
            return _of(plane, read, names, unread=f"Its Argo CD runs on cluster {plane.hub}: {error.detail}")
        upper = above(live) if live is not None else None
        if live is not None:
            read.append(live)
        if upper is None:
            break
        names.append(upper.name)
        wanted, owned = upper.object, live or owned
    return _of(plane, read, names)


def _of(
    plane: ControlPlane, read: Sequence[Manifest], names: Sequence[str], *, unread: str | None = None
) -> OwnerChain:
    found, upper = (*read, None, None)[:2]
    return OwnerChain(found=found, upper=upper, above=tuple(names), unread=unread, hub=plane.hub)


def _denied(plane: ControlPlane, wanted: OwnerObject) -> str:
    whose = "cluster's credential"
    if plane.hub is not None:
        whose = f"credential of cluster {plane.hub}, where Argo CD runs,"
    return f"The {whose} may not read {wanted.kind.name} {wanted.name} of {wanted.kind.group}."
