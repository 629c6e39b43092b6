"""Reads what runs in an app environment on all its clusters, for plans: promotions, deploys, rollbacks. Reads only.

Clusters are read independently; a cluster that does not answer in time has facts with a `failure`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from db.records.inventory import AppEnvironmentRecord, ClusterRecord
from domain.images import ContainerKey
from domain.resources import Manifest, ResourceId
from services.errors import StagecoachError
from services.kube.deadline import Deadline
from services.kube.errors import AccessDeniedError
from services.kube.gateway import Clusters
from services.planning.health.values import HealthPolicy
from services.planning.images.changes import digests_matter
from services.planning.images.custom_resources import CustomFacts
from services.planning.images.promotion_source import PromotionSource
from services.planning.images.running import ClusterFacts
from services.planning.objects.declared_images import workloads_among
from services.precedence import PRECEDENCE
from services.reading.control_planes import OWN_CONTROL_PLANES, ControlPlanes
from services.reading.credentials import credential_of
from services.reading.fan_out import fan_out
from services.reading.given_namespaces import taken_back
from services.reading.running_images import Depth, failed_facts, read_facts, read_workloads


@dataclass(frozen=True, kw_only=True)
class ImageFactsReader:
    """Reads the facts of app environments; `clusters` is the pool, `control_planes` where their Argo CD runs."""

    clusters: Clusters
    policy: HealthPolicy
    control_planes: ControlPlanes = OWN_CONTROL_PLANES

    async def read(
        self,
        target: AppEnvironmentRecord,
        *,
        deadline: Deadline,
        only: Sequence[ClusterRecord] | None = None,
        workloads: Sequence[ResourceId] | None = None,
        depth: Depth = Depth.HEALTH,
    ) -> tuple[ClusterFacts, ...]:
        """The facts of the environment's clusters in their order, or of `only` these. Raises nothing for a cluster.

        `workloads` restricts what is read; the default are all workloads of the app environment. Where its namespace
        was taken back, nothing is read: each cluster has that as its failure.
        """
        targets = target.environment.clusters if only is None else only
        if (taken := taken_back(target)) is not None:
            return tuple(failed_facts(cluster.name, taken) for cluster in targets)
        namespace = target.namespace or ""
        requested = workloads_of(target) if workloads is None else tuple(workloads)

        async def read(cluster: ClusterRecord) -> ClusterFacts:
            try:
                gateway = await self.clusters.gateway(credential_of(cluster))
            except StagecoachError as error:  # its stored kubeconfig is no longer allowed by the settings
                return failed_facts(cluster.name, error)
            return await read_facts(
                gateway,
                namespace,
                requested,
                deadline=deadline,
                policy=self.policy,
                depth=depth,
                declared=target.declared,
                control_planes=self.control_planes,
            )

        with PRECEDENCE.taken():
            answers = await fan_out(targets, read, deadline=deadline, name=lambda cluster: cluster.name)
        return tuple(
            answer.result if answer.error is None else failed_facts(answer.item.name, answer.error)
            for answer in answers
        )

    async def read_custom(
        self,
        target: AppEnvironmentRecord,
        resources: Sequence[ResourceId],
        *,
        deadline: Deadline,
        only: Sequence[ClusterRecord] | None = None,
    ) -> tuple[CustomFacts, ...]:
        """These custom resources of the app environment on its clusters. Raises nothing for a cluster.

        A cluster that does not answer, or may not be read, is left out: the facts of its workloads say so.
        """
        targets = target.environment.clusters if only is None else only
        if taken_back(target) is not None:
            return ()

        async def read(cluster: ClusterRecord) -> tuple[Manifest, ...]:
            gateway = await self.clusters.gateway(credential_of(cluster))
            return await read_workloads(gateway, target.namespace or "", resources, deadline=deadline)

        answers = await fan_out(targets if resources else (), read, deadline=deadline, name=lambda each: each.name)
        return tuple(
            CustomFacts(cluster=answer.item.name, found=answer.result)
            if answer.error is None
            else CustomFacts(cluster=answer.item.name, failure=failed_facts(answer.item.name, answer.error).failure)
            for answer in answers
            if answer.error is None or isinstance(answer.error, AccessDeniedError)
        )

    async def read_targets(
        self,
        target: AppEnvironmentRecord,
        source: PromotionSource,
        templates: Sequence[ClusterFacts],
        *,
        selected: frozenset[ContainerKey] | None,
        deadline: Deadline,
    ) -> tuple[ClusterFacts, ...]:
        """`templates`, replaced by facts with digests for the clusters where templates do not suffice to plan by.

        Mostly they suffice: a container that gets another tag needs no digest. On many clusters this halves the reads
        before the first change.
        """
        need_digests = {
            one.cluster
            for one in templates
            if digests_matter(source.desired_on(one.cluster), one, selected=selected, mappings=source.mappings)
        }
        clusters = [cluster for cluster in target.environment.clusters if cluster.name in need_digests]
        read = await self.read(target, deadline=deadline, only=clusters, depth=Depth.DIGESTS)
        anew = {one.cluster: one for one in read}
        return tuple(anew.get(one.cluster, one) for one in templates)


def workloads_of(target: AppEnvironmentRecord) -> tuple[ResourceId, ...]:
    """The app environment's resources of which the images are managed."""
    return workloads_among(target.resources, target.declared)
