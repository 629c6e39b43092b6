"""Reads what there is when an operation has ended: digests, configuration for its release, and images that pods keep.

Digests that pods ran as their rollouts ended are stored with the clusters; only what these lack is read here. It never
delays or fails the operation: for a cluster that does not answer in time the release keeps what was planned, which is
the tag. After a crash they are read again, for they are stored only with the release.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from db.records.inventory import ClusterRecord
from db.records.operations import OperationClusterRecord
from db.transaction import Database
from domain.images import ContainerImage, Image
from domain.stored.plans import LeftBehind
from services.kube.deadline import Deadline
from services.kube.gateway import Clusters
from services.planning.health.kept_pods import PODS_NOT_REPLACED
from services.planning.health.values import HealthPolicy
from services.planning.images.releases import with_digests
from services.planning.images.running import ClusterFacts
from services.reading.credentials import credential_of
from services.reading.fan_out import fan_out
from services.reading.given_namespaces import may_use
from services.reading.held_configuration import HeldByCluster, ReleaseConfigurations
from services.reading.running_images import Depth, read_facts

_PATIENCE = 3.0  # seconds, over all clusters

_log = logging.getLogger("stagecoach.engine")

Seen = Mapping[str, ClusterFacts]  # by cluster name


@dataclass(frozen=True, kw_only=True)
class Held:
    """What a release is to hold, by cluster name, and what records it."""

    configurations: ReleaseConfigurations
    by_cluster: HeldByCluster


async def what_ran(database: Database, clusters: Clusters, operation_id: str) -> Seen:
    """What runs, by cluster: where the plan of a succeeded operation lacks a digest, or pods were not replaced."""
    async with database.read() as tx:
        operation = await tx.operations.get(operation_id)
        spec = await tx.operations.spec(operation_id)
        assert operation is not None
        assert spec is not None
        target = await tx.app_environments.get(operation.app_environment_id)
        leaves = spec.plan.leaves
        if operation.state.ended or target is None or not may_use(target, leaves.namespace):
            return {}
        succeeded = all(each.outcome and each.outcome.good for each in operation.clusters)
        unknown = {
            each.cluster_id: _unknown(each, leaves, succeeded=succeeded)
            for each in operation.clusters
            if each.cluster_id is not None
        }
        known = await tx.clusters.some([cluster_id for cluster_id, images in unknown.items() if images])
    deadline = Deadline.after(_PATIENCE)

    async def read(cluster: ClusterRecord) -> ClusterFacts | None:
        try:
            return await _read(clusters, cluster, leaves.namespace, unknown[cluster.id], deadline=deadline)
        except Exception as error:  # noqa: BLE001 - of any kind: the operation has succeeded
            _log.warning("could not read the digests that run on %s: %s", cluster.name, type(error).__name__)
            return None

    answers = await fan_out(known.values(), read, deadline=deadline, name=lambda cluster: cluster.name)
    return {answer.item.name: answer.result for answer in answers if answer.ok and answer.result is not None}


async def configuration_of(
    database: Database, configurations: ReleaseConfigurations | None, operation_id: str
) -> Held | None:
    """What the release of a succeeded operation holds of the configuration; None where it records none."""
    if configurations is None:
        return None
    async with database.read() as tx:
        operation = await tx.operations.get(operation_id)
        spec = await tx.operations.spec(operation_id)
        assert operation is not None
        assert spec is not None
        target = await tx.app_environments.get(operation.app_environment_id)
    leaves = spec.plan.leaves
    succeeded = all(each.outcome and each.outcome.good for each in operation.clusters)
    if operation.state.ended or target is None or not succeeded or not any(leaves.images.values()):
        return None
    by_cluster = await configurations.read(
        target,
        namespace=leaves.namespace,
        resources={*target.resources, *(leaves.resources or ())},
        only=leaves.images.keys(),
    )
    return Held(configurations=configurations, by_cluster=by_cluster)


def images_as_ended(cluster: OperationClusterRecord, leaves: LeftBehind) -> tuple[ContainerImage, ...]:
    """The images that the operation leaves on a cluster, with the digests that pods ran as its rollouts ended."""
    ran = [
        ContainerImage(
            workload=each.resource, container=container, image=Image.of(each.images[container], digest=digest)
        )
        for each in cluster.expected or ()
        for container, digest in each.digests.items()
    ]
    return with_digests(leaves.images.get(cluster.cluster_name, ()), ran)


def _unknown(cluster: OperationClusterRecord, leaves: LeftBehind, *, succeeded: bool) -> tuple[ContainerImage, ...]:
    """The images of a cluster of which neither the plan nor the end of a rollout says what pods run."""
    if cluster.code == PODS_NOT_REPLACED:
        return leaves.images.get(cluster.cluster_name, ())
    return tuple(each for each in images_as_ended(cluster, leaves) if succeeded and not each.image.digest)


async def _read(
    clusters: Clusters,
    cluster: ClusterRecord,
    namespace: str,
    images: Sequence[ContainerImage],
    *,
    deadline: Deadline,
) -> ClusterFacts:
    workloads = tuple(dict.fromkeys(image.workload for image in images))
    gateway = await clusters.gateway(credential_of(cluster))
    return await read_facts(
        gateway, namespace, workloads, deadline=deadline, policy=HealthPolicy(), depth=Depth.DIGESTS
    )
