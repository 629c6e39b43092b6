"""The plan of a copy: what configure and import would do to every cluster, and why they may not. Pure values.

services.planning.copying.planner makes one, for all clusters, with all problems together; `with_dry_run` adds what the
clusters answered when its writes were tried.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from domain.overrides import Overrides
from domain.problems import Problem, Severity
from domain.resources import Manifest, ResourceId
from domain.stored.plans import CopySource
from domain.words import Action, OnConflict
from services.planning.copying.normalize import normalize
from services.planning.objects.diff import diff
from services.planning.objects.redact import hide_values
from services.planning.plan import Change


class WriteMethod(StrEnum):
    """How an object is written."""

    APPLY = "apply"
    REPLACE = "replace"  # or create: for lists with repeated keys, which apply refuses


@dataclass(frozen=True, kw_only=True)
class PlannedResource:
    """What becomes of one object on one cluster.

    `desired` is what would be written and `live` what the plan saw (never shown: they may be a Secret). The
    fingerprints are of these two; `live_fingerprint` is None where there was no object. `wave` is its place in the
    order.
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
    decided: str = field(default="", repr=False)  # what of the decision enters the digest

    @property
    def writes(self) -> bool:
        """Whether carrying it out sends anything to the cluster."""
        return self.action in {Action.CREATE, Action.UPDATE}


@dataclass(frozen=True, kw_only=True)
class ClusterCopyPlan:
    """A copy's part on one cluster. `unchecked` says in words what could not be tried out beforehand, and why."""

    cluster: str
    cluster_id: str
    namespace: str
    namespace_action: Action
    namespace_object: Manifest | None  # what is made where the namespace is missing
    resources: tuple[PlannedResource, ...]
    problems: tuple[Problem, ...]
    unchecked: tuple[str, ...]
    digest: str
    reachable: bool = True

    @property
    def nothing_to_do(self) -> bool:
        return (
            self.reachable and self.namespace_action is not Action.CREATE and not any(r.writes for r in self.resources)
        )


@dataclass(frozen=True, kw_only=True)
class CopyPlan:
    """What a copy would do. `problems` are those that are the same on every cluster."""

    source: CopySource | None
    namespace: str
    clusters: tuple[ClusterCopyPlan, ...]
    problems: tuple[Problem, ...]
    on_conflict: OnConflict
    digest: str

    @property
    def all_problems(self) -> tuple[Problem, ...]:
        """Those of the whole, then those of each cluster."""
        return (*self.problems, *(problem for cluster in self.clusters for problem in cluster.problems))

    @property
    def blocked(self) -> bool:
        return any(problem.severity is Severity.BLOCKS for problem in self.all_problems)

    @property
    def nothing_to_do(self) -> bool:
        """Whether every cluster has what it is to have; what is blocked would be something to do."""
        return not self.blocked and all(cluster.nothing_to_do for cluster in self.clusters)


@dataclass(frozen=True, kw_only=True)
class CopyChoices:
    """What the request decides."""

    overrides: Overrides = field(default_factory=Overrides)
    on_conflict: OnConflict = OnConflict.FAIL


@dataclass(frozen=True, kw_only=True)
class DryRun:
    """What a server answered when the write of one resource was tried: the object as it would be, or the problems."""

    answer: Manifest | None = None
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, kw_only=True)
class DryRuns:
    """The dry runs on one cluster, and of the namespace itself. `skipped` says in words what was not tried, and why."""

    by_resource: Mapping[ResourceId, DryRun]
    problems: tuple[Problem, ...] = ()
    skipped: tuple[str, ...] = ()


def with_dry_run(plan: CopyPlan, answers: Mapping[str, DryRuns]) -> CopyPlan:
    """The plan with what the clusters (by name) answered to dry runs. The digests stay: starting repeats no dry run.

    A resource that a server refuses becomes blocked; one that would be updated shows also what the server changes of
    its own accord.
    """
    clusters = tuple(_tried(cluster, answers.get(cluster.cluster)) for cluster in plan.clusters)
    return replace(plan, clusters=clusters)


def _tried(cluster: ClusterCopyPlan, runs: DryRuns | None) -> ClusterCopyPlan:
    if runs is None:
        return cluster
    resources = tuple(_settled(resource, runs.by_resource.get(resource.resource)) for resource in cluster.resources)
    found = _in_order(cluster.resources, runs)
    known = {(p.code, p.resource, p.field) for p in cluster.problems}
    return replace(
        cluster,
        resources=resources,
        problems=(*cluster.problems, *(p for p in found if (p.code, p.resource, p.field) not in known)),
        unchecked=(*cluster.unchecked, *runs.skipped),
    )


def _in_order(resources: Iterable[PlannedResource], runs: DryRuns) -> tuple[Problem, ...]:
    tried = (runs.by_resource.get(resource.resource) for resource in resources)
    return (*runs.problems, *(problem for run in tried if run is not None for problem in run.problems))


def _settled(resource: PlannedResource, run: DryRun | None) -> PlannedResource:
    if run is None:
        return resource
    if any(problem.severity is Severity.BLOCKS for problem in run.problems):
        return replace(resource, action=Action.BLOCKED)
    if run.answer is None or resource.live is None or resource.action is not Action.UPDATE:
        return resource
    told = {change.path for change in resource.changes}
    of_the_server = diff(resource.live, normalize(run.answer).manifest)
    added = tuple(c for c in hide_values(resource.resource.kind, of_the_server) if c.path not in told)
    return replace(resource, changes=(*resource.changes, *added))
