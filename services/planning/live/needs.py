"""What is to be read beside the workloads and pods of a namespace, because these alone do not decide. Pure.

Revisions tell new pods from old ones, events and nodes why a pod waits. There are too many of them to watch them all,
and nearly all workloads are ready.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.resources import Kind, Manifest
from services.planning.health.hold_ups import names_of_nodes_to_read
from services.planning.health.obstacles import needs_events
from services.planning.health.values import Children, HealthPolicy
from services.planning.images.pod_images import has_images_of
from services.planning.live.records import LiveRecord
from services.planning.objects.workloads import is_workload
from services.planning.overviews.matrix import status_decides

PODS = Kind(group="", version="v1", name="Pod")
REPLICA_SETS = Kind(group="apps", version="v1", name="ReplicaSet")
CONTROLLER_REVISIONS = Kind(group="apps", version="v1", name="ControllerRevision")
JOBS = Kind(group="batch", version="v1", name="Job")
EVENTS = Kind(group="", version="v1", name="Event")
NODES = Kind(group="", version="v1", name="Node")
_REVISIONS = {"Deployment": REPLICA_SETS, "DaemonSet": CONTROLLER_REVISIONS}
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


def needs_of(records: Sequence[LiveRecord], *, now: datetime) -> Needs:
    """Of all that is kept of one namespace. Few records are unpacked: where all is ready, a pod of each ReplicaSet."""
    pods = [each for each in records if each.key.kind == PODS]
    workloads = [each.as_manifest() for each in records if is_workload(each.key.kind) and each.controller is None]
    undecided, revisions = [], set()
    for workload in workloads:
        kind = _REVISIONS.get(workload.kind.name)
        if not status_decides(workload, now=now, policy=_POLICY):
            undecided.append(workload)
        elif kind is None or not _runs_other_images(workload, pods):
            continue
        if kind is not None:
            revisions.add(kind)
    if not undecided:
        return Needs(revisions=frozenset(revisions))
    below = {each.name for each in undecided}
    children = Children(
        pods=tuple(pod.as_manifest() for pod in pods if not below.isdisjoint(_names_above(pod))),
        replica_sets=_manifests(records, REPLICA_SETS),
        controller_revisions=_manifests(records, CONTROLLER_REVISIONS),
        jobs=_manifests(records, JOBS),
        nodes=(),
    )
    nodes = (names_of_nodes_to_read(each, children, now=now) for each in undecided)
    return Needs(
        revisions=frozenset(revisions),
        events=any(needs_events(each, children, now=now) for each in undecided),
        nodes=frozenset().union(*nodes),
    )


def _runs_other_images(workload: Manifest, pods: Iterable[LiveRecord]) -> bool:
    """Whether pods have images that are not the template's: admission may have renamed them, if they are the newest.

    The pods of one ReplicaSet have the same images.
    """
    if workload.kind.name != "Deployment":
        return False
    samples = {
        pod.controller.uid: pod for pod in pods if pod.controller is not None and workload.name in _names_above(pod)
    }
    return any(not has_images_of(workload, pod.as_manifest()) for pod in samples.values())


def _names_above(record: LiveRecord) -> tuple[str, ...]:
    """The names of the workloads that the object may belong to; its own where nothing controls it."""
    above = record.controller
    if above is None:
        return (record.key.name,)
    return (above.name, above.name.rpartition("-")[0]) if above.kind in {"ReplicaSet", "Job"} else (above.name,)


def _manifests(records: Iterable[LiveRecord], kind: Kind) -> tuple[Manifest, ...]:
    return tuple(each.as_manifest() for each in records if each.key.kind == kind)
