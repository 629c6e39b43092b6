"""The worker of promotions, deploys and rollbacks. It needs only the plan in the operation's row.

It reads and plans, with the same planner, a cluster that did not answer while the plan was made.
"""

from dataclasses import replace

from domain.images import ContainerImage, ImageChange
from domain.stored.brought import with_secrets
from domain.stored.plans import StoredImagePlan
from domain.stored.requests import DeployRequest, PromotionRequest
from domain.stored.rollouts import ExpectedRollout
from domain.stored.spec import OperationSpec
from domain.words import Outcome
from services.execution.bringing_spec import bringing_spec
from services.execution.changing_images import change_images
from services.execution.copy_spec import ValuesMissingError
from services.execution.handing_over import NO_DELIVERIES, Deliveries, HandingOver
from services.execution.image_work import ImageWork
from services.execution.progress import Cancelled, ClusterResult, Progress
from services.execution.restarting import restart_workloads
from services.execution.undoing import undo_images
from services.execution.watching import watch_rollouts
from services.execution.watching_owners import OwnersAtWork
from services.execution.worker import ClusterTask, Worker
from services.kube.deadline import Deadline
from services.kube.gateway import ClusterGateway
from services.planning.health.values import HealthPolicy
from services.planning.images.promotion_plan import plan_cluster
from services.planning.objects.declared_images import workloads_among
from services.planning.preflight.former_configuration import readers
from services.planning.releases.restarting import plan_restarts
from services.reading.hand_overs.planning import WorkloadPlace
from services.reading.running_images import Depth, read_facts


