"""Writes the planned objects of a copy to one cluster, in their order; `copy_dry_run` tries them before.

It converges: applying what is live already changes nothing, and a caller that runs it again has planned again. Within
a wave up to eight writes run concurrently; after the first failure no further one starts.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime
from itertools import groupby

from domain.cluster_api import FIELD_MANAGER
from domain.declared_kinds import NONE_DECLARED, Declaration, DeclaredKinds
from domain.resources import Manifest
from domain.stored.rollouts import ExpectedRollout
from domain.words import Action, EventType, Outcome
from services.execution.changed_meanwhile import ChangedMeanwhileError
from services.execution.progress import Cancelled, ClusterResult, Progress
from services.kube.deadline import Deadline
from services.kube.errors import (
    AlreadyExistsError,
    ClusterError,
    ClusterUnreachableError,
    FieldConflictError,
    PatchTestFailedError,
    WriteConflictError,
)
from services.kube.gateway import ClusterGateway
from services.planning.copying.plan import PlannedResource, WriteMethod
from services.planning.copying.work import CopyWork
from services.planning.objects.built_in import is_built_in
from services.planning.objects.declared_images import containers_of
from services.planning.objects.diff import diff
from services.planning.objects.field_ownership import field_owners
from services.planning.objects.ownership_upgrade import ownership_upgrade
from services.planning.objects.workloads import is_workload
from services.planning.plan import ChangeKind

CONCURRENCY = 8
_TRIES = 3  # of a replace whose object changes under it

_ROLL_OUT = frozenset(
    {
        ("apps", "Deployment"),
        ("apps", "StatefulSet"),
        ("apps", "DaemonSet"),
        ("apps", "ReplicaSet"),
        ("batch", "Job"),
        ("", "ReplicationController"),
        ("", "Pod"),
    }
)


OnWritten = Callable[[Manifest], Awaitable[None]]
"""Called with each object as it is after it was written, while others are still being written."""


async def never() -> bool:
    """For callers whose execution cannot be cancelled."""
    return False


async def unheard(_: Manifest) -> None:
    """For callers who record nothing of what was written."""


async def copy_to_cluster(
    work: CopyWork,
    gateway: ClusterGateway,
    log: Progress,
    *,
    declared: DeclaredKinds = NONE_DECLARED,
    deadline: Deadline,
    cancelled: Cancelled = never,
    on_written: OnWritten = unheard,
) -> ClusterResult:
    """Write everything; the result has an outcome, or the rollouts that have to be watched.

    Objects of `declared` kinds are watched like workloads. `cancelled` is read between waves; `on_written` is called
    with what an earlier try wrote, too. Errors of the cluster become the result.
    """
    written: list[Manifest] = []
    try:
        for each in work.already_written:
            await on_written(each)
        if work.namespace_object is not None:
            await _create_namespace(work.namespace_object, gateway, deadline)
            await log.report(EventType.RESOURCE_APPLIED, resource=work.namespace_object.id, action=Action.CREATE.value)
        for _, wave in groupby(work.writes, key=lambda resource: resource.wave):
            if await cancelled():
                return _cancelled(work, written)
            written += await _write_wave(tuple(wave), work, gateway, log, on_written=on_written, deadline=deadline)
    except ClusterUnreachableError as error:
        return _result(Outcome.UNREACHABLE, error)
    except ClusterError as error:
        return _result(Outcome.FAILED, error)
    return _ended(work, written, declared)


def _result(outcome: Outcome, error: ClusterError) -> ClusterResult:
    return ClusterResult(outcome=outcome, code=error.code, detail=error.detail, resource=error.resource)


def _cancelled(work: CopyWork, written: list[Manifest]) -> ClusterResult:
    """Skipped where nothing was changed; else failed, with what was changed and stays."""
    if not written and not work.already_written and work.namespace_object is None:
        return ClusterResult(outcome=Outcome.SKIPPED, code="cancelled", detail="Cancelled before anything was changed.")
    applied = len(written) + len(work.already_written)
    return ClusterResult(
        outcome=Outcome.FAILED,
        code="cancelled",
        detail=f"Cancelled after {applied} of {applied + len(work.writes) - len(written)} objects; they stay.",
    )


def _ended(work: CopyWork, written: list[Manifest], declared: DeclaredKinds) -> ClusterResult:
    applied = [*((m, True) for m in written), *((m, False) for m in work.already_written)]
    expected = tuple(_expected(m, declared.of(m.kind), new=new) for m, new in applied if rolls_out(m, declared))
    if expected:
        return ClusterResult(outcome=None, expected=expected)
    changed = bool(written) or work.namespace_object is not None or bool(work.already_written)
    return ClusterResult(outcome=Outcome.SUCCEEDED if changed else Outcome.UNCHANGED)


def rolls_out(manifest: Manifest, declared: DeclaredKinds) -> bool:
    """Whether to wait for it: not where pods start later (a CronJob), or not at all (a paused Deployment)."""
    if declared.of(manifest.kind) is not None:
        return True
    custom = is_workload(manifest.kind) and not is_built_in(manifest.kind)
    return (custom or manifest.id.group_kind in _ROLL_OUT) and not manifest.spec.get("paused")


def _expected(manifest: Manifest, declaration: Declaration | None, *, new: bool) -> ExpectedRollout:
    return ExpectedRollout(
        resource=manifest.id,
        uid=manifest.uid or "",
        generation=manifest.generation if new else None,
        images={container.name: container.image for container in containers_of(manifest, declaration)},
        since=datetime.now(UTC),
        declared=declaration,
    )


async def _create_namespace(namespace: Manifest, gateway: ClusterGateway, deadline: Deadline) -> None:
    with suppress(AlreadyExistsError):  # another writer, or an earlier try of ours, created it
        await gateway.create(namespace, namespace=None, deadline=deadline)


async def _write_wave(
    wave: tuple[PlannedResource, ...],
    work: CopyWork,
    gateway: ClusterGateway,
    log: Progress,
    *,
    on_written: OnWritten,
    deadline: Deadline,
) -> list[Manifest]:
    """Write objects that do not depend on each other. Raises the first error, after the running writes have ended."""
    waiting, written, errors = iter(wave), list[Manifest](), list[ClusterError]()

    async def write_next() -> None:
        for resource in waiting:
            if errors:
                return
            try:
                answer = await _write(resource, work, gateway, deadline)
            except ClusterError as error:
                errors.append(error)
                return
            written.append(answer)
            await on_written(answer)
            await log.report(EventType.RESOURCE_APPLIED, resource=resource.resource, action=resource.action.value)

    await asyncio.gather(*(write_next() for _ in range(min(CONCURRENCY, len(wave)))))
    if errors:
        raise errors[0]
    return written


async def _write(resource: PlannedResource, work: CopyWork, gateway: ClusterGateway, deadline: Deadline) -> Manifest:
    desired = resource.desired
    assert desired is not None, "what is written has been planned"
    match resource.method:
        case WriteMethod.APPLY:
            if any(change.kind is ChangeKind.REMOVED for change in resource.changes):
                await _own_as_applied(resource, work, gateway, deadline)
            try:
                return await gateway.apply(desired, namespace=work.namespace, force=work.force, deadline=deadline)
            except FieldConflictError:
                return await _live_if_as_desired(resource, desired, work, gateway, deadline)
        case WriteMethod.REPLACE:
            return await _replace(resource, desired, work, gateway, deadline)


async def _own_as_applied(
    resource: PlannedResource, work: CopyWork, gateway: ClusterGateway, deadline: Deadline
) -> None:
    """Make what we once created, replaced or patched count as applied: an apply removes nothing else.

    Does nothing where it was done before. Raises `ChangedMeanwhileError` where other writers are always faster.
    """
    kind, name = resource.resource.kind, resource.resource.name
    for _ in range(_TRIES):
        live = await gateway.get(kind, name, namespace=work.namespace, deadline=deadline)
        patch = ownership_upgrade(live) if live is not None else ()
        if not patch:
            return
        try:
            await gateway.patch_json(kind, name, patch, namespace=work.namespace, deadline=deadline)
        except (PatchTestFailedError, WriteConflictError):
            continue
        return
    raise _changed_meanwhile(resource, gateway.cluster)


async def _live_if_as_desired(
    resource: PlannedResource, desired: Manifest, work: CopyWork, gateway: ClusterGateway, deadline: Deadline
) -> Manifest:
    """Another manager owns fields by now: the live object if it is as desired. Raises `ChangedMeanwhileError` else."""
    live = await gateway.get(desired.kind, desired.name, namespace=work.namespace, deadline=deadline)
    if live is not None and not diff(live, desired):
        return live
    raise _changed_meanwhile(resource, gateway.cluster)


def _changed_meanwhile(resource: PlannedResource, cluster: str) -> ChangedMeanwhileError:
    detail = f"Another writer changed {resource.resource.label} on cluster {cluster} after the plan was made."
    return ChangedMeanwhileError(detail, resource=resource.resource, cluster=cluster)


async def _replace(
    resource: PlannedResource, desired: Manifest, work: CopyWork, gateway: ClusterGateway, deadline: Deadline
) -> Manifest:
    """Create, or replace the version that was just read: for what apply cannot express (repeated list keys)."""
    for _ in range(_TRIES):
        live = await gateway.get(desired.kind, desired.name, namespace=work.namespace, deadline=deadline)
        try:
            if live is None:
                return await gateway.create(desired, namespace=work.namespace, deadline=deadline)
            if not diff(live, desired):
                return live
            if resource.live is None and not work.force:
                break
            return await gateway.replace(at_version(desired, live), namespace=work.namespace, deadline=deadline)
        except (AlreadyExistsError, WriteConflictError):
            continue
    raise _changed_meanwhile(resource, gateway.cluster)


def at_version(desired: Manifest, live: Manifest) -> Manifest:
    """`desired` as a replacement of `live`, with the labels, annotations, owners and finalizers of other writers.

    An apply would leave these alone. A cloud load balancer, for one, leaks once its Service's finalizer is gone.
    """
    body = desired.edited()
    metadata = body["metadata"]
    metadata["resourceVersion"] = live.resource_version
    ours = set(field_owners(live).only_of(FIELD_MANAGER))
    for field in ("labels", "annotations"):
        theirs = {
            name: text
            for name, text in (live.metadata.get(field) or {}).items()
            if ("f:metadata", f"f:{field}", f"f:{name}") not in ours
        }
        if names := {**theirs, **(metadata.get(field) or {})}:
            metadata[field] = names
    for field in ("ownerReferences", "finalizers"):
        if kept := live.metadata.get(field):
            metadata[field] = kept
    return Manifest(body)
