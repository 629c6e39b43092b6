"""Asks the owners of a plan's workloads what they would have to change, for every delivery that hands over. Reads only.

All owners of all clusters are asked at once. Each delivery has a planner of its own; what they answer enters the plan
by pure functions (`services.planning.images.hand_overs`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from db.records.inventory import AppEnvironmentRecord, ClusterRecord
from domain.problems import Problem
from domain.words import ImageDelivery
from services.concurrency import gather_settled
from services.errors import StagecoachError
from services.kube.deadline import Deadline
from services.kube.gateway import ClusterGateway, Clusters
from services.planning.images.hand_overs import (
    HandOvers,
    OwnerChanges,
    Refusal,
    blocking,
    handed_over,
    owner_changes,
    with_hand_overs,
)
from services.planning.images.promotion_plan import ClusterPromotionPlan, PromotionPlan
from services.reading.control_planes import OWN_CONTROL_PLANES, ControlPlanes
from services.reading.credentials import credential_of
from services.reading.fan_out import fan_out


@dataclass(frozen=True, kw_only=True)
class WorkloadPlace:
    """Where workloads are whose owner is asked or written: the app environment, on one of its clusters."""

    target: AppEnvironmentRecord
    cluster: ClusterRecord
    gateway: ClusterGateway
    namespace: str

    @property
    def environment(self) -> str:
        """The app environment, as its owner's opt-in names it: `shop/Production`."""
        return f"{self.target.application.name}/{self.target.environment.name}"


class HandOverPlanner(Protocol):
    """Plans one delivery."""

    async def plan(self, asked: OwnerChanges, place: WorkloadPlace, *, deadline: Deadline) -> HandOvers | Refusal:
        """The edits for each container, or why there are none. May raise `StagecoachError`s."""


class HandOverReader:
    """The planners, by their delivery. `control_planes` tell where the owners of Argo CD are."""

    def __init__(
        self,
        planners: Mapping[ImageDelivery, HandOverPlanner],
        *,
        control_planes: ControlPlanes = OWN_CONTROL_PLANES,
    ) -> None:
        self._planners = planners
        self.control_planes = control_planes

    async def settled(
        self, plan: PromotionPlan, target: AppEnvironmentRecord, clusters: Clusters, *, deadline: Deadline
    ) -> PromotionPlan:
        """The plan with the edits of all owners. A cluster that does not answer blocks what it hands over."""
        asked = {one.cluster: owners for one in plan.clusters if (owners := owner_changes(one.changes))}

        async def ask(cluster: ClusterRecord) -> Sequence[HandOvers | Problem]:
            gateway = await clusters.gateway(credential_of(cluster))
            place = WorkloadPlace(target=target, cluster=cluster, gateway=gateway, namespace=target.namespace or "")
            return await self._asked(asked[cluster.name], place, deadline=deadline)

        concerned = [cluster for cluster in target.environment.clusters if cluster.name in asked]
        outcomes = await fan_out(concerned, ask, deadline=deadline, name=lambda cluster: cluster.name)
        answers = {
            one.item.name: one.result
            if one.error is None
            else [blocking(one.error.code, one.error.detail, one.item.name, each) for each in asked[one.item.name]]
            for one in outcomes
        }
        return with_hand_overs(plan, answers)

    async def settled_on(
        self, plan: ClusterPromotionPlan, place: WorkloadPlace, *, deadline: Deadline
    ) -> ClusterPromotionPlan:
        """As `settled`, for a cluster that is planned when it is written."""
        return handed_over(plan, await self._asked(owner_changes(plan.changes), place, deadline=deadline))

    async def _asked(
        self, owners: Sequence[OwnerChanges], place: WorkloadPlace, *, deadline: Deadline
    ) -> Sequence[HandOvers | Problem]:
        return await gather_settled([self._ask(each, place, deadline=deadline) for each in owners])

    async def _ask(self, asked: OwnerChanges, place: WorkloadPlace, *, deadline: Deadline) -> HandOvers | Problem:
        try:
            found = await self._planners[asked.delivery].plan(asked, place, deadline=deadline)
        except StagecoachError as error:
            return blocking(error.code, error.detail, place.gateway.cluster, asked)
        if isinstance(found, Refusal):
            return blocking(found.code, found.detail, place.gateway.cluster, asked)
        return found
