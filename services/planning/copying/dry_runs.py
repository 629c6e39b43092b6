"""What dry runs on the clusters add to the plan of a copy. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from domain.problems import Problem, Severity
from domain.resources import Manifest, ResourceId
from domain.words import Action
from services.planning.copying.normalize import normalize
from services.planning.copying.plan import ClusterCopyPlan, CopyPlan, PlannedResource
from services.planning.copying.settling import settled
from services.planning.objects.diff import diff
from services.planning.objects.excerpts import excerpt
from services.planning.objects.redact import hide_values
from services.planning.plan import ChangeKind


@dataclass(frozen=True, kw_only=True)
class DryRun:
    """The result of one resource's dry run: the object as the server would store it, or the problems."""

    answer: Manifest | None = None
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, kw_only=True)
class DryRuns:
    """The dry runs on one cluster; `problems` are those of its namespace. `skipped` lists what was not run, and why.

    `trials` are the answers about custom resources that are not to be written (`settling`).
    """

    by_resource: Mapping[ResourceId, DryRun]
    problems: tuple[Problem, ...] = ()
    skipped: tuple[str, ...] = ()
    trials: Mapping[ResourceId, Manifest] = field(default_factory=dict)


def with_dry_run(
    plan: CopyPlan, answers: Mapping[str, DryRuns], *, known: Mapping[str, ClusterCopyPlan] | None = None
) -> CopyPlan:
    """The plan with the dry runs of the clusters, by name. The digests stay: they name what is written.

    A resource that a server rejects becomes blocked. An updated resource also shows the changes that the server adds
    (defaults, mutating webhooks), and is unchanged where the server would store what it has. `known` are plans of
    clusters, by name, to which their dry runs have been added already.
    """
    done = known or {}
    clusters = tuple(
        done.get(cluster.cluster) or _with_runs(cluster, answers.get(cluster.cluster)) for cluster in plan.clusters
    )
    tried = replace(plan, clusters=clusters)
    if tried.nothing_to_do and not plan.nothing_to_do:  # what was said of objects was said of writing them
        return replace(tried, problems=tuple(each for each in tried.problems if each.resource is None))
    return tried


def _with_runs(cluster: ClusterCopyPlan, runs: DryRuns | None) -> ClusterCopyPlan:
    if runs is None:
        return cluster
    answers = {each: run.answer for each, run in runs.by_resource.items() if run.answer is not None}
    cluster = settled(cluster, {**runs.trials, **answers})
    resources = tuple(_settled(resource, runs.by_resource.get(resource.resource)) for resource in cluster.resources)
    reported = tuple(replace(p, cluster=cluster.cluster) for p in _in_order(cluster.resources, runs))
    known = {(p.code, p.resource, p.field) for p in cluster.problems}
    return replace(
        cluster,
        resources=resources,
        problems=(*cluster.problems, *(p for p in reported if (p.code, p.resource, p.field) not in known)),
        unchecked=(*cluster.unchecked, *runs.skipped),
    )


def _in_order(resources: Iterable[PlannedResource], runs: DryRuns) -> tuple[Problem, ...]:
    found = list(runs.problems)
    for resource in resources:
        run = runs.by_resource.get(resource.resource)
        if run is not None and resource.action is not Action.UNCHANGED:
            found += [*run.problems, *_stored_differently(resource, run)]
    return tuple(found)


def _stored_differently(resource: PlannedResource, run: DryRun) -> Iterator[Problem]:
    """What a dry run stored otherwise than it was sent: dropped by a definition, or changed by an admission webhook."""
    if run.answer is None or resource.desired is None:
        return
    differing = [c.path for c in diff(run.answer, resource.desired) if c.kind is not ChangeKind.REMOVED]
    if differing:
        shown = ", ".join(differing[:3]) + (f" and {len(differing) - 3} more fields" if len(differing) > 3 else "")
        yield Problem(
            code="stored-differently",
            severity=Severity.WARNS,
            detail=f"{resource.resource.label}: the target's API server stores {shown} otherwise than the source has "
            "it. Compare the kind's definition and the admission webhooks of both clusters.",
            resource=resource.resource,
            field=differing[0],
        )


def _settled(resource: PlannedResource, run: DryRun | None) -> PlannedResource:
    if run is None:
        return resource
    if any(problem.severity is Severity.BLOCKS for problem in run.problems):
        return replace(resource, action=Action.BLOCKED)
    if run.answer is None or resource.live is None or resource.action is not Action.UPDATE:
        return resource
    shown = {change.path for change in resource.changes}
    # Marks of the target's controllers are no changes. What the write removes is known from the desired object.
    stored = normalize(run.answer, keep_node_ports=True).manifest
    server_changes = tuple(c for c in diff(resource.live, stored) if c.kind is not ChangeKind.REMOVED)
    added = tuple(excerpt(c) for c in hide_values(resource.resource.kind, server_changes) if c.path not in shown)
    return replace(resource, changes=(*resource.changes, *added))
