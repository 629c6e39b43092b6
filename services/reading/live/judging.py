"""Judges what is known of one namespace of a cluster: the facts that every screen shows. Pure, so any thread may do it.

Manifests are built of the records that are judged, and dropped afterwards.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from domain.declared_kinds import NONE_DECLARED, DeclaredKinds
from domain.resources import Manifest, ResourceId
from services.planning.health.rollout_drivers import DRIVERS, NO_DRIVERS, Drivers, may_be_driven, primary_of
from services.planning.health.values import Children, HealthPolicy, HealthState
from services.planning.images.custom_facts import custom_facts
from services.planning.images.running import ClusterFacts, cluster_facts
from services.planning.live.belonging import MAKE_REPLICA_SETS
from services.planning.live.records import LiveRecord
from services.planning.objects.built_in import is_built_in
from services.planning.objects.declared_images import workloads_among
from services.planning.objects.workloads import is_custom, is_workload

_PODS, _JOBS = ("", "Pod"), ("batch", "Job")
_REPLICA_SETS, _REVISIONS = ("apps", "ReplicaSet"), ("apps", "ControllerRevision")
_DRIVEN = (("apps", "Deployment"), ("apps", "DaemonSet"))
_EVENTS, _NODES = ("", "Event"), ("", "Node")
Named = tuple[str, str]
"""The name of a kind, and that of an object."""
ANY_WORKLOAD: Named = ("", "")
# What becomes of these needs a change of an object; others fail or recover as time passes.
_TIMELESS = frozenset(
    {HealthState.READY, HealthState.SUSPENDED, HealthState.WAITING, HealthState.TERMINATING}
    | {HealthState.MISSING, HealthState.UNKNOWN}
)
_SOONEST, _LATEST = timedelta(seconds=1), timedelta(seconds=60)
_LATE = 30  # a judgement that time has changed is late by this part of how long nothing else has changed


def workloads_of(record: LiveRecord) -> tuple[Named, ...]:
    """The workloads and custom resources that the object is, or may be below: by names, as controllers build them.

    A Deployment's ReplicaSets are called after it and the pod template hash, a CronJob's Jobs after it and a time.
    """
    own, owner = (record.key.kind.name, record.key.name), record.controller
    if record.key.kind in DRIVERS:
        return (own, ANY_WORKLOAD)
    if owner is None and may_be_driven(record.key.kind):  # it may be the primary of another one
        return (own, (own[0], primary_of(own[1])))
    if owner is None:
        return (own,) if is_workload(record.key.kind) or not is_built_in(record.key.kind) else (ANY_WORKLOAD,)
    name = owner.name.rpartition("-")[0]
    return (own, (owner.kind, owner.name), *((above, name) for above in _ABOVE.get(owner.kind, ())))


_ABOVE = {"ReplicaSet": MAKE_REPLICA_SETS, "Job": ("CronJob",)}


@dataclass(frozen=True, kw_only=True)
class Namespace:
    """The records of one namespace of a cluster, by group and name of a kind, and those of no namespace."""

    cluster: str
    records: Mapping[tuple[str, str], Sequence[LiveRecord]]
    cluster_wide: Mapping[tuple[str, str], Sequence[LiveRecord]]

    @property
    def size(self) -> int:
        return sum(len(each) for each in self.records.values())


def judged(
    found: Namespace,
    asked: Sequence[Sequence[ResourceId]],
    *,
    now: datetime,
    policy: HealthPolicy,
    declared: DeclaredKinds = NONE_DECLARED,
) -> tuple[ClusterFacts, ...]:
    """The facts of each application that runs there, given as its workloads and custom resources."""
    wanted = {(*resource.group_kind, resource.name) for resources in asked for resource in resources}
    names = {(kind, name) for _, kind, name in wanted}
    own = tuple(
        record.as_manifest()
        for kind, records in found.records.items()
        for record in records
        if (*kind, record.key.name) in wanted
    )

    def below(kind: tuple[str, str]) -> tuple[Manifest, ...]:
        return _manifests(each for each in found.records.get(kind, ()) if not names.isdisjoint(workloads_of(each)))

    children = Children(
        pods=below(_PODS),
        replica_sets=below(_REPLICA_SETS),
        controller_revisions=below(_REVISIONS),
        jobs=below(_JOBS),
        events=_manifests(found.records.get(_EVENTS, ())),
        nodes=_manifests(found.cluster_wide.get(_NODES, ())),
        drivers=_drivers(found),
    )

    def facts(resources: Sequence[ResourceId]) -> ClusterFacts:
        workloads = workloads_among(resources, declared)
        custom = tuple(each for each in resources if is_custom(each.kind) and declared.of(each.kind) is None)
        running = cluster_facts(found.cluster, workloads, own, children, now=now, policy=policy, declared=declared)
        return replace(_short(running), custom=custom_facts(custom, own, now=now, policy=policy))

    return tuple(map(facts, asked))


def _drivers(found: Namespace) -> Drivers:
    """What drives workloads there; most namespaces have none, and nothing is built then."""
    driving = [record for kind in DRIVERS for record in found.records.get((kind.group, kind.name), ())]
    if not driving:
        return NO_DRIVERS
    driven = [record for kind in _DRIVEN for record in found.records.get(kind, ())]
    return Drivers(found=_manifests(driving), primaries=_manifests(driven))


def _manifests(records: Iterable[LiveRecord]) -> tuple[Manifest, ...]:
    return tuple(each.as_manifest() for each in records)


def _short(facts: ClusterFacts) -> ClusterFacts:
    """Without what only plans read, which would be most of what is kept."""
    workloads = tuple(
        replace(each, entries=(), health=replace(each.health, observations={})) for each in facts.workloads
    )
    return replace(facts, workloads=workloads)


def judged_again_in(facts: ClusterFacts, *, unchanged_for: timedelta) -> timedelta | None:
    """After what time the passing of time may have changed a judgement; None where it cannot.

    Patience ends, a container that crashed has run for long enough. The longer nothing has happened, the less often.
    """
    if all(workload.health.state in _TIMELESS for workload in facts.workloads):
        return None
    return min(max(_SOONEST, unchanged_for / _LATE), _LATEST)
