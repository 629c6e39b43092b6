"""Finds the applications of Argo CD that deliver to a cluster, there or on the cluster that Argo CD runs on.

Reads only, but for the one patch by which `services.execution` changes an application.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from db.records.argocd import ArgoCdRecord
from db.transaction import Database
from domain.cluster_api import JsonPatchOperation, Right
from domain.hand_overs import OwnerAddress
from domain.resources import Kind, Manifest
from services.kube.deadline import Deadline
from services.kube.errors import AccessDeniedError, KindNotServedError
from services.kube.gateway import ClusterGateway, Clusters
from services.planning.argocd.destinations import (
    CLUSTER_SECRETS,
    OWN_CLUSTER,
    SECRET,
    destination_of,
    is_named,
    names_in,
)
from services.planning.objects.owner_chains import is_application_of
from services.planning.objects.workload_owners import APPLICATION, OwnerObject
from services.reading.credentials import credential_of
from services.reading.hand_overs.rights import lacking_rights

_CONTROL_NAMESPACE = "argocd"


class ControlPlane(Protocol):
    """Argo CD, as one cluster has it. What it raises is of the cluster that it runs on."""

    @property
    def hub(self) -> str | None:
        """The cluster that it runs on; None where that is the cluster itself."""

    async def get(self, kind: Kind, name: str, *, namespace: str | None, deadline: Deadline) -> Manifest | None:
        """Raises `ClusterError`s."""

    async def find(self, wanted: OwnerObject, owned: Manifest, *, deadline: Deadline) -> Manifest | None:
        """What owns the object, of which its marks may not tell the namespace. Raises `ClusterError`s."""

    async def delivers_here(self, application: Manifest, *, deadline: Deadline) -> bool:
        """Whether the application's destination is the cluster. Raises `ClusterError`s."""

    async def lacking(self, owner: OwnerAddress, *, deadline: Deadline) -> frozenset[Right]:
        """The rights that a change of the application takes, and that are not held. Raises `ClusterError`s."""

    async def patch(self, owner: OwnerAddress, operations: Sequence[JsonPatchOperation], *, deadline: Deadline) -> None:
        """Change the application. Raises `ClusterError`s, as `ClusterGateway.patch_json`."""


class ControlPlanes(Protocol):
    """Argo CD of every cluster."""

    async def of(self, gateway: ClusterGateway) -> ControlPlane:
        """That of the gateway's cluster. Raises what opening the cluster that it runs on raises."""


class _OnACluster:
    """What is alike wherever Argo CD runs."""

    def __init__(self, gateway: ClusterGateway) -> None:
        self._gateway = gateway

    async def get(self, kind: Kind, name: str, *, namespace: str | None, deadline: Deadline) -> Manifest | None:
        return await self._gateway.get(kind, name, namespace=namespace, deadline=deadline)

    async def lacking(self, owner: OwnerAddress, *, deadline: Deadline) -> frozenset[Right]:
        return await self.lacking_in(owner.namespace, deadline=deadline)

    async def lacking_in(self, namespace: str, *, deadline: Deadline) -> frozenset[Right]:
        """As `lacking`, for any application of a namespace."""
        needed = Right(verb="patch", group=APPLICATION.group, resource="applications", namespace=namespace)
        return await lacking_rights(self._gateway, [needed], deadline=deadline)

    async def patch(self, owner: OwnerAddress, operations: Sequence[JsonPatchOperation], *, deadline: Deadline) -> None:
        await self._gateway.patch_json(
            APPLICATION, owner.name, operations, namespace=owner.namespace, deadline=deadline
        )


class OwnControlPlane(_OnACluster):
    """`ControlPlane` on the cluster that it delivers to. Its namespace is not known, so it is looked for in all."""

    hub: str | None = None

    async def find(self, wanted: OwnerObject, owned: Manifest, *, deadline: Deadline) -> Manifest | None:
        if wanted.namespace is not None:
            return await self.get(wanted.kind, wanted.name, namespace=wanted.namespace, deadline=deadline)
        candidates: tuple[Manifest, ...]
        try:
            listed = await self._gateway.list(
                wanted.kind, namespace=None, field_selector=f"metadata.name={wanted.name}", deadline=deadline
            )
        except KindNotServedError:
            return None
        except AccessDeniedError:
            found = await self.get(wanted.kind, wanted.name, namespace=_CONTROL_NAMESPACE, deadline=deadline)
            candidates = (found,) if found is not None else ()
        else:
            candidates = listed.items
        # A name proves little: an application of another control plane, or for another cluster, may have the same.
        return next((each for each in candidates if is_application_of(each, owned)), None)

    async def delivers_here(self, application: Manifest, *, deadline: Deadline) -> bool:
        del deadline
        return destination_of(application) in OWN_CLUSTER


class HubControlPlane(_OnACluster):
    """`ControlPlane` on another cluster, in a namespace that an administrator has named."""

    def __init__(self, gateway: ClusterGateway, said: ArgoCdRecord) -> None:
        super().__init__(gateway)
        self._said = said

    @property
    def hub(self) -> str | None:
        return self._said.hub.name

    async def find(self, wanted: OwnerObject, owned: Manifest, *, deadline: Deadline) -> Manifest | None:
        namespace = wanted.namespace or self._said.namespace
        found = await self.get(wanted.kind, wanted.name, namespace=namespace, deadline=deadline)
        if found is None or wanted.namespace is not None:
            return found
        return found if is_application_of(found, owned) else None

    async def delivers_here(self, application: Manifest, *, deadline: Deadline) -> bool:
        destination = destination_of(application)
        if not destination:
            return False
        return is_named(destination, self._known) or is_named(destination, await self._listed_names(deadline=deadline))

    async def names(self, *, deadline: Deadline) -> frozenset[str]:
        """All names and addresses by which Argo CD is known to call the cluster. Raises `ClusterError`s."""
        return self._known | await self._listed_names(deadline=deadline)

    @property
    def _known(self) -> frozenset[str]:
        """What the administrator said, and the address that Stagecoach uses."""
        return frozenset(each for each in (self._said.called, self._said.cluster.server) if each is not None)

    async def _listed_names(self, *, deadline: Deadline) -> frozenset[str]:
        """Those in Argo CD's own list of clusters; none where that may not be read. Raises other `ClusterError`s."""
        try:
            secrets = await self._gateway.list(
                SECRET, namespace=self._said.namespace, label_selector=CLUSTER_SECRETS, deadline=deadline
            )
        except AccessDeniedError:
            return frozenset()
        return names_in(secrets.items, self._known)


class OwnControlPlanes:
    """`ControlPlanes` where nothing is said of other clusters: each cluster has its own."""

    async def of(self, gateway: ClusterGateway) -> ControlPlane:
        return OwnControlPlane(gateway)


@dataclass(frozen=True, kw_only=True)
class StoredControlPlanes:
    """`ControlPlanes` as administrators have said where they run; `clusters` is the pool."""

    db: Database
    clusters: Clusters

    async def of(self, gateway: ClusterGateway) -> ControlPlane:
        async with self.db.autocommit_read() as tx:
            said = await tx.cluster_argocd.of(gateway.cluster)
        if said is None:
            return OwnControlPlane(gateway)
        return HubControlPlane(await self.clusters.gateway(credential_of(said.hub)), said)


OWN_CONTROL_PLANES = OwnControlPlanes()
