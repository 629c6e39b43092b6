"""Who owns an app environment's workloads on a cluster, and which images an earlier version took from them. Pure."""

from dataclasses import dataclass

from domain.cluster_api import FIELD_MANAGER, ClusterFailure
from domain.resources import ResourceId
from domain.stored.image_deliveries import ImageDeliveries
from domain.words import ImageDelivery
from services.planning.images.possible_deliveries import PossibleDelivery, possible_deliveries
from services.planning.images.running import ClusterFacts, WorkloadFacts
from services.planning.images.ways import taken


@dataclass(frozen=True, kw_only=True)
class OwnedWorkload:
    """A workload and its owner (None: nobody known). `applied_by` are the field managers that apply it, beside us.

    `above` are what owns the owner, the nearest first, up to the root; `unread` says why that may not be all.
    `delivery` is what holds for its images (None: nothing was set, and no tool owns it), `possible` what would work.
    `taken`: an earlier version of Stagecoach took its image from such a manager, whose next apply therefore fails.
    """

    workload: ResourceId
    owner: str | None
    above: tuple[str, ...]
    unread: str | None
    applied_by: tuple[str, ...]
    taken: bool
    delivery: ImageDelivery | None
    possible: tuple[PossibleDelivery, ...]


@dataclass(frozen=True, kw_only=True)
class ClusterOwners:
    """The workloads on one cluster, or why it could not be read."""

    cluster: str
    failure: ClusterFailure | None
    workloads: tuple[OwnedWorkload, ...]


def owners_on(facts: ClusterFacts, deliveries: ImageDeliveries) -> ClusterOwners:
    """The owners of all workloads that were read."""
    return ClusterOwners(
        cluster=facts.cluster,
        failure=facts.failure,
        workloads=tuple(_owned_workload(each, deliveries) for each in facts.workloads),
    )


def _owned_workload(workload: WorkloadFacts, deliveries: ImageDeliveries) -> OwnedWorkload:
    places = (each.place for each in workload.containers)
    appliers = (each.manager for each in workload.entries if each.applies and each.manager != FIELD_MANAGER)
    owner = workload.delivered_by
    return OwnedWorkload(
        workload=workload.resource,
        owner=owner.name if owner is not None else None,
        above=owner.above if owner is not None else (),
        unread=owner.unread if owner is not None else None,
        applied_by=tuple(dict.fromkeys(appliers)),
        taken=taken(workload.entries, places) is not None,
        delivery=deliveries.of(workload.resource, owned=owner is not None),
        possible=possible_deliveries(workload),
    )
