"""Reads which namespaces a cluster has."""

from dataclasses import dataclass

from db.records.inventory import ClusterRecord
from services.kube.deadline import Deadline
from services.kube.pool import ClusterPool
from services.reading.credentials import credential_of


@dataclass(frozen=True, kw_only=True)
class Namespace:
    """A namespace; `phase` is `Active` or `Terminating`."""

    name: str
    phase: str


@dataclass(frozen=True, kw_only=True)
class ClusterNamespaces:
    """A cluster's namespaces, by name."""

    cluster: str
    namespaces: tuple[Namespace, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(each.name for each in self.namespaces)


async def namespaces_of(cluster: ClusterRecord, pool: ClusterPool, *, deadline: Deadline) -> ClusterNamespaces:
    """The namespaces of a cluster, by name. Raises `ClusterError`s."""
    gateway = await pool.gateway(credential_of(cluster))
    found = await gateway.namespaces(deadline=deadline)
    named = (Namespace(name=each.name, phase=str(each.status.get("phase", "Active"))) for each in found)
    return ClusterNamespaces(cluster=cluster.name, namespaces=tuple(sorted(named, key=lambda each: each.name)))
