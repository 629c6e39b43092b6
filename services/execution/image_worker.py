"""The worker of promotions, deploys and rollbacks. It needs only the plan in the operation's row.

It reads and plans, with the same planner, a cluster that did not answer while the plan was made.
"""

from domain.images import ContainerImage
from domain.stored.plans import StoredImagePlan
from domain.stored.rollouts import ExpectedRollout
from domain.words import Outcome
from services.execution.changing_images import ImageWork, change_images
from services.execution.progress import Cancelled, ClusterResult, Progress
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

    stores_undo = True

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
        """Patch what the plan changes. The `test` operations of the patches keep other writers' changes."""
        del prepared, cancelled  # the row suffices, and one patch a workload leaves nothing to stop half-way
        planned = _image_plan(task).clusters[task.cluster.name]
        if planned.read:
            work = ImageWork.of(task.namespace, planned.changes)
            return await change_images(work, gateway, log, deadline=deadline)
        return await self._apply_to_unread(task, planned.desired, gateway, log, deadline=deadline)

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
        """Watch the rollouts to their end."""
        return await watch_rollouts(
            expected,
            gateway,
            task.namespace,
            log,
            policy=self._policy,
            deadline=deadline,
            cancelled=cancelled,
        )

    async def undo(
        self, task: ClusterTask, gateway: ClusterGateway, log: Progress, *, deadline: Deadline
    ) -> ClusterResult:
        """Restore the previous images."""
        assert task.undo is not None
        return await undo_images(task.undo, gateway, task.namespace, log, policy=self._policy, deadline=deadline)

    async def _apply_to_unread(
        self,
        task: ClusterTask,
        desired: tuple[ContainerImage, ...],
        gateway: ClusterGateway,
        log: Progress,
        *,
        deadline: Deadline,
    ) -> ClusterResult:
        plan = _image_plan(task)
        workloads = tuple(resource for resource in task.target.resources if is_workload(resource.kind))
        facts = await read_facts(
            gateway, task.namespace, workloads, deadline=deadline, policy=self._policy, depth=Depth.DIGESTS
        )
        # `desired` holds only what was selected.
        plan_here = plan_cluster(desired, facts, pin=plan.pin, selected=None, allow=frozenset(plan.allow))
        blocking = next((problem for problem in plan_here.problems if problem.blocks), None)
        if blocking is not None:
            return ClusterResult(
                outcome=Outcome.FAILED,
                code=blocking.code,
                detail=blocking.detail,
                resource=blocking.resource,
            )
        return await change_images(ImageWork.of(task.namespace, plan_here.changes), gateway, log, deadline=deadline)


def _image_plan(task: ClusterTask) -> StoredImagePlan:
    """The task's plan, which an operation of these kinds has."""
    plan = task.spec.plan
    assert isinstance(plan, StoredImagePlan)
    return plan
