"""Reads the digests that pods run when an operation has succeeded, for its release.

It never delays or fails the operation: for a cluster that does not answer in time the release keeps what was planned,
which is the tag. After a crash they are read again, for they are stored only with the release.
"""

import logging
from collections.abc import Mapping, Sequence

from db.records import ClusterRecord
from db.transaction import Database
from domain.images import ContainerImage
from services.kube.deadline import Deadline
from services.kube.gateway import Clusters
from services.planning.health.values import HealthPolicy
from services.reading.credentials import credential_of
from services.reading.fan_out import fan_out
from services.reading.running_images import Depth, read_facts

_PATIENCE = 3.0  # seconds, over all clusters

_log = logging.getLogger("stagecoach.engine")

Seen = Mapping[str, tuple[ContainerImage, ...]]  # by cluster name


async def what_ran(database: Database, clusters: Clusters, operation_id: str) -> Seen:
    """The images that run, by cluster, where the plan of a succeeded operation lacks a digest; no others."""
    async with database.read() as tx:
        operation = await tx.operations.get(operation_id)
        spec = await tx.operations.spec(operation_id)
        assert operation is not None
        assert spec is not None
        if operation.state.ended or not all(each.outcome and each.outcome.good for each in operation.clusters):
            return {}
        leaves = spec.plan.leaves
        unknown = {
            each.cluster_id: tuple(
                image for image in leaves.images.get(each.cluster_name, ()) if not image.image.digest
            )
            for each in operation.clusters
            if each.cluster_id is not None
        }
        known = await tx.clusters.some([cluster_id for cluster_id, images in unknown.items() if images])
    deadline = Deadline.after(_PATIENCE)

    async def read(cluster: ClusterRecord) -> tuple[ContainerImage, ...]:
        try:
            return await _read(clusters, cluster, leaves.namespace, unknown[cluster.id], deadline=deadline)
        except Exception as error:  # noqa: BLE001 - of any kind: the operation has succeeded
            _log.warning("could not read the digests that run on %s: %s", cluster.name, type(error).__name__)
            return ()

    answers = await fan_out(known.values(), read, deadline=deadline, name=lambda cluster: cluster.name)
    return {answer.item.name: answer.result for answer in answers if answer.ok}


async def _read(
    clusters: Clusters,
    cluster: ClusterRecord,
    namespace: str,
    images: Sequence[ContainerImage],
    *,
    deadline: Deadline,
) -> tuple[ContainerImage, ...]:
    workloads = tuple(dict.fromkeys(image.workload for image in images))
    gateway = await clusters.gateway(credential_of(cluster))
    facts = await read_facts(
        gateway, namespace, workloads, deadline=deadline, policy=HealthPolicy(), depth=Depth.DIGESTS
    )
    return facts.images
