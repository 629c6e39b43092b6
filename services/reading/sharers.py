"""Reads which other app environments have a namespace on the clusters of one."""

from collections.abc import Mapping

from db.records import AppEnvironmentRecord
from db.transaction import Database


async def sharers_of(
    db: Database, namespace: str, target: AppEnvironmentRecord, *, same_environment: bool
) -> Mapping[str, tuple[str, ...]]:
    """As `shop in Staging`, by the id of the cluster; of the same environment other applications, too, if asked for."""
    clusters = [cluster.id for cluster in target.environment.clusters]
    async with db.read() as tx:
        uses = await tx.app_environments.in_namespace(namespace, clusters)
    others = [
        use
        for use in uses
        if use.environment_id != target.environment.id
        or (same_environment and use.application != target.application.name)
    ]
    return {
        cluster: tuple(f"{use.application} in {use.environment}" for use in others if use.cluster_id == cluster)
        for cluster in {use.cluster_id for use in others}
    }
