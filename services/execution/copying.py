"""Write the planned objects of a copy to one cluster, in their order; and try it without writing.

It converges: an apply of what is there already changes nothing, and who runs it again has planned again from what is
there. Within a wave up to eight writes are under way; the first failure ends the copy after those that are.
"""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from itertools import groupby

from domain.problems import Problem, Severity
from domain.resources import Manifest
from domain.stored.rollouts import ExpectedRollout
from domain.words import Action, EventType, Outcome
from services.execution.changed_meanwhile import ChangedMeanwhileError
from services.execution.progress import Cancelled, ClusterResult, Progress
from services.kube.deadline import Deadline
from services.kube.errors import (
    AdmissionDeniedError,
    AlreadyExistsError,
    ClusterError,
    ClusterUnreachableError,
    FieldConflictError,
    NamespaceMissingError,
    WriteConflictError,
)
from services.kube.gateway import ClusterGateway
from services.planning.copying.plan import ClusterCopyPlan, DryRun, DryRuns, PlannedResource, WriteMethod
from services.planning.copying.work import CopyWork, plan_writes
from services.planning.objects.diff import diff
from services.planning.objects.workloads import containers

CONCURRENCY = 8
_TRIES = 3  # of a replace whose object changes under it

_ROLL_OUT = frozenset({"Deployment", "StatefulSet", "DaemonSet"})


async def never() -> bool:
    """Nobody cancels."""
    return False


async def copy_to_cluster(
    work: CopyWork, gateway: ClusterGateway, log: Progress, *, deadline: Deadline, cancelled: Cancelled = never
) -> ClusterResult:
    """Write everything; then the outcome, or the rollouts that are to be watched.

    `cancelled` is looked at between waves. Errors of the cluster become the result.
    """
    written: list[Manifest] = []
    try:
        if work.namespace_object is not None:
            await _create_namespace(work.namespace_object, gateway, deadline)
            await log.say(EventType.RESOURCE_APPLIED, resource=work.namespace_object.id, action=Action.CREATE.value)
        for _, wave in groupby(work.writes, key=lambda resource: resource.wave):
            if await cancelled():
                return _cancelled(work, written)
            written += await _write_wave(tuple(wave), work, gateway, log, deadline)
    except ClusterUnreachableError as error:
        return _result(Outcome.UNREACHABLE, error)
    except ClusterError as error:
        return _result(Outcome.FAILED, error)
    return _ended(work, written)


def _result(outcome: Outcome, error: ClusterError) -> ClusterResult:
    resource = str(error.resource) if error.resource is not None else None
    return ClusterResult(outcome=outcome, code=error.code, detail=error.detail, resource=resource)


def _cancelled(work: CopyWork, written: list[Manifest]) -> ClusterResult:
    """Skipped only where nothing was changed; else it has to be said that what was changed stays."""
    if not written and not work.already_written and work.namespace_object is None:
        return ClusterResult(outcome=Outcome.SKIPPED, code="cancelled", detail="Cancelled before anything was changed.")
    there = len(written) + len(work.already_written)
    return ClusterResult(
        outcome=Outcome.FAILED,
        code="cancelled",
        detail=f"Cancelled after {there} of {there + len(work.writes) - len(written)} objects; what is there stays.",
    )


def _ended(work: CopyWork, written: list[Manifest]) -> ClusterResult:
    expected = tuple(_expected(m, new=True) for m in written if _rolls_out(m))
    expected += tuple(_expected(m, new=False) for m in work.already_written if _rolls_out(m))
    if expected:
        return ClusterResult(outcome=None, expected=expected)
    did_something = bool(written) or work.namespace_object is not None or bool(work.already_written)
    return ClusterResult(outcome=Outcome.SUCCEEDED if did_something else Outcome.UNCHANGED)


def _rolls_out(manifest: Manifest) -> bool:
    """Whether pods are to be waited for: not where they start later, or not at all (a paused Deployment)."""
    return manifest.kind.name in _ROLL_OUT and manifest.kind.group == "apps" and not manifest.spec.get("paused")


