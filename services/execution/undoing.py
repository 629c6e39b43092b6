"""Restores the previous images on a cluster, as they were stored before they were changed.

Converges: a workload that has its previous images is left alone, and so is one that another writer has changed since.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from domain.resources import ResourceId
from domain.stored.rollouts import ExpectedRollout, UndoImages
from domain.words import EventType, Outcome
from domain.written import WrittenObject
from services.execution.changing_images import change_images
from services.execution.handing_over import HandingOver
from services.execution.image_work import ImageWork
from services.execution.progress import ClusterResult, Progress
from services.execution.watching import watch_rollouts
from services.execution.watching_owners import OwnersAtWork
from services.kube.deadline import Deadline
from services.kube.gateway import ClusterGateway
from services.planning.health.values import HealthPolicy


class _WithoutUndo:
    """A `Progress` that reports and stores nothing: an undo is not undone."""

    def __init__(self, log: Progress) -> None:
        self._log = log

    async def report(self, type: EventType, *, resource: ResourceId | None = None, **data: Any) -> None:  # noqa: A002
        await self._log.report(type, resource=resource, **data)

    async def store_undo(self, undo: UndoImages) -> None:
        """Stores nothing: what was stored before the change stays."""

    async def wrote(self, objects: Sequence[WrittenObject]) -> None:
        await self._log.wrote(objects)


async def undo_images(
    undo: UndoImages,
    gateway: ClusterGateway,
    namespace: str,
    log: Progress,
    *,
    policy: HealthPolicy,
    deadline: Deadline,
    handing_over: HandingOver | None = None,
) -> ClusterResult:
    """Restore the previous images and watch their rollouts.

    Returns `rolled-back`, with a code and a detail if they are not healthy; `failed` if an image could not be restored,
    and `unreachable` if the cluster does not answer.
    """
    work = ImageWork.undoing(namespace, undo)
    if handing_over is not None:
        handing_over = replace(handing_over, back=True)
    result = await change_images(work, gateway, _WithoutUndo(log), deadline=deadline, handing_over=handing_over)
    if result.outcome is not None and not result.outcome.good:
        lost = result.outcome is Outcome.UNREACHABLE
        return ClusterResult(
            outcome=Outcome.UNREACHABLE if lost else Outcome.FAILED,
            code=result.code if lost else "rollback-failed",
            detail=f"The previous images could not be restored: {result.detail}",
            resource=result.resource,
        )
    owners = OwnersAtWork(handing_over) if handing_over is not None else None
    settled = await _settle(result.expected, gateway, namespace, log, policy=policy, deadline=deadline, owners=owners)
    return ClusterResult(
        outcome=Outcome.ROLLED_BACK,
        code=settled.code,
        detail="The previous images are restored."
        if settled.outcome is Outcome.SUCCEEDED
        else f"The previous images are restored, but not all rollouts are healthy. {settled.detail}",
        resource=settled.resource,
    )


async def _settle(
    expected: tuple[ExpectedRollout, ...],
    gateway: ClusterGateway,
    namespace: str,
    log: Progress,
    *,
    policy: HealthPolicy,
    deadline: Deadline,
    owners: OwnersAtWork | None,
) -> ClusterResult:
    async def never() -> bool:
        return False

    return await watch_rollouts(
        expected,
        gateway,
        namespace,
        log,
        policy=policy,
        deadline=deadline,
        cancelled=never,
        patient=False,
        owners=owners,
    )
