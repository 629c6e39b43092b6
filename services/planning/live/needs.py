"""What is to be read beside the workloads and pods of a namespace, because these alone do not decide. Pure.

Revisions tell new pods from old ones, events and nodes why a pod waits. There are too many of them to watch them all,
and nearly all workloads are ready.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from domain.resources import Kind, Manifest
from services.planning.health.hold_ups import names_of_nodes_to_read
from services.planning.health.obstacles import needs_events
from services.planning.health.rollout_drivers import DRIVERS, may_be_driven
from services.planning.health.values import Children, HealthPolicy
from services.planning.images.pod_images import has_images_of
from services.planning.live.records import LiveRecord, RecordKey
from services.planning.objects.built_in import is_built_in
from services.planning.objects.workloads import is_workload
from services.planning.overviews.matrix import status_decides

PODS = Kind(group="", version="v1", name="Pod")
REPLICA_SETS = Kind(group="apps", version="v1", name="ReplicaSet")
CONTROLLER_REVISIONS = Kind(group="apps", version="v1", name="ControllerRevision")
JOBS = Kind(group="batch", version="v1", name="Job")
EVENTS = Kind(group="", version="v1", name="Event")
NODES = Kind(group="", version="v1", name="Node")
_REVISIONS = {"Deployment": frozenset({REPLICA_SETS}), "DaemonSet": frozenset({CONTROLLER_REVISIONS})}
_POLICY = HealthPolicy()


@dataclass(frozen=True, kw_only=True)
class Needs:
    """`revisions` are kinds to list, `nodes` the names of nodes."""

    revisions: frozenset[Kind] = frozenset()
    events: bool = False
    nodes: frozenset[str] = frozenset()

    @property
    def any(self) -> bool:
        return bool(self.revisions or self.events or self.nodes)


class Looking:
    """Looks at one namespace again and again, and remembers of which workloads the status decides.

    Nearly all are ready, and then only a change of theirs or of the set of their pods' revisions is looked at.
    """

    def __init__(self) -> None:
        self._decided: dict[RecordKey, _Decided] = {}
        self._above: frozenset[str] = frozenset()
        self._found = Needs()

    def may_change(self, record: LiveRecord) -> bool:
        """Whether other things may be needed for a change of the object.

        Where all is decided, a pod decides nothing, unless it is of a revision that has not been looked at.
        """
        if not is_built_in(record.key.kind):
            return False  # a custom resource is judged by itself
        if record.key.kind != PODS or record.controller is None or self._found.any:
            return True
        return record.controller.uid not in self._above

    def needs(self, records: Sequence[LiveRecord], *, now: datetime) -> Needs:
        """By all that is kept of the namespace."""
        pods = [each for each in records if each.key.kind == PODS]
        samples = _samples(pods)
        self._above = frozenset(pod.controller.uid for pod in pods if pod.controller is not None)
        former, self._decided = self._decided, {}
        undecided: list[Manifest] = []
        revisions: set[Kind] = set()
        driven = any(each.key.kind in DRIVERS for each in records)
        for record in records:
            if record.controller is not None or not is_workload(record.key.kind):
                continue
            below = samples.get(record.key.name, {})
            revisions_below = tuple(sorted(below))
            known = former.get(record.key)
            if known is None or known.record is not record or known.revisions != revisions_below:
                workload = record.as_manifest()
                idle = _idle(workload)
                driven = driven or idle
                if not status_decides(workload, now=now, policy=_POLICY):
                    undecided.append(workload)
                    revisions |= _REVISIONS.get(workload.kind.name, frozenset())
                    continue
                known = _Decided(record, revisions_below, _runs_other_images(workload, below.values()), idle)
            self._decided[record.key] = known
            driven = driven or known.idle
            if known.other_images:
                revisions |= _REVISIONS.get(record.key.kind.name, frozenset())
        if driven:
            revisions |= {*DRIVERS}
        events, nodes = _explanations(undecided, records, pods, now=now)
        self._found = Needs(revisions=frozenset(revisions), events=events, nodes=nodes)
        return self._found


@dataclass(frozen=True, slots=True)
class _Decided:
    """`revisions` are the uids of the controllers of the pods below it when it was looked at, in order.

    `idle`: it wants no pods.
    """

    record: LiveRecord
    revisions: tuple[str, ...]  # mostly one: a set takes four times as much
    other_images: bool
    idle: bool


def _samples(pods: Iterable[LiveRecord]) -> dict[str, dict[str, LiveRecord]]:
    """By the name of a Deployment, a pod of each of its ReplicaSets: the others have the same images."""
    found: dict[str, dict[str, LiveRecord]] = {}
    for pod in pods:
        above = pod.controller
        if above is not None and above.kind == "ReplicaSet":
            found.setdefault(above.name.rpartition("-")[0], {})[above.uid] = pod
    return found


def _runs_other_images(workload: Manifest, samples: Iterable[LiveRecord]) -> bool:
    """Whether pods have images that are not the template's: admission may have renamed them, if they are the newest."""
    return workload.kind.name == "Deployment" and any(not has_images_of(workload, pod.as_manifest()) for pod in samples)


def _idle(workload: Manifest) -> bool:
    """Whether it wants no pods, as one that a Rollout or Canary drives: then these say what becomes of it."""
    return may_be_driven(workload.kind) and workload.spec.get("replicas") == 0


def _explanations(
    undecided: Sequence[Manifest], records: Sequence[LiveRecord], pods: Iterable[LiveRecord], *, now: datetime
) -> tuple[bool, frozenset[str]]:
    """Whether events would explain any of them, and the nodes that would."""
    if not undecided:
        return False, frozenset()
    pods_below = _pods_by_name_above(pods, {each.name for each in undecided})
    made = Children(
        replica_sets=_manifests(records, REPLICA_SETS),
        controller_revisions=_manifests(records, CONTROLLER_REVISIONS),
        jobs=_manifests(records, JOBS),
    )
    nodes: set[str] = set()
    events = False
    for workload in undecided:
        children = replace(made, pods=pods_below.get(workload.name, ()))
        nodes |= names_of_nodes_to_read(workload, children, now=now)
        events = events or needs_events(workload, children, now=now)
    return events, frozenset(nodes)


def _pods_by_name_above(pods: Iterable[LiveRecord], names: Collection[str]) -> dict[str, tuple[Manifest, ...]]:
    """The pods of workloads of these names, each looked at by its own workload alone."""
    found: dict[str, list[Manifest]] = {}
    for pod in pods:
        above = [name for name in _names_above(pod) if name in names]
        if above:
            manifest = pod.as_manifest()
            for name in above:
                found.setdefault(name, []).append(manifest)
    return {name: tuple(listed) for name, listed in found.items()}


def _names_above(record: LiveRecord) -> tuple[str, ...]:
    """The names of the workloads that the object may belong to; its own where nothing controls it."""
    above = record.controller
    if above is None:
        return (record.key.name,)
    return (above.name, above.name.rpartition("-")[0]) if above.kind in {"ReplicaSet", "Job"} else (above.name,)


def _manifests(records: Iterable[LiveRecord], kind: Kind) -> tuple[Manifest, ...]:
    return tuple(each.as_manifest() for each in records if each.key.kind == kind)
