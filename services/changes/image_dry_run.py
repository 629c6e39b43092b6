"""Dry-runs the images of a plan on every cluster, for previews. Nothing is written."""

from collections.abc import Mapping, Sequence

from db.records.inventory import AppEnvironmentRecord, ClusterRecord
from domain.resources import ResourceId
from domain.words import Action
from services.execution.changing_images import try_images
from services.execution.image_work import ImageWork
from services.kube.deadline import Deadline
from services.kube.gateway import Clusters
from services.planning.images.promotion_plan import PromotionPlan
from services.reading.credentials import credential_of
from services.reading.fan_out import fan_out


async def dry_run_refusals(
    clusters: Clusters, target: AppEnvironmentRecord, plan: PromotionPlan, *, deadline: Deadline
) -> Mapping[str, Sequence[tuple[ResourceId, str, str]]]:
    """What the clusters refuse of the plan, by cluster name: workload, code and detail of each error.

    A cluster that does not answer in time is left out: the plan has a problem for it already.
    """
    changes = {
        each.cluster: each.changes
        for each in plan.clusters
        if any(change.action is Action.UPDATE for change in each.changes)
    }

    async def attempt(cluster: ClusterRecord) -> tuple[tuple[ResourceId, str, str], ...]:
        gateway = await clusters.gateway(credential_of(cluster))
        work = ImageWork.of(target.namespace or "", changes[cluster.name])
        refusals = await try_images(work, gateway, deadline=deadline)
        return tuple((workload, error.code, error.detail) for workload, error in refusals)

    concerned = [cluster for cluster in target.environment.clusters if cluster.name in changes]
    answers = await fan_out(concerned, attempt, deadline=deadline, name=lambda cluster: cluster.name)
    return {answer.item.name: answer.result for answer in answers if answer.error is None}
