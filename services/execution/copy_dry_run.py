"""Tries what a copy would write to one cluster, in a dry run. Changes nothing."""

import asyncio
from collections.abc import Iterable

from domain.problems import Problem, Severity
from domain.resources import Manifest
from domain.words import Action
from services.execution.copying import CONCURRENCY, at_version
from services.execution.settling import try_differing
from services.execution.trial_namespace import TRIAL_NAMESPACE, try_elsewhere
from services.kube.deadline import Deadline
from services.kube.errors import (
    AdmissionDeniedError,
    AlreadyExistsError,
    ClusterError,
    NamespaceMissingError,
    ResourceGoneError,
)
from services.kube.gateway import ClusterGateway
from services.planning.copying.dry_runs import DryRun, DryRuns
from services.planning.copying.plan import ClusterCopyPlan, PlannedResource, WriteMethod
from services.planning.copying.tried import UNTRIED
from services.planning.copying.work import plan_writes
from services.planning.objects.identity import ObjectKey
from services.planning.objects.references import references_of


async def try_writes(plan: ClusterCopyPlan, gateway: ClusterGateway, *, force: bool, deadline: Deadline) -> DryRuns:
    """Dry-run all that the plan writes, and the custom resources that differ. Changes nothing.

    `skipped` of the result names what could not be tried.
    """
    writes = plan_writes(plan)
    created = frozenset(ObjectKey.of_resource(each.resource) for each in writes if each.action is Action.CREATE)
    if plan.namespace_action is Action.CREATE:
        return await _try_namespace(plan, gateway, writes, deadline)
    slots = asyncio.Semaphore(CONCURRENCY)

    async def attempt(resource: PlannedResource) -> DryRun:
        async with slots:
            return await _try(resource, plan, gateway, created, force=force, deadline=deadline)

    trials, answers = await asyncio.gather(
        try_differing(plan, gateway, deadline=deadline),
        asyncio.gather(*(attempt(resource) for resource in writes)),
    )
    runs = {resource.resource: answer for resource, answer in zip(writes, answers, strict=True)}
    return DryRuns(by_resource=runs, skipped=tuple(dict.fromkeys(_untried(answers))), trials=trials)


def _untried(answers: Iterable[DryRun]) -> Iterable[str]:
    return (problem.detail for answer in answers for problem in answer.problems if problem.code == UNTRIED)


async def _try_namespace(
    plan: ClusterCopyPlan, gateway: ClusterGateway, writes: tuple[PlannedResource, ...], deadline: Deadline
) -> DryRuns:
    """The API server refuses a dry run in a missing namespace: the namespace is tried, and the objects elsewhere."""
    assert plan.namespace_object is not None
    trials = await try_elsewhere(plan, gateway, writes, deadline)
    skipped: tuple[str, ...] = (_not_checked(plan.namespace, len(writes), trials.untried),)
    problems: tuple[Problem, ...] = ()
    try:
        await gateway.create(plan.namespace_object, namespace=None, dry_run=True, deadline=deadline)
    except AlreadyExistsError:
        pass
    except ClusterError as error:
        if _is_unknown(error):
            skipped = (f"Namespace {plan.namespace} could not be tried: {error.detail}", *skipped)
        else:
            problems = (_refused_namespace(error, plan.namespace_object, plan),)
    return DryRuns(by_resource=trials.by_resource, problems=problems, skipped=skipped)


def _not_checked(namespace: str, writes: int, untried: int) -> str:
    objects = f"{writes} object{'' if writes == 1 else 's'}"
    missing = (
        f"Namespace {namespace} does not exist yet, so the API server could not try the writes into it ({objects})"
    )
    if untried == writes:
        return f"{missing}: admission, quotas and field validation were not checked."
    but = f", except of {untried} that could not be tried there" if untried else ""
    return (
        f"{missing}: admission and quotas were not checked. The fields were, by a dry run in namespace "
        f"{TRIAL_NAMESPACE}{but}."
    )


def _refused_namespace(error: ClusterError, namespace: Manifest, plan: ClusterCopyPlan) -> Problem:
    return Problem(
        code=error.code,
        severity=Severity.BLOCKS,
        detail=f"Namespace {plan.namespace}: {error.detail}",
        cluster=plan.cluster,
        resource=namespace.id,
    )


async def _try(
    resource: PlannedResource,
    plan: ClusterCopyPlan,
    gateway: ClusterGateway,
    created: frozenset[ObjectKey],
    *,
    force: bool,
    deadline: Deadline,
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
            again = at_version(desired, resource.live)
            answer = await gateway.replace(
                again, namespace=plan.namespace, dry_run=True, deadline=deadline, on_warning=on_warning
            )
    except ClusterError as error:
        untried = _is_unknown(error) or _waits_for_the_copy(error, desired, created)
        return DryRun(problems=(_refusal(error, resource, plan, untried=untried),))
    return DryRun(answer=answer, problems=tuple(_warned(text, resource, plan) for text in dict.fromkeys(warnings)))


def _warned(text: str, resource: PlannedResource, plan: ClusterCopyPlan) -> Problem:
    """The write succeeds and yet has no effect, as a Deployment whose pods the namespace's pod security refuses."""
    return Problem(
        code="cluster-warning",
        severity=Severity.WARNS,
        detail=f"{resource.resource.label}: the API server warns: {text}",
        cluster=plan.cluster,
        resource=resource.resource,
    )


def _refusal(error: ClusterError, resource: PlannedResource, plan: ClusterCopyPlan, *, untried: bool) -> Problem:
    """A refusal blocks. Where the API server gave no answer to that, the write is untried, which only warns."""
    if isinstance(error, NamespaceMissingError) or untried:
        return Problem(
            code=UNTRIED,
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


def _waits_for_the_copy(error: ClusterError, desired: Manifest, created: frozenset[ObjectKey]) -> bool:
    """Whether the server misses what the copy writes before: a binding's Role, or a bare Pod's ServiceAccount."""
    missing = isinstance(error, ResourceGoneError) or (
        isinstance(error, AdmissionDeniedError) and "not found" in error.detail
    )
    return missing and any(ObjectKey.of_kind(ref.group_kind, ref.name) in created for ref in references_of(desired))


def _is_unknown(error: ClusterError) -> bool:
    """Whether the outcome of the write stays unknown: no answer, or an admission webhook that takes no dry runs."""
    return not error.terminal or (isinstance(error, AdmissionDeniedError) and "dry run" in error.detail)
