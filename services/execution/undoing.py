"""Bring a cluster back to the images that were recorded before they were changed.

Converges: what has its former images is left alone, and what somebody else has changed since is not touched.
"""

from typing import Any

from domain.resources import ResourceId
from domain.stored.rollouts import ExpectedRollout, UndoImages
from domain.words import EventType, Outcome
from services.execution.changing_images import ImageWork, change_images
from services.execution.progress import ClusterResult, Progress
from services.execution.watching import watch_rollouts
from services.kube.deadline import Deadline
from services.kube.gateway import ClusterGateway
from services.planning.health.values import HealthPolicy


class _Unremembered:
    """A log that says what happens and keeps nothing: the way back needs no way back of its own."""

    def __init__(self, log: Progress) -> None:
        self._log = log

    async def say(self, type: EventType, *, resource: ResourceId | None = None, **data: Any) -> None:  # noqa: A002
        await self._log.say(type, resource=resource, **data)

    async def remember(self, undo: UndoImages) -> None:
        """Nothing: what was remembered on the way there stays."""


async def undo_images(
    undo: UndoImages,
    gateway: ClusterGateway,
    namespace: str,
    log: Progress,
    *,
    policy: HealthPolicy,
    deadline: Deadline,
) -> ClusterResult:
    """Put the former images back and see whether they run: `rolled-back`, with a word where they do not yet.

    `failed` where an image could not be put back. Raises `ClusterError` where the cluster does not answer.
    """
    work = ImageWork.undoing(namespace, undo)
    result = await change_images(work, gateway, _Unremembered(log), deadline=deadline)
    if result.outcome is not None and not result.outcome.good:
        return ClusterResult(
            outcome=Outcome.FAILED,
            code="rollback-failed",
            detail=f"The former images could not be put back: {result.detail}",
            resource=result.resource,
        )
    settled = await _settle(result.expected, gateway, namespace, log, policy=policy, deadline=deadline)
    return ClusterResult(
        outcome=Outcome.ROLLED_BACK,
        code=settled.code,
        detail="The former images are back."
        if settled.outcome is Outcome.SUCCEEDED
        else f"The former images are back, but not all is well yet. {settled.detail}",
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
) -> ClusterResult:
    async def never() -> bool:
        return False

    return await watch_rollouts(expected, gateway, namespace, log, policy=policy, deadline=deadline, cancelled=never)
