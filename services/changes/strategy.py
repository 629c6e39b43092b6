"""Assigns the clusters of an operation to its rings."""

from collections.abc import Iterable

from db.records.inventory import ClusterRecord
from domain.stored.strategies import Strategy
from services.changes.new_operations import NewOperationCluster
from services.errors import InvalidRequestError
from services.planning.rings.resolution import RingCluster, resolve


def ring_clusters(clusters: Iterable[ClusterRecord]) -> tuple[RingCluster, ...]:
    """The clusters as rings choose among them."""
    return tuple(RingCluster(name=each.name, labels=each.labels) for each in clusters)


def in_waves(clusters: Iterable[ClusterRecord], strategy: Strategy) -> tuple[NewOperationCluster, ...]:
    """Each cluster with its wave. Raises `InvalidRequestError` unless waves, where it has some, name each once."""
    clusters = tuple(clusters)
    if strategy.waves is not None:
        _require_each_once(clusters, strategy.waves)
    resolved = resolve(strategy, ring_clusters(clusters))
    waves = {name: number for number, ring in enumerate(resolved) for name in ring.clusters}
    return tuple(NewOperationCluster(cluster=cluster, wave=waves[cluster.name]) for cluster in clusters)


def _require_each_once(clusters: tuple[ClusterRecord, ...], waves: tuple[tuple[str, ...], ...]) -> None:
    seen: set[str] = set()
    for name in (name for names in waves for name in names):
        if name.lower() in seen:
            raise InvalidRequestError(f"The waves name cluster '{name}' twice. Name it once.", field="strategy.waves")
        seen.add(name.lower())
    known = {cluster.name.lower() for cluster in clusters}
    unknown = sorted(seen - known)
    if unknown:
        raise InvalidRequestError(f"The environment has no cluster named {', '.join(unknown)}.", field="strategy.waves")
    left_out = [cluster.name for cluster in clusters if cluster.name.lower() not in seen]
    if left_out:
        raise InvalidRequestError(
            f"No wave names {', '.join(left_out)}. Name every cluster of the environment.", field="strategy.waves"
        )
