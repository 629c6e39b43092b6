"""Gives applications of Argo CD the overrides that were planned, and asks for a sync. Converges.

One guarded patch makes the overrides and the request, so that whoever runs again after a kill finds both or neither.
What is known of the application afterwards is what its controller reports.
"""

import asyncio
from collections.abc import Sequence

from domain.cluster_api import JsonPatchOperation
from domain.hand_overs import HandOver, OwnerAddress, OwnerProgress, OwnerState
from domain.resources import Manifest
from services.errors import Category, StagecoachError
from services.execution.handing_over import OwnerChangedError, OwnerWork
from services.kube.deadline import Deadline
from services.kube.errors import ClusterUnreachableError, PatchTestFailedError
from services.planning.argocd.progress import is_requested, is_synced_for, progress, unseen
from services.planning.argocd.refusals import IN_GIT, argocd_moved, refused_by_operation
from services.planning.argocd.writing import changed_at, has, information, sync_patch
from services.planning.images.hand_overs import capitalised
from services.planning.images.owner_refusals import missing, refused_by_opt_in
from services.planning.objects.workload_owners import APPLICATION
from services.reading.control_planes import OWN_CONTROL_PLANES, ControlPlane, ControlPlanes
from services.reading.hand_overs.planning import WorkloadPlace

_LOOK_EVERY = 1.0  # seconds, while a sync that somebody else asked for is under way


class ArgoCdUnreachableError(StagecoachError):
    """Argo CD runs on another cluster, which does not answer. Whether the application was changed is not known."""

    code = "argocd-unreachable"
    title = "The cluster that Argo CD runs on cannot be reached"
    category = Category.UPSTREAM

    def __init__(self, cluster: str, hub: str, why: str) -> None:
        super().__init__(
            f"The Argo CD of cluster {cluster} runs on cluster {hub}, which does not answer: {why} Retry when it does."
        )


class ApplicationDeliverer:
    """`services.execution.handing_over.Deliverer` for applications of Argo CD."""

    def __init__(self, control_planes: ControlPlanes = OWN_CONTROL_PLANES) -> None:
        self._control_planes = control_planes

    async def hand_over(self, work: OwnerWork, place: WorkloadPlace, *, deadline: Deadline) -> bool:
        """Raises `OwnerChangedError`, `ArgoCdUnreachableError` and other `ClusterError`s."""
        plane = await self._plane(work.asked.owner, place)
        try:
            return await _handed_over(work, place, plane, deadline=deadline)
        except ClusterUnreachableError as error:
            if plane.hub is None:
                raise
            # Not the workloads' cluster is away: that one would be tried again as soon as it answers, and it does.
            raise ArgoCdUnreachableError(place.cluster.name, plane.hub, error.detail) from None

    async def look(
        self, handed: HandOver, operation: str, place: WorkloadPlace, *, deadline: Deadline
    ) -> OwnerProgress:
        """Raises `ClusterError`s of the workloads' cluster, and where Argo CD refuses to be read."""
        owner = handed.owner
        try:
            plane = await self._plane(owner, place)
            application = await _read(owner, plane, deadline=deadline)
        except OwnerChangedError as error:
            return OwnerProgress(state=OwnerState.FAILED, reason="ArgoCdMoved", message=error.detail)
        except ClusterUnreachableError as error:
            if owner.cluster is None:
                raise
            return unseen(owner.title, owner.cluster, error.detail)
        return progress(owner.title, application, handed.edits, information(operation, handed.edits))

    async def _plane(self, owner: OwnerAddress, place: WorkloadPlace) -> ControlPlane:
        """Raises `OwnerChangedError` where Argo CD is said to run on another cluster by now."""
        plane = await self._control_planes.of(place.gateway)
        if plane.hub != owner.cluster:
            raise OwnerChangedError(argocd_moved(owner).detail)
        return plane


async def _handed_over(work: OwnerWork, place: WorkloadPlace, plane: ControlPlane, *, deadline: Deadline) -> bool:
    owner, info = work.asked.owner, information(work.operation, work.edits)
    while True:
        application = await _as_planned(work, place, plane, deadline=deadline)
        untouched = work.back and not is_synced_for(application, work.operation)
        if has(application, work.edits) and (untouched or is_requested(application, info)):
            return False
        busy = refused_by_operation(owner, application)
        if busy is None and await _patch(
            owner, place, plane, sync_patch(application, work.edits, info), deadline=deadline
        ):
            return True
        if deadline.left() <= _LOOK_EVERY:
            raise OwnerChangedError(busy.detail if busy is not None else _moving(owner))
        await asyncio.sleep(_LOOK_EVERY)


async def _as_planned(work: OwnerWork, place: WorkloadPlace, plane: ControlPlane, *, deadline: Deadline) -> Manifest:
    """The application, as the plan read it or as the edits leave it. Raises `OwnerChangedError`."""
    owner = work.asked.owner
    application = await _read(owner, plane, deadline=deadline)
    if application is None:
        raise OwnerChangedError(missing(owner, IN_GIT).detail)
    refusal = refused_by_opt_in(owner, application, place.environment)
    if refusal is not None:
        raise OwnerChangedError(refusal.detail)
    changed = changed_at(application, work.edits)
    if changed is not None:
        raise OwnerChangedError(
            f"{capitalised(owner.title)} is not as the plan read it at {changed}: somebody has changed it meanwhile. "
            "Plan again."
        )
    return application


async def _patch(
    owner: OwnerAddress,
    place: WorkloadPlace,
    plane: ControlPlane,
    operations: Sequence[JsonPatchOperation],
    *,
    deadline: Deadline,
) -> bool:
    """False where somebody was faster: what they did is to be judged anew."""
    await place.gateway.before_write()  # whatever cluster is written, it is a change of the workloads' one
    try:
        await plane.patch(owner, operations, deadline=deadline)
    except PatchTestFailedError:
        return False
    return True


def _moving(owner: OwnerAddress) -> str:
    return f"{capitalised(owner.title)} was changed by others each time that it was to be written. Plan again."


async def _read(owner: OwnerAddress, plane: ControlPlane, *, deadline: Deadline) -> Manifest | None:
    return await plane.get(APPLICATION, owner.name, namespace=owner.namespace, deadline=deadline)
