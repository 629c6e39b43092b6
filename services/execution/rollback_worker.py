"""The worker of rollbacks and restarts: ConfigMaps and Secrets of the release first, then images, then restarts.

So that new pods find the configuration with which their image ran, and pods that keep their image read it again. What
is not asked for is left out. Undoing puts images back, and no configuration.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Protocol

from domain.configuration import CONFIGURATION
from domain.held_configuration import HeldConfiguration
from domain.resources import ResourceId
from domain.stored.plans import StoredImagePlan
from domain.stored.restores import StoredRestore, StoredRestored
from domain.stored.rollouts import ExpectedRollout
from domain.words import Outcome
from services.execution.image_worker import ImageWorker
from services.execution.progress import Cancelled, ClusterResult, Progress
from services.execution.restarting import restart_workloads
from services.execution.restoring import Restoring
from services.execution.worker import ClusterTask
from services.kube.deadline import Deadline
from services.kube.gateway import ClusterGateway
from services.planning.health.values import HealthPolicy
from services.planning.objects.field_prints import FieldPrints
from services.planning.objects.workloads import is_workload
from services.planning.releases.restarting import consumers_of, plan_restarts
from services.planning.releases.restoring import NOT_HELD, plan_restore
from services.reading.held_configuration import read_live
from services.reading.running_images import Depth, read_facts


class HeldReleases(Protocol):
    """Reads what releases hold, with values (services.reading.held_configuration.HeldReleases)."""

    async def of(self, app_environment_id: str, release: int) -> Mapping[str, HeldConfiguration]: ...


class RollbackWorker:
    """`services.execution.worker.Worker` for rollbacks and restarts."""

    stores_undo = False  # configuration is written before images, whose way back is stored before they are

    def __init__(self, images: ImageWorker, releases: HeldReleases, prints: FieldPrints) -> None:
        self._images = images
        self._releases = releases
        self._prints = prints

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
        restored = frozenset[ResourceId]()
        restore = _restore_of(task)
        if restore is not None:
            result = await self._put_back(task, restore, gateway, log, deadline)
            if isinstance(result, ClusterResult):
                return result
            restored = result
        images = await self._images.apply(task, prepared, gateway, log, deadline=deadline, cancelled=cancelled)
        if images.outcome is not None and not images.outcome.good:
            return images
        restarted = await self._restart(task, restored, images.expected, gateway, log, deadline=deadline)
        if restarted:
            return ClusterResult(outcome=None, expected=(*images.expected, *restarted))
        if restored and images.outcome is Outcome.UNCHANGED:
            return replace(images, outcome=Outcome.SUCCEEDED)
        return images

    async def bring(
        self, task: ClusterTask, gateway: ClusterGateway, log: Progress, *, deadline: Deadline, cancelled: Cancelled
    ) -> ClusterResult | None:
        """Nothing: configuration is put back together with the images, which may not be ready for it before."""
        return await self._images.bring(task, gateway, log, deadline=deadline, cancelled=cancelled)

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
        return await self._images.watch(task, expected, gateway, log, deadline=deadline, cancelled=cancelled)

    async def undo(
        self, task: ClusterTask, gateway: ClusterGateway, log: Progress, *, deadline: Deadline
    ) -> ClusterResult:
        return await self._images.undo(task, gateway, log, deadline=deadline)

    async def _restart(
        self,
        task: ClusterTask,
        restored: frozenset[ResourceId],
        expected: tuple[ExpectedRollout, ...],
        gateway: ClusterGateway,
        log: Progress,
        *,
        deadline: Deadline,
    ) -> tuple[ExpectedRollout, ...]:
        """The rollouts of what is restarted. Raises `ChangedMeanwhileError`, `ClusterError`s."""
        restarts = _plan_of(task).restarts
        if restarts is None:
            return ()
        workloads = restarts.clusters.get(task.cluster.name)
        if workloads is None:  # it did not answer when the others were planned
            own = tuple(each for each in task.target.resources if is_workload(each.kind))
            facts = await read_facts(
                gateway, task.namespace, own, deadline=deadline, policy=HealthPolicy(), depth=Depth.TEMPLATES
            )
            asked = restarts.asked
            if _restore_of(task) is not None:
                new = {each.resource for each in expected}
                asked = tuple(each for each in consumers_of(restored, facts.manifests) if each not in new)
            workloads = plan_restarts(facts, asked).workloads
        return await restart_workloads(
            workloads, task.operation.created_at, gateway, namespace=task.namespace, log=log, deadline=deadline
        )

    async def _put_back(
        self, task: ClusterTask, restore: StoredRestore, gateway: ClusterGateway, log: Progress, deadline: Deadline
    ) -> frozenset[ResourceId] | ClusterResult:
        """What was written; or why this cluster fails. Raises `ChangedMeanwhileError`, `ClusterError`s."""
        place = task.operation.app_environment_id
        held = (await self._releases.of(place, restore.release)).get(task.cluster.name)
        planned = restore.clusters.get(task.cluster.name)
        if planned is None:
            fresh = await self._plan(task, restore, held, gateway, deadline)
            if isinstance(fresh, ClusterResult):
                return fresh
            planned = fresh
        if held is None:
            detail = f"Release {restore.release} holds no configuration of {task.cluster.name} any more. Plan again."
            return ClusterResult(outcome=Outcome.FAILED, code=NOT_HELD, detail=detail)
        restoring = Restoring(
            gateway=gateway, namespace=task.namespace, place=place, prints=self._prints, deadline=deadline
        )
        return await restoring.put_back(planned, held, log)

    async def _plan(
        self,
        task: ClusterTask,
        restore: StoredRestore,
        held: HeldConfiguration | None,
        gateway: ClusterGateway,
        deadline: Deadline,
    ) -> tuple[StoredRestored, ...] | ClusterResult:
        """The plan of a cluster that did not answer when the others were planned."""
        own = [each for each in task.target.resources if each.kind in CONFIGURATION]
        names = {*own, *(each.resource for each in (held.objects if held is not None else ()))}
        live = await read_live(gateway, task.namespace, names, deadline=deadline)
        plan = plan_restore(
            live,
            restore.release,
            held,
            self._prints,
            place=task.operation.app_environment_id,
            chosen=restore.chosen,
        )
        blocking = next((each for each in plan.problems if each.blocks), None)
        if blocking is not None:
            return ClusterResult(
                outcome=Outcome.FAILED, code=blocking.code, detail=blocking.detail, resource=blocking.resource
            )
        return tuple(each.to_stored() for each in plan.objects)


def _plan_of(task: ClusterTask) -> StoredImagePlan:
    """The task's plan, which an operation of these kinds has."""
    plan = task.spec.plan
    assert isinstance(plan, StoredImagePlan)
    return plan


def _restore_of(task: ClusterTask) -> StoredRestore | None:
    return _plan_of(task).restore
