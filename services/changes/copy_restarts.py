"""Names in the plan of a copy the workloads that read what it changes, and has them restarted where that is asked."""

from dataclasses import replace

from db.records.inventory import AppEnvironmentRecord
from services.kube.deadline import Deadline
from services.kube.gateway import Clusters
from services.planning.copying.plan import ClusterCopyPlan, CopyPlan
from services.planning.copying.restarts import stale_workloads, with_restarts, written_configuration
from services.planning.health.values import HealthPolicy
from services.planning.objects.workloads import is_workload
from services.reading.credentials import credential_of
from services.reading.fan_out import fan_out
from services.reading.running_images import Depth, read_facts


async def with_consumers(
    plan: CopyPlan, target: AppEnvironmentRecord, clusters: Clusters, *, restart: bool, deadline: Deadline
) -> CopyPlan:
    """The plan with what is restarted on each cluster, or with what would have to be.

    Workloads are read only where the plan writes ConfigMaps or Secrets. Where they cannot be read, the plan says so.
    """
    own = tuple(each for each in target.resources if is_workload(each.kind))
    records = {each.name: each for each in target.environment.clusters}
    concerned = [each for each in plan.clusters if own and each.reachable and written_configuration(each)]

    async def read(cluster: ClusterCopyPlan) -> ClusterCopyPlan:
        gateway = await clusters.gateway(credential_of(records[cluster.cluster]))
        facts = await read_facts(
            gateway, plan.namespace, own, deadline=deadline, policy=HealthPolicy(), depth=Depth.TEMPLATES
        )
        return with_restarts(cluster, stale_workloads(cluster, facts.manifests), restart=restart)

    answers = await fan_out(concerned, read, deadline=deadline, name=lambda each: each.cluster)
    done = {
        each.item.cluster: each.result
        if each.error is None
        else replace(
            each.item,
            unchecked=(*each.item.unchecked, f"Which workloads read what is changed is not known: {each.error.detail}"),
        )
        for each in answers
    }
    return replace(plan, clusters=tuple(done.get(each.cluster, each) for each in plan.clusters))
