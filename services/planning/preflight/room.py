"""Whether a cluster would create the pods of a workload that gets a new image: quotas, limit ranges, nodes. Pure.

Pods that run already prove nothing: a namespace may have got its quota or its limits after they were admitted, and
labels of nodes change under running pods. A rollout whose pods are refused waits until its deadline, and where old pods
go first it takes pods away.
"""

from collections.abc import Iterator, Sequence

from domain.problems import Problem, Severity
from domain.resources import Manifest, ResourceId
from domain.words import ImageConsent
from services.planning.copying.placement import unmet_of_nodes
from services.planning.objects.pod_amounts import asked_for, broken_bounds, usage_of
from services.planning.objects.quotas import exceeded, not_told, without_scopes
from services.planning.preflight.replacement import Replacement, replacement_of
from services.planning.preflight.values import PlannedOn, PreflightFacts

_LIFT = "Make room there, or allow 'without-room' to begin all the same."


def room(facts: PreflightFacts, planned: PlannedOn) -> Iterator[Problem]:
    """What would keep new pods of the workloads that change from being created or scheduled."""
    around = facts.surroundings
    if around is None:
        return
    quotas = without_scopes(around.quotas)
    for workload in planned.replaced(facts):
        replacement = replacement_of(workload)
        if replacement is None:
            continue
        refused = [
            *_limits(workload, around.limit_ranges),
            *_quotas(workload, replacement, quotas, around.limit_ranges),
        ]
        for code, detail in refused:
            yield _refused(facts.cluster, code, workload.id, detail, planned.allow)
        for path, what in unmet_of_nodes(workload, around.nodes or ()):
            yield Problem(
                code="no-node-fits",
                severity=Severity.WARNS,
                detail=f"{workload.id.label} needs a node {what}, and the cluster has none now: its new pods stay "
                "Pending until a node like that is there.",
                cluster=facts.cluster,
                resource=workload.id,
                field=path,
            )


def _limits(workload: Manifest, limit_ranges: Sequence[Manifest]) -> Iterator[tuple[str, str]]:
    for bound in broken_bounds(workload, limit_ranges):
        where = f", container {bound.container}" if bound.container else ""
        detail = (
            f"{workload.id.label}{where}: LimitRange {bound.limit_range.name} wants {bound.sentence}. The cluster "
            "refuses the new pods."
        )
        yield "limits-refuse-pods", detail


def _quotas(
    workload: Manifest, replacement: Replacement, quotas: Sequence[Manifest], limit_ranges: Sequence[Manifest]
) -> Iterator[tuple[str, str]]:
    asked = asked_for(workload, limit_ranges)
    if asked is None:
        return
    one = usage_of(asked)
    freed = {name: number * replacement.gone_first for name, number in one.items()}
    for quota in quotas:
        untold = not_told(quota, workload, limit_ranges)
        if untold:
            detail = (
                f"Quota {quota.name} counts {', '.join(untold)}, of which containers of {workload.id.label} do not say "
                "how much they need, and no LimitRange of the namespace says it for them: the cluster refuses the new "
                "pods."
            )
            yield "quota-needs-resources", detail
        for each in exceeded(quota, one, freed=freed):
            detail = (
                f"Quota {quota.name} {each.sentence}, and one new pod of {workload.id.label} needs {each.more}: "
                f"{replacement.why}, so no new pod is created and the rollout stands still."
            )
            yield "quota-stalls-rollout", detail


def _refused(cluster: str, code: str, resource: ResourceId, detail: str, allow: frozenset[str]) -> Problem:
    consented = ImageConsent.WITHOUT_ROOM in allow
    return Problem(
        code=code,
        severity=Severity.WARNS if consented else Severity.BLOCKS,
        detail=detail if consented else f"{detail} {_LIFT}",
        cluster=cluster,
        resource=resource,
        consent=None if consented else ImageConsent.WITHOUT_ROOM,
    )
