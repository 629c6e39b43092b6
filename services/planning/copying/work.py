"""Turns a copy plan into the work for one cluster, also after a crash and for a retry. Pure.

Rows keep a plan as identities, actions and fingerprints, without contents. To resume, the planner plans again from the
live objects, and an object is written only if its desired fingerprint is the stored one, and its live object is as the
stored plan read it or the request says to overwrite.
"""

from dataclasses import dataclass

from domain.cluster_api import FIELD_MANAGER
from domain.declared_kinds import NONE_DECLARED, DeclaredKinds
from domain.problems import CHANGED_MEANWHILE, Severity
from domain.resources import Manifest, ResourceId
from domain.stored.plans import LeftBehind, StoredCopy, StoredCopyPlan, StoredResource
from domain.stored.restarts import StoredRestarts
from domain.words import Action, OnConflict
from services.planning.copying.plan import ClusterCopyPlan, CopyPlan, PlannedResource
from services.planning.images.releases import release_images
from services.planning.objects.declared_images import runs_images
from services.planning.objects.identity import ObjectKey


@dataclass(frozen=True, kw_only=True)
class CopyWork:
    """The objects to write to one cluster, in the order of their waves; `force` takes fields over from other managers.

    `already_written` are objects that an earlier try wrote: only their rollouts have to be watched.
    """

    namespace: str
    namespace_object: Manifest | None
    writes: tuple[PlannedResource, ...]
    already_written: tuple[Manifest, ...] = ()
    force: bool = False


@dataclass(frozen=True, kw_only=True)
class NoWork:
    """Why nothing can be written to a cluster."""

    code: str
    detail: str
    unreachable: bool = False
    resource: ResourceId | None = None


def stored_plan(
    plan: CopyPlan, *, declared: DeclaredKinds = NONE_DECLARED, restart: bool = False, level: bool = False
) -> StoredCopyPlan:
    """The plan as rows keep it, without any content of an object. `restart`: workloads that read it are restarted.

    Objects of `declared` kinds are workloads, too. Where a cluster is brought `level`, what belongs to the app
    environment stays as it is.
    """
    own = declared.among(resource.kind for resource in _resources_of(plan))
    return StoredCopyPlan(
        source=plan.source,
        on_conflict=plan.on_conflict,
        clusters={cluster.cluster: _stored(cluster) for cluster in plan.clusters},
        leaves=LeftBehind(
            namespace=plan.namespace,
            resources=() if level else _resources_of(plan),
            images={
                cluster.cluster: release_images(_afterwards(cluster, own), declared=own) for cluster in plan.clusters
            },
        ),
        declared=own,
        restarts=_stored_restarts(plan) if restart else None,
        handed_over={each.cluster: each.handed_over for each in plan.clusters if each.handed_over is not None},
        copies=plan.copies,
    )


def _stored_restarts(plan: CopyPlan) -> StoredRestarts:
    return StoredRestarts(clusters={each.cluster: each.restarts if each.reachable else None for each in plan.clusters})


def _stored(cluster: ClusterCopyPlan) -> StoredCopy | None:
    """None for a cluster that did not answer: it is planned when it does."""
    if not cluster.reachable:
        return None
    return StoredCopy(
        namespace_action=cluster.namespace_action,
        resources=tuple(
            StoredResource(
                resource=planned.resource,
                action=planned.action,
                desired_fingerprint=planned.desired_fingerprint,
                live_fingerprint=planned.live_fingerprint,
            )
            for planned in cluster.resources
        ),
    )


def _resources_of(plan: CopyPlan) -> tuple[ResourceId, ...]:
    return tuple(dict.fromkeys(r.resource for cluster in plan.clusters for r in cluster.resources))


def _afterwards(cluster: ClusterCopyPlan, declared: DeclaredKinds) -> tuple[Manifest, ...]:
    """The workloads after the operation: as planned, or as they are where they are kept."""
    workloads = []
    for planned in cluster.resources:
        stays = planned.action in {Action.KEEP, Action.UNCHANGED}
        manifest = planned.live if stays else planned.desired
        if manifest is not None and runs_images(manifest.kind, declared):
            workloads.append(manifest)
    return tuple(workloads)


def work_of(plan: ClusterCopyPlan, *, on_conflict: OnConflict) -> CopyWork | NoWork:
    """The work of a new plan."""
    blocking = next((p for p in plan.problems if p.severity is Severity.BLOCKS), None)
    if not plan.reachable:
        return NoWork(code=plan.problems[0].code, detail=plan.problems[0].detail, unreachable=True)
    if blocking is not None:
        return NoWork(code=blocking.code, detail=blocking.detail, resource=blocking.resource)
    return _work(plan, plan_writes(plan), on_conflict)


