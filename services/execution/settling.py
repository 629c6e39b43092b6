"""Asks a cluster about custom resources that differ as far as a plan knows. Changes nothing."""

import asyncio
from collections.abc import Mapping

from domain.resources import Manifest, ResourceId
from services.execution.copying import CONCURRENCY, at_version
from services.kube.deadline import Deadline
from services.kube.errors import ClusterError
from services.kube.gateway import ClusterGateway
from services.planning.copying.plan import ClusterCopyPlan, PlannedResource, WriteMethod
from services.planning.copying.settling import doubtful


async def try_differing(
    plan: ClusterCopyPlan, gateway: ClusterGateway, *, deadline: Deadline
) -> Mapping[ResourceId, Manifest]:
    """What the cluster would store of custom resources that the plan does not write because they differ."""
    slots = asyncio.Semaphore(CONCURRENCY)

    async def attempt(resource: PlannedResource) -> tuple[ResourceId, Manifest | None]:
        async with slots:
            return resource.resource, await _answer(resource, plan.namespace, gateway, deadline)

    answers = await asyncio.gather(*map(attempt, doubtful(plan)))
    return {resource: answer for resource, answer in answers if answer is not None}


async def _answer(
    resource: PlannedResource, namespace: str, gateway: ClusterGateway, deadline: Deadline
) -> Manifest | None:
    """None where the cluster refuses or does not answer: the difference stands as the plan found it."""
    desired, live = resource.desired, resource.live
    assert desired is not None
    assert live is not None
    try:
        if resource.method is WriteMethod.APPLY:
            # By force, because a field that another manager owns may well have the same content.
            return await gateway.apply(desired, namespace=namespace, force=True, dry_run=True, deadline=deadline)
        return await gateway.replace(at_version(desired, live), namespace=namespace, dry_run=True, deadline=deadline)
    except ClusterError:
        return None
