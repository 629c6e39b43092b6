"""The plan of a copy: what configure and import would do to every cluster, and the problems. Pure values.

`planner` makes the plan; `dry_runs` adds the results of dry runs on the clusters.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from domain.declared_kinds import NONE_DECLARED, DeclaredKinds
from domain.gates import Gate
from domain.hand_overs import HandOver
from domain.image_mappings import ImageMapping
from domain.images import ContainerKey
from domain.overrides import Overrides
from domain.problems import Problem, Severity
from domain.resources import Manifest, ResourceId
from domain.stored.image_copies import ImageCopy
from domain.stored.plans import CopySource
from domain.words import Action, OnConflict
from services.planning.plan import Change


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
    """The plan of a copy on one cluster. `unchecked` lists in sentences what could not be checked, and why.

    `restarts` are the workloads that are restarted after it, because they read what it changes. `handed_over`: nothing
    is written to the cluster, and these lines are to the Git repository that it is delivered from.
    """

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
    restarts: tuple[ResourceId, ...] = ()
    handed_over: HandOver | None = None

    @property
    def namespace_labels(self) -> Mapping[str, str]:
        """The labels of the namespace to create."""
        return self.namespace_object.labels if self.namespace_object is not None else {}

    @property
    def nothing_to_do(self) -> bool:
        """Whether the reachable cluster needs no write, not even of its namespace."""
        return (
            self.reachable and self.namespace_action is not Action.CREATE and not any(r.writes for r in self.resources)
        )


@dataclass(frozen=True, kw_only=True)
class CopyPlan:
    """The plan of a copy. `problems` are those that all clusters share; `gates` were closed as it was previewed.

    `copies` are the images that come to their registry first; the digest does not cover them.
    """

    source: CopySource | None
    namespace: str
    clusters: tuple[ClusterCopyPlan, ...]
    problems: tuple[Problem, ...]
    on_conflict: OnConflict
    digest: str
    gates: tuple[Gate, ...] = ()
    copies: tuple[ImageCopy, ...] = ()

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
    """The choices of the request. `not_given` are consents that it names and that its caller may not give.

    `images` are what containers get instead of the source's images, where a cluster is brought level. By `mappings` the
    target pulls images of another environment under its own names; `declared` says where custom resources have theirs.
    """

    overrides: Overrides = field(default_factory=Overrides)
    on_conflict: OnConflict = OnConflict.FAIL
    not_given: tuple[str, ...] = ()
    images: Mapping[ContainerKey, str] = field(default_factory=dict)
    mappings: tuple[ImageMapping, ...] = ()
    declared: DeclaredKinds = NONE_DECLARED