def plan_writes(plan: ClusterCopyPlan) -> tuple[PlannedResource, ...]:
    """What the plan writes, in the order of the waves."""
    return tuple(resource for resource in plan.resources if resource.writes)


def resumed(
    stored: tuple[StoredResource, ...], fresh: ClusterCopyPlan, *, on_conflict: OnConflict
) -> CopyWork | NoWork:
    """What is left of a stored plan, by a `fresh` plan of the same request from the live objects."""
    if not fresh.reachable:
        return NoWork(code=fresh.problems[0].code, detail=fresh.problems[0].detail, unreachable=True)
    now = {_key(planned.resource): planned for planned in fresh.resources}
    writes: list[PlannedResource] = []
    already_written: list[Manifest] = []
    for before in stored:
        planned = now.get(_key(before.resource))
        if planned is None or planned.desired_fingerprint != before.desired_fingerprint:
            return _source_changed(before.resource)
        if before.action not in {Action.CREATE, Action.UPDATE}:
            continue
        if planned.action is Action.UNCHANGED:
            assert planned.live is not None, "only a live object can be unchanged"
            already_written.append(planned.live)
        elif _may_write(before, planned, on_conflict):
            writes.append(planned)
        else:
            detail = (
                f"Another writer changed {before.resource.label} after the plan was made: it is neither as the plan "
                "read it nor as desired. Make a new plan."
            )
            return NoWork(code=CHANGED_MEANWHILE, detail=detail, resource=before.resource)
    return _work(fresh, tuple(writes), on_conflict, tuple(already_written))


def caught_up(others: tuple[StoredResource, ...], fresh: CopyPlan, *, on_conflict: OnConflict) -> CopyWork | NoWork:
    """The work on a cluster that did not answer when the plan was made; `others` are the resources planned elsewhere.

    All clusters get the same objects, so an object that is desired differently by now is not written. `fresh` is a plan
    for this cluster alone; a problem of the whole request stops it, too.
    """
    (cluster,) = fresh.clusters
    if cluster.reachable:
        now = {planned.resource: planned for planned in cluster.resources}
        known = {_key(resource) for resource in now}
        for before in others:
            planned = now.get(before.resource)  # in another version of its kind its fingerprint differs
            if _key(before.resource) not in known or (
                planned is not None and planned.desired_fingerprint != before.desired_fingerprint
            ):
                return _source_changed(before.resource)
        blocking = next((p for p in fresh.problems if p.severity is Severity.BLOCKS), None)
        if blocking is not None:
            return NoWork(code=blocking.code, detail=blocking.detail, resource=blocking.resource)
    return work_of(cluster, on_conflict=on_conflict)


def _source_changed(resource: ResourceId) -> NoWork:
    detail = (
        f"{resource.label} would be written differently than planned: its source, or a value that was typed in, has "
        "changed. Make a new plan."
    )
    return NoWork(code="source-changed", detail=detail, resource=resource)


def _work(
    plan: ClusterCopyPlan,
    writes: tuple[PlannedResource, ...],
    on_conflict: OnConflict,
    already_written: tuple[Manifest, ...] = (),
) -> CopyWork:
    return CopyWork(
        namespace=plan.namespace,
        namespace_object=plan.namespace_object,
        writes=writes,
        already_written=already_written,
        force=on_conflict is OnConflict.OVERWRITE,
    )


def _key(resource: ResourceId) -> ObjectKey:
    return ObjectKey(group=resource.kind.group, kind=resource.kind.name, name=resource.name)


def _may_write(before: StoredResource, planned: PlannedResource, on_conflict: OnConflict) -> bool:
    as_read = planned.live_fingerprint == before.live_fingerprint
    return as_read or on_conflict is OnConflict.OVERWRITE or (planned.live is not None and _only_ours(planned.live))


def _only_ours(live: Manifest) -> bool:
    """Whether only our applies and the status updates of controllers wrote the object: an earlier try created it.

    An import does not revert what a promotion patched (our manager, but an `Update`), unless the request overwrites.
    """
    entries = [e for e in live.metadata.get("managedFields") or () if e.get("subresource") != "status"]
    ours = (FIELD_MANAGER, "Apply")
    return bool(entries) and all((entry.get("manager"), entry.get("operation")) == ours for entry in entries)
