"""Where the Argo CD of a cluster runs, if not on the cluster itself: said by administrators, and checked on request."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from db.records.argocd import ArgoCdRecord
from db.transaction import Database, Transaction
from domain.audit import AuditEntry
from domain.grants import AdminGrant
from services.errors import InvalidRequestError, NotFoundError, StagecoachError
from services.inventory.cluster_views import existing_cluster
from services.kube.deadline import Deadline
from services.kube.gateway import Clusters
from services.limits import Limits
from services.planning.argocd.destinations import OWN_CLUSTER, destination_of, is_named
from services.planning.objects.workload_owners import APPLICATION
from services.reading.audit_entries import cluster_target
from services.reading.control_planes import HubControlPlane
from services.reading.credentials import credential_of

_MOST_DESTINATIONS = 20


@dataclass(frozen=True, kw_only=True)
class ArgoCdOnCluster:
    """It runs on another connected cluster, in a namespace, and knows this one by what it is `called` there."""

    cluster: str
    namespace: str
    called: str | None


@dataclass(frozen=True, kw_only=True)
class ArgoCdPlace:
    """Where the Argo CD of a cluster runs; `place` is None where nothing is said: then it is on the cluster itself."""

    cluster: str
    place: ArgoCdOnCluster | None


@dataclass(frozen=True, kw_only=True)
class ArgoCdCheck:
    """What was found where Argo CD is said to run.

    `delivering` applications deliver to the cluster; of the others, `destinations` are by what names these call theirs.
    `code` names the problem, None if there is none; `detail` is about it.
    """

    cluster: str
    delivering: int = 0
    destinations: tuple[str, ...] = ()
    missing_rights: tuple[str, ...] = ()
    code: str | None = None
    detail: str | None = None


class ArgoCdPlaces:
    """Says where the Argo CD of clusters runs; `clusters` is the pool."""

    def __init__(self, db: Database, clusters: Clusters, limits: Limits) -> None:
        self._db = db
        self._clusters = clusters
        self._limits = limits

    async def get(self, _: AdminGrant, cluster: str) -> ArgoCdPlace:
        """Raises `NotFoundError`."""
        async with self._db.read() as tx:
            record = existing_cluster(await tx.clusters.find(cluster), cluster)
            return _place(record.name, await tx.cluster_argocd.of(cluster))

    async def put(self, grant: AdminGrant, cluster: str, new: ArgoCdOnCluster) -> ArgoCdPlace:
        """Raises `NotFoundError`, and `InvalidRequestError` for a cluster that Argo CD cannot be said to run on."""
        async with self._db.begin() as tx:
            record = existing_cluster(await tx.clusters.find(cluster), cluster)
            hub = await tx.clusters.find(new.cluster)
            if hub is None:
                raise InvalidRequestError(f"There is no cluster named '{new.cluster}'.", field="cluster")
            if hub.id == record.id:
                raise InvalidRequestError(
                    f"An Argo CD on {record.name} itself is found without being told. Name another cluster, or take "
                    "away what is said now.",
                    field="cluster",
                )
            former = await tx.cluster_argocd.of(cluster)
            await tx.cluster_argocd.put(
                record.id, hub_id=hub.id, namespace=new.namespace, called=(new.called or "").strip() or None
            )
            said = await tx.cluster_argocd.of(cluster)
            await _audit(tx, grant, former, said)
        return _place(record.name, said)

    async def remove(self, grant: AdminGrant, cluster: str) -> None:
        """From now on its Argo CD is looked for on the cluster itself. Raises `NotFoundError`."""
        async with self._db.begin() as tx:
            former = await tx.cluster_argocd.of(cluster)
            if former is None:
                existing_cluster(await tx.clusters.find(cluster), cluster)
                raise NotFoundError("place of Argo CD for cluster", cluster)
            await tx.cluster_argocd.delete(former.cluster.id)
            await _audit(tx, grant, former, None)

    async def check(self, _: AdminGrant, cluster: str) -> ArgoCdCheck:
        """Look there now. That it does not answer, or may not be read, is a result. Raises `NotFoundError`."""
        async with self._db.read() as tx:
            said = await tx.cluster_argocd.of(cluster)
            if said is None:
                existing_cluster(await tx.clusters.find(cluster), cluster)
                raise NotFoundError("place of Argo CD for cluster", cluster)
        asked = ArgoCdCheck(cluster=said.cluster.name)
        try:
            return await self._found(said, asked, deadline=Deadline.after(self._limits.overview))
        except StagecoachError as error:
            return replace(asked, code=error.code, detail=error.detail)

    async def _found(self, said: ArgoCdRecord, asked: ArgoCdCheck, *, deadline: Deadline) -> ArgoCdCheck:
        gateway = await self._clusters.gateway(credential_of(said.hub))
        plane = HubControlPlane(gateway, said)
        listed = await gateway.list(APPLICATION, namespace=said.namespace, deadline=deadline)
        names = await plane.names(deadline=deadline)
        named = [destination for each in listed.items if (destination := destination_of(each))]
        missing = await plane.lacking_in(said.namespace, deadline=deadline)
        found = replace(
            asked,
            delivering=sum(is_named(each, names) for each in named),
            destinations=tuple(sorted(_others(named, names)))[:_MOST_DESTINATIONS],
            missing_rights=tuple(sorted(f"{each.verb} {each.resource}.{each.group}" for each in missing)),
        )
        if missing:
            return replace(
                found,
                code="owner-rights-missing",
                detail=f"The credential of cluster {said.hub.name} may not {', '.join(found.missing_rights)}. Grant it "
                "(deploy/rbac.yaml shows how).",
            )
        if not found.delivering:
            return replace(found, code="argocd-cluster-not-named", detail=_unnamed(said, found))
        return found


def _others(destinations: Iterable[str], names: frozenset[str]) -> set[str]:
    """Those of other clusters than this one and that of Argo CD."""
    return {each for each in destinations if each not in OWN_CLUSTER and not is_named(each, names)}


def _unnamed(said: ArgoCdRecord, found: ArgoCdCheck) -> str:
    where = f"namespace {said.namespace} of cluster {said.hub.name}"
    if not found.destinations:
        return f"In {where} there is no application that delivers to another cluster."
    return (
        f"No application in {where} delivers to cluster {said.cluster.name} by a name that is known here. If one of "
        f"these is it, say so ('called'): {', '.join(found.destinations)}."
    )


def _place(cluster: str, said: ArgoCdRecord | None) -> ArgoCdPlace:
    if said is None:
        return ArgoCdPlace(cluster=cluster, place=None)
    place = ArgoCdOnCluster(cluster=said.hub.name, namespace=said.namespace, called=said.called)
    return ArgoCdPlace(cluster=cluster, place=place)


async def _audit(tx: Transaction, grant: AdminGrant, former: ArgoCdRecord | None, said: ArgoCdRecord | None) -> None:
    target = next(each.cluster for each in (said, former) if each is not None)
    await tx.audit.add(
        AuditEntry.by(
            grant.caller, "cluster.argocd-set", cluster_target(target), before=_shown(former), after=_shown(said)
        )
    )


def _shown(said: ArgoCdRecord | None) -> dict[str, str | None] | None:
    if said is None:
        return None
    return {"cluster": said.hub.name, "namespace": said.namespace, "called": said.called}
