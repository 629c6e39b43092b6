"""Workloads that read what a plan brings and get no other image: their pods go on with what they have read. Pure."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from domain.images import Omission
from domain.problems import Problem, Remedy, Severity
from domain.resources import Manifest, ResourceId
from domain.words import Action
from services.planning.images.promotion_plan import ClusterPromotionPlan, PromotionPlan
from services.planning.images.running import ClusterFacts
from services.planning.objects.identity import ObjectKey
from services.planning.objects.references import references_of
from services.planning.preflight.after_bringing import brought_by
from services.planning.preflight.configuration_gap import read_whole
from services.planning.preflight.values import PreflightFacts
from services.planning.releases.restarting import RESTARTABLE, plan_restarts

Brought = Mapping[ResourceId, Iterable[str]]
"""The keys that come to a cluster, by ConfigMap or Secret."""


def former_configuration(
    facts: PreflightFacts, one: ClusterPromotionPlan, brought: Brought, *, restart: bool
) -> Iterator[Problem]:
    """One of each such workload that the plan does not restart; the remedy has it do so, unless it is to already."""
    for workload, read in readers(facts.running.manifests, brought, besides=_written(one)):
        if workload in one.restarts:
            continue
        yield Problem(
            code="reads-former-configuration",
            severity=Severity.TELLS,
            detail=f"{workload.label} reads {' and '.join(each.label for each in read)} and gets no other image: its "
            "pods go on with what they have read until they are restarted.",
            cluster=facts.cluster,
            resource=workload,
            remedy=None
            if restart
            else Remedy(code="restart", title="Restart what reads these keys", request={"restart": True}),
        )


def with_readers_restarted(
    plan: PromotionPlan, templates: Iterable[ClusterFacts], leave_out: Sequence[Omission]
) -> PromotionPlan:
    """The plan that restarts them as well, on each cluster that was read: not those that are to stay as they are."""
    facts = {each.cluster: each for each in templates if each.failure is None}
    brought = {each.cluster: brought_by([each]) for each in plan.bring.clusters} if plan.bring is not None else {}
    return replace(
        plan,
        clusters=tuple(
            _restarting(one, facts[one.cluster], brought.get(one.cluster, {}), leave_out)
            if one.read and one.cluster in facts
            else one
            for one in plan.clusters
        ),
    )


def readers(
    workloads: Iterable[Manifest],
    brought: Brought,
    *,
    besides: Collection[ResourceId],
    leave_out: Sequence[Omission] = (),
) -> Iterator[tuple[ResourceId, list[ResourceId]]]:
    """The workloads whose pods see any of these keys, each with what it reads of them.

    Without those `besides`, which get new pods anyway, those that stay as they are, and what cannot be restarted.
    """
    known = {(*each.group_kind, each.name) for each in besides}
    kept = {(*each.workload.group_kind, each.workload.name) for each in leave_out if each.container is None}
    for workload in workloads:
        key = (*workload.id.group_kind, workload.name)
        if key in known or key in kept or workload.id.group_kind not in RESTARTABLE:
            continue
        read = [resource for resource, keys in brought.items() if _reads(workload, resource, frozenset(keys))]
        if read:
            yield workload.id, read


def _restarting(
    one: ClusterPromotionPlan, facts: ClusterFacts, brought: Brought, leave_out: Sequence[Omission]
) -> ClusterPromotionPlan:
    stale = [each for each, _ in readers(facts.manifests, brought, besides=_written(one), leave_out=leave_out)]
    restarts = plan_restarts(facts, stale)
    # The promotion is not about what cannot be restarted: it goes on without.
    told = tuple(replace(each, severity=Severity.WARNS) for each in restarts.problems)
    return replace(one, restarts=restarts.workloads, problems=(*one.problems, *told))


def _written(one: ClusterPromotionPlan) -> set[ResourceId]:
    return {change.workload for change in one.changes if change.action is Action.UPDATE}


def _reads(workload: Manifest, resource: ResourceId, keys: frozenset[str]) -> bool:
    """Of an object that its pods read as a whole, or by the name of a key."""
    if ObjectKey.of_resource(resource) in read_whole(workload):
        return True
    return any(
        (each.group_kind, each.name) == (resource.group_kind, resource.name) and each.key in keys
        for each in references_of(workload)
    )
