"""The plan of a copy: what configure and import would do to every cluster, and the problems. Pure values.

`planner` makes the plan; `with_dry_run` adds the results of dry runs on the clusters.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from domain.overrides import Overrides
from domain.problems import Problem, Severity
from domain.resources import Manifest, ResourceId
from domain.stored.plans import CopySource
from domain.words import Action, OnConflict
from services.planning.copying.normalize import normalize
from services.planning.objects.diff import diff
from services.planning.objects.excerpts import excerpt
from services.planning.objects.redact import hide_values
from services.planning.plan import Change, ChangeKind


class WriteMethod(StrEnum):
    """The request that writes an object."""

    APPLY = "apply"
    REPLACE = "replace"  # or create: for lists with repeated merge keys, which a server-side apply rejects


@dataclass(frozen=True, kw_only=True)
class PlannedResource:
    """The plan of one object on one cluster.

    `desired` would be written and `live` was read (never shown: they may be a Secret). Each has a fingerprint;
    `live_fingerprint` is None where there was no object. `wave` is its number in the write order.
    """

    resource: ResourceId
    action: Action
    changes: tuple[Change, ...]
    notes: tuple[str, ...]
    wave: int
    method: WriteMethod
    desired: Manifest | None = field(repr=False)
    live: Manifest | None = field(default=None, repr=False)
    desired_fingerprint: str
    live_fingerprint: str | None
    left_behind: tuple[str, ...] = ()
    decided: str = field(default="", repr=False)  # the fingerprint of the changes, part of the digest

    @property
    def writes(self) -> bool:
        """Whether execution writes the object."""
        return self.action in {Action.CREATE, Action.UPDATE}


@dataclass(frozen=True, kw_only=True)
class ClusterCopyPlan:
    """The plan of a copy on one cluster. `unchecked` lists in sentences what could not be checked, and why."""

    cluster: str
    cluster_id: str
    namespace: str
    namespace_action: Action
    namespace_object: Manifest | None  # the namespace to create; None where it exists
    resources: tuple[PlannedResource, ...]
    problems: tuple[Problem, ...]
    unchecked: tuple[str, ...]
    digest: str
    reachable: bool = True

    @property
    def nothing_to_do(self) -> bool:
        """Whether the reachable cluster needs no write, not even of its namespace."""
        return (
            self.reachable and self.namespace_action is not Action.CREATE and not any(r.writes for r in self.resources)
        )


@dataclass(frozen=True, kw_only=True)
class CopyPlan:
    """The plan of a copy. `problems` are those that all clusters share."""

    source: CopySource | None
    namespace: str
    clusters: tuple[ClusterCopyPlan, ...]
    problems: tuple[Problem, ...]
    on_conflict: OnConflict
    digest: str

    @property
    def all_problems(self) -> tuple[Problem, ...]:
        """The shared problems, then those of each cluster."""
        return (*self.problems, *(problem for cluster in self.clusters for problem in cluster.problems))

    @property
    def blocked(self) -> bool:
        return any(problem.severity is Severity.BLOCKS for problem in self.all_problems)

    @property
    def nothing_to_do(self) -> bool:
        """Whether no cluster needs a write; False for a blocked plan."""
        return not self.blocked and all(cluster.nothing_to_do for cluster in self.clusters)


@dataclass(frozen=True, kw_only=True)
class CopyChoices:
    """The choices of the request. `not_given` are consents that it names and that its caller may not give."""

    overrides: Overrides = field(default_factory=Overrides)
    on_conflict: OnConflict = OnConflict.FAIL
    not_given: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class DryRun:
    """The result of one resource's dry run: the object as the server would store it, or the problems."""

    answer: Manifest | None = None
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, kw_only=True)
class DryRuns:
    """The dry runs on one cluster; `problems` are those of its namespace. `skipped` lists what was not run, and why."""

    by_resource: Mapping[ResourceId, DryRun]
    problems: tuple[Problem, ...] = ()
    skipped: tuple[str, ...] = ()


def with_dry_run(plan: CopyPlan, answers: Mapping[str, DryRuns]) -> CopyPlan:
    """The plan with the dry runs of the clusters, by name. The digests stay: they name what is written.

    A resource that a server rejects becomes blocked. An updated resource also shows the changes that the server adds
    (defaults, mutating webhooks).
    """
    clusters = tuple(_with_runs(cluster, answers.get(cluster.cluster)) for cluster in plan.clusters)
    return replace(plan, clusters=clusters)


def _with_runs(cluster: ClusterCopyPlan, runs: DryRuns | None) -> ClusterCopyPlan:
    if runs is None:
        return cluster
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
        if run is not None:
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
