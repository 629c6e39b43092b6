"""Promotions, deployments and roll-backs, as the engine calls for them: the plan in the row is all that is needed.

A cluster that did not answer while the plan was made is read and planned here, by the same planner, when it does.
"""

from collections.abc import Mapping
from typing import Any

from domain.images import ContainerImage, ImageChange
from domain.problems import Severity
from domain.resources import ResourceId
from domain.words import Outcome
from services.execution.changing_images import ImageWork, change_images
from services.execution.progress import Cancelled, ClusterResult, ExpectedRollout, Progress
from services.execution.undoing import undo_images
from services.execution.watching import watch_rollouts
from services.execution.worker import ClusterTask
from services.kube.deadline import Deadline
from services.kube.gateway import ClusterGateway
from services.planning.health.values import HealthPolicy
from services.planning.images.promotion_plan import plan_cluster
from services.planning.objects.workloads import is_workload
from services.reading.running_images import Depth, read_facts


class ImageWorker:
    """The `Worker` of every operation that changes images and nothing else."""

    remembers = True

    def __init__(self, policy: HealthPolicy) -> None:
        self._policy = policy

    async def apply(
        self,
        task: ClusterTask,
        prepared: object | None,
        gateway: ClusterGateway,
        log: Progress,
        *,
        deadline: Deadline,
        cancelled: Cancelled,
    ) -> ClusterResult:
        """Patch what the plan says; its tests see to it that nothing else is overwritten."""
        del prepared, cancelled  # the row says all, and one patch a workload leaves nothing to stop half-way
        plan = task.spec.plan["clusters"][task.cluster.name]
        if plan["read"]:
            changes = tuple(ImageChange.from_json(stored) for stored in plan["changes"])
            return await change_images(ImageWork.of(_namespace(task), changes), gateway, log, deadline=deadline)
        return await self._apply_to_unread(task, plan, gateway, log, deadline=deadline)

    async def watch(
        self,
        task: ClusterTask,
        expected: tuple[ExpectedRollout, ...],
        gateway: ClusterGateway,
        log: Progress,
        *,
        deadline: Deadline,
        cancelled: Cancelled,
    ) -> ClusterResult:
        """Follow the rollouts to their end."""
        return await watch_rollouts(
            expected,
            gateway,
            _namespace(task),
            log,
            policy=self._policy,
            deadline=deadline,
            cancelled=cancelled,
        )

    async def undo(
        self, task: ClusterTask, gateway: ClusterGateway, log: Progress, *, deadline: Deadline
    ) -> ClusterResult:
        """Put the former images back."""
        assert task.before is not None
        return await undo_images(task.before, gateway, _namespace(task), log, policy=self._policy, deadline=deadline)

    async def _apply_to_unread(
        self,
        task: ClusterTask,
        plan: Mapping[str, Any],
        gateway: ClusterGateway,
        log: Progress,
        *,
        deadline: Deadline,
    ) -> ClusterResult:
        namespace = _namespace(task)
        wanted = tuple(ContainerImage.from_json(stored) for stored in plan["wanted"])
        resources = tuple(
            resource
            for resource in (ResourceId.of(r.api_version, r.kind, r.name) for r in task.target.resources)
            if is_workload(resource.kind)
        )
        facts = await read_facts(
            gateway, namespace, resources, deadline=deadline, policy=self._policy, depth=Depth.DIGESTS
        )
        # `wanted` holds what was asked for alone, so that there is nothing left to select.
        made = plan_cluster(wanted, facts, pin=task.spec.plan["pin"], selected=None)
        blocking = next((problem for problem in made.problems if problem.severity is Severity.BLOCKS), None)
        if blocking is not None:
            return ClusterResult(
                outcome=Outcome.FAILED,
                code=blocking.code,
                detail=blocking.detail,
                resource=str(blocking.resource) if blocking.resource else None,
            )
        return await change_images(ImageWork.of(namespace, made.changes), gateway, log, deadline=deadline)


def _namespace(task: ClusterTask) -> str:
    return str(task.spec.plan["namespace"])
