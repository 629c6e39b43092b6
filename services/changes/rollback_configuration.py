"""The configuration of a rollback: what of a release's ConfigMaps and Secrets is put back, cluster by cluster."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from db.records.inventory import AppEnvironmentRecord
from db.transaction import Database
from domain.configuration import CONFIGURATION
from domain.held_configuration import HeldConfiguration
from domain.problems import Problem, Remedy, Severity
from domain.resources import Manifest, ResourceId
from domain.stored.plans import StoredImagePlan
from domain.stored.requests import RollbackRequest
from domain.stored.restores import StoredRestore
from domain.stored.spec import OperationSpec
from domain.words import Action
from services.changes.image_operations import stored_restarts
from services.errors import InvalidRequestError
from services.kube.deadline import Deadline
from services.kube.gateway import Clusters
from services.planning.images.promotion_plan import PromotionPlan
from services.planning.images.running import ClusterFacts
from services.planning.objects.field_prints import FieldPrints
from services.planning.releases.restarting import RESTARTABLE, consumers_of
from services.planning.releases.restoring import ClusterRestore, LiveConfiguration, plan_restore
from services.reading.held_configuration import read_live_everywhere


@dataclass(frozen=True, kw_only=True)
class RollbackConfiguration:
    """Adds to plans what is put back; reads clusters and the release."""

    db: Database
    clusters: Clusters
    prints: FieldPrints

    async def added_to(
        self,
        plan: PromotionPlan,
        target: AppEnvironmentRecord,
        request: RollbackRequest,
        facts: Sequence[ClusterFacts],
        *,
        deadline: Deadline,
    ) -> PromotionPlan:
        """The plan with the configuration that the request asks for; `facts` are those it was made from.

        Raises `InvalidRequestError`.
        """
        if not request.with_configuration:
            return plan
        if request.release is None:
            raise InvalidRequestError(
                "Configuration is put back from a release: name one. An operation is taken back by its images alone.",
                field="release",
            )
        assert target.id is not None, "what is configured has a row"
        async with self.db.read() as tx:
            held = await tx.releases.held.of(target.id, request.release, values=True)
        own = {each for each in target.resources if each.kind in CONFIGURATION}
        wanted = {
            one.cluster: own | {each.resource for each in held.get(one.cluster, HeldConfiguration()).objects}
            for one in plan.clusters
        }
        live = await read_live_everywhere(self.clusters, target, wanted, deadline=deadline)
        workloads = {each.cluster: each.manifests for each in facts}
        return with_restores(plan, request, held, live, self.prints, place=target.id, workloads=workloads)


def with_restores(
    plan: PromotionPlan,
    request: RollbackRequest,
    held: Mapping[str, HeldConfiguration],
    live: Mapping[str, LiveConfiguration],
    prints: FieldPrints,
    *,
    place: str,
    workloads: Mapping[str, Sequence[Manifest]],
) -> PromotionPlan:
    """The plan with what is put back on each cluster; a problem of it is the cluster's. `workloads` are by cluster."""
    assert request.release is not None, "configuration is put back from a release"
    clusters = []
    for one in plan.clusters:
        restore = (
            plan_restore(
                live[one.cluster],
                request.release,
                held.get(one.cluster),
                prints,
                place=place,
                chosen=request.objects,
            )
            if one.read
            else ClusterRestore(read=False)
        )
        written = [each.resource for each in restore.objects if each.writes]
        new = {change.workload for change in one.changes if change.action is Action.UPDATE}
        stale = [each for each in consumers_of(written, workloads.get(one.cluster, ())) if each not in new]
        stale = [each for each in stale if each.group_kind in RESTARTABLE]
        told = () if request.restart else tuple(_not_restarted(one.cluster, each) for each in stale)
        clusters.append(
            replace(
                one,
                restore=restore,
                restarts=tuple(stale) if request.restart else (),
                problems=(*one.problems, *restore.problems, *told),
            )
        )
    return replace(plan, clusters=tuple(clusters))


def with_restore(
    spec: OperationSpec, plan: PromotionPlan, request: RollbackRequest, target: AppEnvironmentRecord
) -> OperationSpec:
    """The operation's spec with what is put back; what is created again belongs to the app environment again."""
    if not request.with_configuration:
        return spec
    assert request.release is not None, "configuration is put back from a release"
    assert isinstance(spec.plan, StoredImagePlan), "a rollback changes images"
    restore = StoredRestore(
        release=request.release,
        chosen=request.objects,
        clusters={
            one.cluster: tuple(each.to_stored() for each in one.restore.objects) if one.restore.read else None
            for one in plan.clusters
            if one.restore is not None
        },
    )
    back = {each.resource for objects in restore.clusters.values() for each in objects or ()} - {*target.resources}
    resources: tuple[ResourceId, ...] | None = (*target.resources, *sorted(back)) if back else None
    leaves = replace(spec.plan.leaves, resources=resources)
    restarts = stored_restarts(plan) if request.restart else None
    return replace(spec, plan=replace(spec.plan, restore=restore, restarts=restarts, leaves=leaves))


def _not_restarted(cluster: str, workload: ResourceId) -> Problem:
    return Problem(
        code="reads-former-configuration",
        severity=Severity.TELLS,
        detail=f"{workload.label} reads what is put back and gets no other image: its pods go on with what they have "
        "read until they are restarted.",
        cluster=cluster,
        resource=workload,
        remedy=Remedy(code="restart", title="Restart them", request={"restart": True}),
    )
