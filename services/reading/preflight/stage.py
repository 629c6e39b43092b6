"""The stage of a plan that reads what pre-flight judges by, on each target cluster. Reads only.

It runs while the source is read. A cluster that does not answer in time has no facts: the plan goes on without
findings on it. What a credential may not read fails nothing either: each reader catches that, and names it in `unread`.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from db.records.inventory import AppEnvironmentRecord, ClusterRecord
from services.kube.deadline import Deadline
from services.kube.gateway import ClusterGateway, Clusters
from services.planning.images.running import ClusterFacts
from services.planning.preflight.values import Preflight, PreflightFacts
from services.precedence import PRECEDENCE
from services.reading.credentials import credential_of
from services.reading.fan_out import fan_out
from services.reading.preflight.configuration import read_configuration


@dataclass(frozen=True, kw_only=True)
class PreflightReader:
    """Reads the facts of target clusters; `clusters` is the pool."""

    clusters: Clusters

    async def read(
        self, target: AppEnvironmentRecord, running: Sequence[ClusterFacts], *, deadline: Deadline
    ) -> Preflight:
        """The facts of the clusters of which `running` has workloads. Raises nothing for a cluster."""
        found = {one.cluster: one for one in running if one.failure is None and one.manifests}
        concerned = [cluster for cluster in target.environment.clusters if cluster.name in found]

        async def read(cluster: ClusterRecord) -> PreflightFacts:
            gateway = await self.clusters.gateway(credential_of(cluster))
            return await read_preflight(gateway, target.namespace or "", found[cluster.name], deadline=deadline)

        with PRECEDENCE.taken():
            answers = await fan_out(concerned, read, deadline=deadline, name=lambda cluster: cluster.name)
        return Preflight(targets=tuple(answer.result for answer in answers if answer.error is None))


async def read_preflight(
    gateway: ClusterGateway, namespace: str, running: ClusterFacts, *, deadline: Deadline
) -> PreflightFacts:
    """The facts of one cluster, all parts at once. Raises `ClusterError`s."""
    (configuration, unread), *_ = await asyncio.gather(
        read_configuration(gateway, namespace, running.manifests, deadline=deadline)
    )
    return PreflightFacts(cluster=running.cluster, running=running, configuration=configuration, unread=unread)
