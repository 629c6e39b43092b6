"""Assigns the clusters of an operation to its waves."""

from collections.abc import Iterable

from db.records.inventory import ClusterRecord
from domain.stored.requests import Strategy
from services.changes.new_operations import NewOperationCluster
from services.errors import InvalidRequestError


def in_waves(clusters: Iterable[ClusterRecord], strategy: Strategy) -> tuple[NewOperationCluster, ...]:
    """Each cluster with its wave. Raises `InvalidRequestError` unless the waves name each cluster once."""
    clusters = tuple(clusters)
    if strategy.waves is None:
        return tuple(NewOperationCluster(cluster=cluster) for cluster in clusters)
    waves: dict[str, int] = {}
    for number, names in enumerate(strategy.waves):
        for name in names:
            if name.lower() in waves:
                raise InvalidRequestError(
                    f"The waves name cluster '{name}' twice. Name it once.", field="strategy.waves"
                )
            waves[name.lower()] = number
    known = {cluster.name.lower() for cluster in clusters}
    unknown = sorted(waves.keys() - known)
    if unknown:
        raise InvalidRequestError(f"The environment has no cluster named {', '.join(unknown)}.", field="strategy.waves")
    left_out = [cluster.name for cluster in clusters if cluster.name.lower() not in waves]
    if left_out:
        raise InvalidRequestError(
            f"No wave names {', '.join(left_out)}. Name every cluster of the environment.", field="strategy.waves"
        )
    return tuple(NewOperationCluster(cluster=cluster, wave=waves[cluster.name.lower()]) for cluster in clusters)
