"""Gives applications of Argo CD the overrides that were planned, and asks for a sync. Converges.

One guarded patch makes the overrides and the request, so that whoever runs again after a kill finds both or neither.
What is known of the application afterwards is what its controller reports.
"""

import asyncio
from collections.abc import Sequence

from domain.cluster_api import JsonPatchOperation
from domain.hand_overs import HandOver, OwnerAddress, OwnerProgress
from domain.resources import Manifest
from services.execution.handing_over import OwnerChangedError, OwnerWork
from services.kube.deadline import Deadline
from services.kube.errors import PatchTestFailedError
from services.planning.argocd.progress import is_requested, is_synced_for, progress
from services.planning.argocd.refusals import IN_GIT, refused_by_operation
from services.planning.argocd.writing import changed_at, has, information, sync_patch
from services.planning.images.hand_overs import capitalised
from services.planning.images.owner_refusals import missing, refused_by_opt_in
from services.planning.objects.workload_owners import APPLICATION
from services.reading.hand_overs.planning import WorkloadPlace

_LOOK_EVERY = 1.0  # seconds, while a sync that somebody else asked for is under way


class ApplicationDeliverer:
    """`services.execution.handing_over.Deliverer` for applications of Argo CD."""

    async def hand_over(self, work: OwnerWork, place: WorkloadPlace, *, deadline: Deadline) -> bool:
        """Raises `OwnerChangedError` and `ClusterError`s."""
        owner, info = work.asked.owner, information(work.operation, work.edits)
        while True:
            application = await _as_planned(work, place, deadline=deadline)
            untouched = work.back and not is_synced_for(application, work.operation)
            if has(application, work.edits) and (untouched or is_requested(application, info)):
                return False
            busy = refused_by_operation(owner, application)
            if busy is None and await _patch(
                owner, place, sync_patch(application, work.edits, info), deadline=deadline
            ):
                return True
            if deadline.left() <= _LOOK_EVERY:
                raise OwnerChangedError(busy.detail if busy is not None else _moving(owner))
            await asyncio.sleep(_LOOK_EVERY)

    async def look(
        self, handed: HandOver, operation: str, place: WorkloadPlace, *, deadline: Deadline
    ) -> OwnerProgress:
        """Raises `ClusterError`s."""
        application = await _read(handed.owner, place, deadline=deadline)
        return progress(handed.owner.title, application, handed.edits, information(operation, handed.edits))


async def _as_planned(work: OwnerWork, place: WorkloadPlace, *, deadline: Deadline) -> Manifest:
    """The application, as the plan read it or as the edits leave it. Raises `OwnerChangedError`."""
    owner = work.asked.owner
    application = await _read(owner, place, deadline=deadline)
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
    owner: OwnerAddress, place: WorkloadPlace, operations: Sequence[JsonPatchOperation], *, deadline: Deadline
) -> bool:
    """False where somebody was faster: what they did is to be judged anew."""
    try:
        await place.gateway.patch_json(
            APPLICATION, owner.name, operations, namespace=owner.namespace, deadline=deadline
        )
    except PatchTestFailedError:
        return False
    return True


def _moving(owner: OwnerAddress) -> str:
    return f"{capitalised(owner.title)} was changed by others each time that it was to be written. Plan again."


async def _read(owner: OwnerAddress, place: WorkloadPlace, *, deadline: Deadline) -> Manifest | None:
    return await place.gateway.get(APPLICATION, owner.name, namespace=owner.namespace, deadline=deadline)
