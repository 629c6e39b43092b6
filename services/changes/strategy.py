"""How an operation goes about several clusters: in which waves, and what becomes of those that fail."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from db.records import ClusterRecord
from domain.words import OnFailure
from services.changes.new_operations import NewOperationCluster
from services.errors import InvalidRequestError


@dataclass(frozen=True, kw_only=True)
class Strategy:
    """`waves` are cluster names, one group after the other; None means all at once."""

    on_failure: OnFailure = OnFailure.STAY
    waves: tuple[tuple[str, ...], ...] | None = None

    def to_json(self) -> dict[str, Any]:
        waves = [list(wave) for wave in self.waves] if self.waves is not None else None
        return {"on_failure": self.on_failure.value, "waves": waves}


def in_waves(clusters: Iterable[ClusterRecord], strategy: Strategy) -> tuple[NewOperationCluster, ...]:
    """Each cluster with its wave. Raises `InvalidRequestError` unless the waves name each cluster once."""
    clusters = tuple(clusters)
    if strategy.waves is None:
        return tuple(NewOperationCluster(cluster=cluster) for cluster in clusters)
    waves: dict[str, int] = {}
    for number, names in enumerate(strategy.waves):
        for name in names:
            if name.lower() in waves:
                raise InvalidRequestError(f"The cluster '{name}' is named twice.", field="strategy.waves")
            waves[name.lower()] = number
    known = {cluster.name.lower() for cluster in clusters}
    strangers = sorted(waves.keys() - known)
    if strangers:
        raise InvalidRequestError(
            f"The environment has no cluster named {', '.join(strangers)}.", field="strategy.waves"
        )
    left_out = [cluster.name for cluster in clusters if cluster.name.lower() not in waves]
    if left_out:
        raise InvalidRequestError(f"No wave holds {', '.join(left_out)}.", field="strategy.waves")
    return tuple(NewOperationCluster(cluster=cluster, wave=waves[cluster.name.lower()]) for cluster in clusters)