def _expected(manifest: Manifest, *, new: bool) -> ExpectedRollout:
    return ExpectedRollout(
        resource=manifest.id,
        uid=manifest.uid or "",
        generation=manifest.generation if new else None,
        images={container.name: container.image for container in containers(manifest)},
        since=datetime.now(UTC),
    )


async def _create_namespace(namespace: Manifest, gateway: ClusterGateway, deadline: Deadline) -> None:
    with suppress(AlreadyExistsError):  # somebody, or an earlier try of ours, was quicker
        await gateway.create(namespace, namespace=None, deadline=deadline)


async def _write_wave(
    wave: tuple[PlannedResource, ...], work: CopyWork, gateway: ClusterGateway, log: Progress, deadline: Deadline
) -> list[Manifest]:
    """Write objects that do not need each other. Raises the first error, after what was under way has ended."""
    waiting, written, errors = iter(wave), list[Manifest](), list[ClusterError]()

    async def write_on() -> None:
        for resource in waiting:
            if errors:
                return
            try:
                answer = await _write(resource, work, gateway, deadline)
            except ClusterError as error:
                errors.append(error)
                return
            written.append(answer)
            await log.say(EventType.RESOURCE_APPLIED, resource=resource.resource, action=resource.action.value)

    await asyncio.gather(*(write_on() for _ in range(min(CONCURRENCY, len(wave)))))
    if errors:
        raise errors[0]
    return written


async def _write(resource: PlannedResource, work: CopyWork, gateway: ClusterGateway, deadline: Deadline) -> Manifest:
    desired = resource.desired
    assert desired is not None, "what is written has been planned"
    match resource.method:
        case WriteMethod.APPLY:
            try:
                return await gateway.apply(desired, namespace=work.namespace, force=work.force, deadline=deadline)
            except FieldConflictError:
                return await _as_wanted_or_changed(resource, desired, work, gateway, deadline)
        case WriteMethod.REPLACE:
            return await _replace(resource, desired, work, gateway, deadline)


async def _as_wanted_or_changed(
    resource: PlannedResource, desired: Manifest, work: CopyWork, gateway: ClusterGateway, deadline: Deadline
) -> Manifest:
    """Somebody owns fields since the plan was made: no harm where the object is as wanted all the same."""
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
    """Create, or replace at the version that was just read: what apply cannot express (repeated list keys)."""
    for _ in range(_TRIES):
        live = await gateway.get(desired.kind, desired.name, namespace=work.namespace, deadline=deadline)
        try:
            if live is None:
                return await gateway.create(desired, namespace=work.namespace, deadline=deadline)
            if not diff(live, desired):
                return live
            if resource.live is None and not work.force:
                break
            return await gateway.replace(_at_version(desired, live), namespace=work.namespace, deadline=deadline)
        except (AlreadyExistsError, WriteConflictError):
            continue
    raise _changed_meanwhile(resource, gateway.cluster)


def _at_version(desired: Manifest, live: Manifest) -> Manifest:
    """`desired` for a replacement of `live`, with what others keep in its metadata: their marks, owners, finalizers.

    An apply would leave these alone. A load balancer, for one, is never given back once its finalizer is gone.
    """
    body = desired.edited()
    metadata = body["metadata"]
    metadata["resourceVersion"] = live.resource_version
    for field in ("labels", "annotations"):
        if kept := live.metadata.get(field):
            metadata[field] = {**kept, **(metadata.get(field) or {})}
    for field in ("ownerReferences", "finalizers"):
        if kept := live.metadata.get(field):
            metadata[field] = kept
    return Manifest(body)


async def try_writes(plan: ClusterCopyPlan, gateway: ClusterGateway, *, force: bool, deadline: Deadline) -> DryRuns:
    """Have the server try what the plan would write. It changes nothing; what could not be tried is said."""
    writes = plan_writes(plan)
    if plan.namespace_action is Action.CREATE:
        return await _try_namespace(plan, gateway, writes, deadline)
    slots = asyncio.Semaphore(CONCURRENCY)

    async def attempt(resource: PlannedResource) -> DryRun:
        async with slots:
            return await _try(resource, plan, gateway, force=force, deadline=deadline)

    answers = await asyncio.gather(*(attempt(resource) for resource in writes))
    runs = {resource.resource: answer for resource, answer in zip(writes, answers, strict=True)}
    return DryRuns(by_resource=runs, skipped=tuple(dict.fromkeys(_untried(answers))))


