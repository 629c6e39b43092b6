"""Give back the images that earlier versions took from a workload's manager, so that its next apply works again.

Earlier versions patched every image in the name of Stagecoach. Where a manager applies the object, its next apply then
fails with a conflict. The repair removes our entry from the object's field ownership, and changes nothing else.
"""

from dataclasses import dataclass
from functools import partial

from db.records.inventory import AppEnvironmentRecord, ClusterRecord
from db.transaction import Database
from domain.cluster_api import ClusterFailure
from domain.grants import Actor, MaintainGrant, ViewGrant
from domain.resources import ResourceId
from services.changes.image_operations import require_idle
from services.concurrency import gather_settled
from services.errors import StagecoachError
from services.execution.gated_gateway import GatedGateway
from services.execution.giving_back import give_back_images
from services.kube.deadline import Deadline
from services.kube.gateway import Clusters
from services.limits import Limits
from services.people.gates import require_unstopped
from services.planning.health.values import HealthPolicy
from services.planning.images.owned_workloads import ClusterOwners, owners_on
from services.reading.app_environments import app_environment, require_configured
from services.reading.audit_entries import of_app_environment
from services.reading.control_planes import OWN_CONTROL_PLANES, ControlPlanes
from services.reading.credentials import credential_of
from services.reading.image_facts import ImageFactsReader
from services.reading.permissions import Permissions
from services.reading.running_images import Depth


@dataclass(frozen=True, kw_only=True)
class RepairedWorkload:
    """A workload whose fields were given back, or (`failure`) why they could not be."""

    workload: ResourceId
    failure: ClusterFailure | None


@dataclass(frozen=True, kw_only=True)
class RepairedCluster:
    """What was done on one cluster, or why it could not be read."""

    cluster: str
    failure: ClusterFailure | None
    workloads: tuple[RepairedWorkload, ...]


class RepairingOwnership:
    """Finds out who owns workloads, and gives back what earlier versions took."""

    def __init__(
        self,
        db: Database,
        clusters: Clusters,
        limits: Limits,
        *,
        control_planes: ControlPlanes = OWN_CONTROL_PLANES,
    ) -> None:
        """`control_planes` tell where applications of Argo CD are."""
        self._db = db
        self._permissions = Permissions(db)
        self._clusters = clusters
        self._facts = ImageFactsReader(
            clusters=clusters, policy=HealthPolicy(timeout_cap=limits.watch_cap), control_planes=control_planes
        )
        self._limits = limits

    async def owners(self, application: str, environment: str, *, actor: Actor) -> tuple[ClusterOwners, ...]:
        """Cluster by cluster. Raises `NotFoundError`, `NotConfiguredError`."""
        target = await self._target(actor, ViewGrant, application, environment)
        return await self._owners(target, Deadline.after(self._limits.plan))

    async def repair(self, application: str, environment: str, *, actor: Actor) -> tuple[RepairedCluster, ...]:
        """Give back what was taken, on every cluster; what is in order is left alone.

        Raises what `owners` raises, and `OperationUnderwayError`.
        """
        deadline = Deadline.after(self._limits.plan)
        target = await self._target(actor, MaintainGrant, application, environment)
        require_idle(target)
        found = await self._owners(target, deadline.part(0.5))
        clusters = {cluster.name: cluster for cluster in target.environment.clusters}
        taken = {each.cluster: [str(one.workload) for one in each.workloads if one.taken] for each in found}
        async with self._db.begin() as tx:  # before: should this process die, what it was about to write is known
            await tx.audit.add(of_app_environment(actor.caller, "fields.giving-back", target, after=taken))
        repaired = tuple(
            await gather_settled([self._repair(target, clusters[each.cluster], each, deadline) for each in found])
        )
        async with self._db.begin() as tx:  # afterwards: what was given back on each cluster is known only now
            await tx.audit.add(
                of_app_environment(actor.caller, "fields.given-back", target, after=_given_back(repaired))
            )
        return repaired

    async def _repair(
        self, target: AppEnvironmentRecord, cluster: ClusterRecord, found: ClusterOwners, deadline: Deadline
    ) -> RepairedCluster:
        taken = [each.workload for each in found.workloads if each.taken]
        if not taken:
            return RepairedCluster(cluster=found.cluster, failure=found.failure, workloads=())
        namespace = target.namespace or ""
        unstopped = partial(require_unstopped, self._db, environment_id=target.environment.id, cluster_id=cluster.id)
        gateway = GatedGateway(await self._clusters.gateway(credential_of(cluster)), unstopped)

        async def give_back(workload: ResourceId) -> RepairedWorkload:
            try:
                await give_back_images(workload, gateway, namespace=namespace, deadline=deadline)
            except StagecoachError as error:  # of one workload; the others are given back all the same
                failure = ClusterFailure(code=error.code, detail=error.detail)
                return RepairedWorkload(workload=workload, failure=failure)
            return RepairedWorkload(workload=workload, failure=None)

        return RepairedCluster(
            cluster=found.cluster, failure=None, workloads=tuple(await gather_settled(list(map(give_back, taken))))
        )

    async def _owners(self, target: AppEnvironmentRecord, deadline: Deadline) -> tuple[ClusterOwners, ...]:
        facts = await self._facts.read(target, deadline=deadline, depth=Depth.TEMPLATES)
        return tuple(owners_on(each, target.deliveries) for each in facts)

    async def _target(
        self, actor: Actor, kind: type[ViewGrant], application: str, environment: str
    ) -> AppEnvironmentRecord:
        grant = await self._permissions.app_environment(actor, kind, application, environment)
        async with self._db.read() as tx:
            target = await app_environment(tx, grant)
        require_configured(target)
        return target


def _given_back(repaired: tuple[RepairedCluster, ...]) -> dict[str, list[str]]:
    """The workloads whose fields were given back, by cluster."""
    return {each.cluster: [str(one.workload) for one in each.workloads if one.failure is None] for each in repaired}