class ImageWorker:
    """The `Worker` of every operation that changes images and nothing else."""

    stores_undo = True

    def __init__(
        self, policy: HealthPolicy, *, copies: Worker | None = None, deliveries: Deliveries = NO_DELIVERIES
    ) -> None:
        """`copies` writes the keys that a plan brings before its images, `deliveries` the owners of workloads."""
        self._policy = policy
        self._copies = copies
        self._deliveries = deliveries

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
        """Bring keys, patch what the plan changes, then restart what reads the keys, where that is asked.

        The patches' `test` operations keep other writers' changes.
        """
        del prepared  # the row suffices
        planned = _image_plan(task).clusters[task.cluster.name]
        changes = planned.changes
        if not planned.read:
            found = await self._plan_unread(task, planned.desired, gateway, deadline=deadline)
            if isinstance(found, ClusterResult):
                return found
            changes = found
        work = ImageWork.of(task.namespace, changes)
        if _image_plan(task).brings is not None:
            await log.store_undo(work.to_undo())  # nothing may be written before, and keys are
        brought = await self.bring(task, gateway, log, deadline=deadline, cancelled=cancelled)
        if brought is not None and brought.outcome is not None and not brought.outcome.good:
            return brought
        changed = await change_images(
            work, gateway, log, deadline=deadline, handing_over=self._handing_over(task, gateway)
        )
        if changed.outcome is not None and not changed.outcome.good:
            return changed
        restarted = await self._restart_readers(task, changed.expected, gateway, log, deadline=deadline)
        if restarted:
            return replace(changed, outcome=None, expected=(*changed.expected, *restarted))
        return brought if brought is not None and changed.outcome is Outcome.UNCHANGED else changed

    async def bring(
        self, task: ClusterTask, gateway: ClusterGateway, log: Progress, *, deadline: Deadline, cancelled: Cancelled
    ) -> ClusterResult | None:
        """Write the keys that the plan brings, as an import by key. It converges, and nothing of it is undone:
        pods that have started with a key would not start again without it.
        """
        plan, request = _image_plan(task), task.spec.request
        if plan.brings is None:
            return None
        assert self._copies is not None, "whoever plans to bring keys has a worker that does"
        assert isinstance(request, PromotionRequest | DeployRequest)
        try:
            asked = with_secrets(request.bring, task.secrets or {})
            spec = bringing_spec(asked, namespace=task.namespace, source=plan.brings.source)
        except ValuesMissingError as missing:
            return ClusterResult(
                outcome=Outcome.FAILED,
                code="values-erased",
                detail=f"The value of {missing} was erased. Send it again with a retry.",
            )
        copied, secrets = spec.to_stored()
        copy = replace(task, spec=OperationSpec(request=copied, plan=plan.brings), secrets=secrets)
        return await self._copies.apply(copy, None, gateway, log, deadline=deadline, cancelled=cancelled)

    async def _restart_readers(
        self,
        task: ClusterTask,
        expected: tuple[ExpectedRollout, ...],
        gateway: ClusterGateway,
        log: Progress,
        *,
        deadline: Deadline,
    ) -> tuple[ExpectedRollout, ...]:
        """The rollouts of what reads the keys that came, and is `expected` to get no other image.

        Not asked is whether this run has written the keys: one before it, which broke off, may have. Raises
        `ChangedMeanwhileError`, `ClusterError`s.
        """
        plan = _image_plan(task)
        if plan.brings is None or plan.restarts is None:  # a rollback restarts what reads what it puts back
            return ()
        workloads = plan.restarts.clusters.get(task.cluster.name)
        if workloads is None:  # it did not answer when the others were planned
            request = task.spec.request
            leave_out = request.leave_out if isinstance(request, PromotionRequest) else ()
            own = workloads_among(task.target.resources, task.target.declared)
            facts = await read_facts(
                gateway, task.namespace, own, deadline=deadline, policy=self._policy, depth=Depth.TEMPLATES
            )
            new = {each.resource for each in expected}
            stale = readers(facts.manifests, plan.brought_keys, besides=new, leave_out=leave_out)
            workloads = plan_restarts(facts, [each for each, _ in stale]).workloads
        return await restart_workloads(
            workloads, task.operation.created_at, gateway, namespace=task.namespace, log=log, deadline=deadline
        )

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
            owners=OwnersAtWork(self._handing_over(task, gateway)),
        )

    async def undo(
        self, task: ClusterTask, gateway: ClusterGateway, log: Progress, *, deadline: Deadline
    ) -> ClusterResult:
        """Restore the previous images."""
        assert task.undo is not None
        return await undo_images(
            task.undo,
            gateway,
            task.namespace,
            log,
            policy=self._policy,
            deadline=deadline,
            handing_over=self._handing_over(task, gateway),
        )

    def _handing_over(self, task: ClusterTask, gateway: ClusterGateway) -> HandingOver:
        return HandingOver(
            deliverers=self._deliveries.deliverers, operation=task.operation.id, place=_place(task, gateway)
        )

    async def _plan_unread(
        self,
        task: ClusterTask,
        desired: tuple[ContainerImage, ...],
        gateway: ClusterGateway,
        *,
        deadline: Deadline,
    ) -> tuple[ImageChange, ...] | ClusterResult:
        plan = _image_plan(task)
        facts = await read_facts(
            gateway,
            task.namespace,
            workloads_among(task.target.resources, task.target.declared),
            deadline=deadline,
            policy=self._policy,
            depth=Depth.DIGESTS,
            declared=task.target.declared,
            control_planes=self._deliveries.reader.control_planes,
        )
        # `desired` holds only what was selected.
        plan_here = plan_cluster(
            desired, facts, pin=plan.pin, selected=None, allow=frozenset(plan.allow), deliveries=plan.deliveries
        )
        plan_here = await self._deliveries.reader.settled_on(plan_here, _place(task, gateway), deadline=deadline)
        blocking = next((problem for problem in plan_here.problems if problem.blocks), None)
        if blocking is not None:
            return ClusterResult(
                outcome=Outcome.FAILED,
                code=blocking.code,
                detail=blocking.detail,
                resource=blocking.resource,
            )
        return plan_here.changes


def _place(task: ClusterTask, gateway: ClusterGateway) -> WorkloadPlace:
    return WorkloadPlace(target=task.target, cluster=task.cluster, gateway=gateway, namespace=task.namespace)


def _image_plan(task: ClusterTask) -> StoredImagePlan:
    """The task's plan, which an operation of these kinds has."""
    plan = task.spec.plan
    assert isinstance(plan, StoredImagePlan)
    return plan
