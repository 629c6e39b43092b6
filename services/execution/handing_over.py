"""Hands images over to the owners of workloads: each owner is written once, for all of its workloads on a cluster.

A `Deliverer` for each delivery writes the edits that the plan holds. That it has written does not mean that the
workloads have their images: watching goes on from what they are seen to run.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from domain.declared_kinds import joined
from domain.hand_overs import HandOver, OwnerEdit, OwnerProgress, edits_of
from domain.resources import ResourceId
from domain.stored.rollouts import ExpectedRollout
from domain.words import ImageDelivery
from services.errors import Category, StagecoachError
from services.execution.image_work import Changed
from services.kube.deadline import Deadline
from services.planning.images.hand_overs import OwnerChanges
from services.reading.hand_overs.planning import HandOverReader, WorkloadPlace


class OwnerChangedError(StagecoachError):
    """The owner is not as the plan read it. Nothing was written."""

    code = "owner-changed"
    title = "The owner of the workload has changed meanwhile"
    category = Category.CONFLICT


@dataclass(frozen=True, kw_only=True)
class OwnerWork:
    """What is handed over to one owner, and in which operation. `back`: it takes back what that operation wrote."""

    operation: str
    asked: OwnerChanges
    back: bool = False

    @property
    def edits(self) -> tuple[OwnerEdit, ...]:
        return edits_of(each.handed_over for each in self.asked.changes if each.handed_over is not None)


class Deliverer(Protocol):
    """Writes the owners of one delivery. Every method may run again after its effect was done."""

    async def hand_over(self, work: OwnerWork, place: WorkloadPlace, *, deadline: Deadline) -> bool:
        """Write the edits where the owner is as the plan read it; False where it has them already.

        On the way back nothing is written, and nothing asked for, where the operation has changed nothing: an owner
        that refused the change would refuse that, too.

        Raises `OwnerChangedError` where it is neither, and other `StagecoachError`s.
        """

    async def look(
        self, handed: HandOver, operation: str, place: WorkloadPlace, *, deadline: Deadline
    ) -> OwnerProgress:
        """How far the owner is, while its workload has not its images yet. Raises `ClusterError`s."""


@dataclass(frozen=True, kw_only=True)
class Deliveries:
    """All that hands images over: `reader` plans it, `deliverers` write it."""

    reader: HandOverReader
    deliverers: Mapping[ImageDelivery, Deliverer]


NO_DELIVERIES = Deliveries(reader=HandOverReader({}), deliverers={})


@dataclass(frozen=True, kw_only=True)
class HandingOver:
    """The deliverers, for an operation's part on one cluster."""

    deliverers: Mapping[ImageDelivery, Deliverer]
    operation: str
    place: WorkloadPlace
    back: bool = False

    async def hand_over(self, asked: OwnerChanges, *, deadline: Deadline) -> bool:
        """Raises what `Deliverer.hand_over` raises."""
        work = OwnerWork(operation=self.operation, asked=asked, back=self.back)
        return await self.deliverers[asked.delivery].hand_over(work, self.place, deadline=deadline)

    async def look(self, handed: HandOver, *, deadline: Deadline) -> OwnerProgress:
        """Raises `ClusterError`s."""
        return await self.deliverers[handed.delivery].look(handed, self.operation, self.place, deadline=deadline)


async def hand_images_over(
    asked: OwnerChanges, handing_over: HandingOver, *, deadline: Deadline
) -> dict[ResourceId, Changed | StagecoachError]:
    """Write one owner; each of its workloads is expected to get its images, or has the error that prevented it."""
    workloads = dict.fromkeys(change.workload for change in asked.changes)
    try:
        written = await handing_over.hand_over(asked, deadline=deadline)
    except StagecoachError as error:
        return dict.fromkeys(workloads, error)
    return {each: Changed(expected=_expected(each, asked), written=written) for each in workloads}


def _expected(workload: ResourceId, asked: OwnerChanges) -> ExpectedRollout:
    own = [change for change in asked.changes if change.workload == workload]
    return ExpectedRollout(
        resource=workload,
        uid="",
        generation=None,
        images={change.container: change.after.reference for change in own},
        since=datetime.now(UTC),
        proven=tuple(change.container for change in own if change.after.digest is not None),
        handed_over=own[0].handed_over,
        declared=joined(change.declared for change in own),
    )
