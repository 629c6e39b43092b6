"""Reads which other app environments have a namespace on the clusters of one."""

from collections.abc import Mapping

from db.records.inventory import AppEnvironmentRecord, NamespaceUse
from db.transaction import Database
from domain.rights import Holdings, Right

UNSEEN = "an application that you do not see"


async def sharers_of(
    db: Database, namespace: str, target: AppEnvironmentRecord, *, same_environment: bool, holdings: Holdings
) -> Mapping[str, tuple[str, ...]]:
    """As `shop in Staging`, by the id of the cluster; of the same environment other applications, too, if asked for.

    Whoever holds these `holdings` is told the names of what they see, and of all else only that it is there.
    """
    clusters = [cluster.id for cluster in target.environment.clusters]
    async with db.read() as tx:
        uses = await tx.app_environments.in_namespace(namespace, clusters)
    others = [
        use
        for use in uses
        if use.environment.id != target.environment.id
        or (same_environment and use.application.id != target.application.id)
    ]
    seen = [(use.cluster_id, _name(use)) for use in others if _seen(use, holdings)]
    named = seen + [(use.cluster_id, UNSEEN) for use in others if not _seen(use, holdings)]
    return {cluster: tuple(dict.fromkeys(name for on, name in named if on == cluster)) for cluster in dict(named)}


def _seen(use: NamespaceUse, holdings: Holdings) -> bool:
    return holdings.allow(Right.VIEW, application=use.application, environment=use.environment)


def _name(use: NamespaceUse) -> str:
    return f"{use.application.name} in {use.environment.name}"
