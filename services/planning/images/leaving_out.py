"""What a promotion leaves as it is because its request says so: as if the source did not have it. Pure.

The target's facts stay whole, because a release records all that runs there. Only what would be said of an omitted
workload, that it is missing or has no counterpart, is not said.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from domain.images import ContainerRef, Omission
from domain.resources import ResourceId
from services.planning.images.running import ClusterFacts


def without(facts: ClusterFacts, omissions: Sequence[Omission]) -> ClusterFacts:
    """What a source cluster runs, without what is left out."""
    workloads = (
        replace(each, containers=tuple(c for c in each.containers if not is_left_out(omissions, each.resource, c.name)))
        for each in facts.workloads
    )
    return replace(facts, workloads=tuple(each for each in workloads if each.containers))


def expecting_less(facts: ClusterFacts, omissions: Sequence[Omission]) -> ClusterFacts:
    """What a target cluster runs, where nobody misses a workload that is left out."""
    whole = {_key(each.workload) for each in omissions if each.container is None}
    return replace(facts, missing=tuple(each for each in facts.missing if _key(each) not in whole))


def remaining(
    containers: Iterable[ContainerRef] | None, omissions: Sequence[Omission]
) -> tuple[ContainerRef, ...] | None:
    """The containers that a request names, without those that it leaves out; None where it names none."""
    if containers is None:
        return None
    return tuple(each for each in containers if not is_left_out(omissions, each.workload, each.container))


def is_left_out(omissions: Iterable[Omission], workload: ResourceId, container: str) -> bool:
    return any(each.covers(workload, container) for each in omissions)


def _key(workload: ResourceId) -> tuple[str, str, str]:
    return (*workload.group_kind, workload.name)