_UNTRIED = "not-tried"


def _untried(answers: Iterable[DryRun]) -> Iterable[str]:
    return (problem.detail for answer in answers for problem in answer.problems if problem.code == _UNTRIED)


async def _try_namespace(
    plan: ClusterCopyPlan, gateway: ClusterGateway, writes: tuple[PlannedResource, ...], deadline: Deadline
) -> DryRuns:
    """A server refuses a dry run in a namespace that is not there: only the namespace itself can be tried."""
    assert plan.namespace_object is not None
    untried = (
        f"Namespace {plan.namespace} does not exist yet, so the server could not try the writes into it "
        f"({len(writes)} {'object' if len(writes) == 1 else 'objects'}): admission, quotas and field validation were "
        "not checked. Kinds, rights, references and the namespace itself were."
    )
    try:
        await gateway.create(plan.namespace_object, namespace=None, dry_run=True, deadline=deadline)
    except AlreadyExistsError:
        pass
    except ClusterError as error:
        if _could_not_say(error):
            silent = f"Namespace {plan.namespace} could not be tried: {error.detail}"
            return DryRuns(by_resource={}, skipped=(silent, untried))
        refused = Problem(
            code=error.code,
            severity=Severity.BLOCKS,
            detail=f"Namespace {plan.namespace}: {error.detail}",
            cluster=plan.cluster,
            resource=plan.namespace_object.id,
        )
        return DryRuns(by_resource={}, problems=(refused,), skipped=(untried,))
    return DryRuns(by_resource={}, skipped=(untried,))


async def _try(
    resource: PlannedResource, plan: ClusterCopyPlan, gateway: ClusterGateway, *, force: bool, deadline: Deadline
) -> DryRun:
    desired = resource.desired
    assert desired is not None, "what is written has been planned"
    warnings: list[str] = []
    on_warning = warnings.append
    try:
        if resource.method is WriteMethod.APPLY:
            answer = await gateway.apply(
                desired, namespace=plan.namespace, force=force, dry_run=True, deadline=deadline, on_warning=on_warning
            )
        elif resource.live is None:
            answer = await gateway.create(
                desired, namespace=plan.namespace, dry_run=True, deadline=deadline, on_warning=on_warning
            )
        else:
            again = _at_version(desired, resource.live)
            answer = await gateway.replace(
                again, namespace=plan.namespace, dry_run=True, deadline=deadline, on_warning=on_warning
            )
    except ClusterError as error:
        return DryRun(problems=(_told(error, resource, plan),))
    return DryRun(answer=answer, problems=tuple(_warned(text, resource, plan) for text in dict.fromkeys(warnings)))


def _warned(text: str, resource: PlannedResource, plan: ClusterCopyPlan) -> Problem:
    """A write that goes through and helps nobody, as a Deployment whose pods the namespace's pod security refuses."""
    return Problem(
        code="cluster-warning",
        severity=Severity.WARNS,
        detail=f"{resource.resource.label}: the cluster warns: {text}",
        cluster=plan.cluster,
        resource=resource.resource,
    )


def _told(error: ClusterError, resource: PlannedResource, plan: ClusterCopyPlan) -> Problem:
    """A refusal blocks; a server that could not say leaves the write untried, which only warns."""
    if isinstance(error, NamespaceMissingError) or _could_not_say(error):
        return Problem(
            code=_UNTRIED,
            severity=Severity.WARNS,
            detail=f"{resource.resource.label} could not be tried: {error.detail}",
            cluster=plan.cluster,
            resource=resource.resource,
        )
    return Problem(
        code=error.code,
        severity=Severity.BLOCKS,
        detail=f"{resource.resource.label}: {error.detail}",
        cluster=plan.cluster,
        resource=resource.resource,
        field=error.causes[0].field if error.causes else None,
    )


def _could_not_say(error: ClusterError) -> bool:
    """Whether nobody knows what the write would come to: no answer, or admission that takes no dry runs."""
    return not error.terminal or (isinstance(error, AdmissionDeniedError) and "dry run" in error.detail)
