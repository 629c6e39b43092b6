"""Clusters as people see them: without credentials, and with the environments that the actor sees."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from db.records.inventory import ClusterRecord, EnvironmentRecord
from db.transaction import Transaction
from domain.grants import ListGrant
from domain.words import Reachability
from services.errors import NotFoundError
from services.reading.permissions import environment_ref


@dataclass(frozen=True, kw_only=True)
class ClusterView:
    """A cluster without its credential, and the names of the environments that use it.

    `left_out`: what a kubeconfig that was submitted just now has beside its current context; it is not stored.
    """

    id: str
    name: str
    labels: dict[str, str]
    server: str | None
    in_cluster: bool
    credential_version: int
    reachability: Reachability
    server_version: str | None
    last_seen_at: datetime | None
    last_error: str | None
    environments: tuple[str, ...]
    created_at: datetime
    updated_at: datetime
    left_out: tuple[str, ...] = ()


def existing_cluster(record: ClusterRecord | None, name: str) -> ClusterRecord:
    """Raises `NotFoundError` for None."""
    if record is None:
        raise NotFoundError("cluster", name)
    return record


def as_probed(record: ClusterRecord) -> ClusterRecord:
    """The cluster as its last probe said."""
    return record


async def seen_view(
    tx: Transaction, grant: ListGrant, name: str, *, as_seen: Callable[[ClusterRecord], ClusterRecord] = as_probed
) -> ClusterView:
    """The cluster of this name. Raises `NotFoundError` for one of no environment that the actor sees."""
    record = existing_cluster(await tx.clusters.find(name), name)
    view = view_of(as_seen(record), [each for each in await tx.environments.all() if grant.sees(environment_ref(each))])
    if not view.environments and not grant.everything:
        raise NotFoundError("cluster", name)
    return view


def view_of(record: ClusterRecord, environments: Iterable[EnvironmentRecord]) -> ClusterView:
    """A cluster as people see it who see these environments."""
    return ClusterView(
        id=record.id,
        name=record.name,
        labels=record.labels,
        server=record.server,
        in_cluster=record.credential is None,
        credential_version=record.credential_version,
        reachability=record.reachability,
        server_version=record.server_version,
        last_seen_at=record.last_seen_at,
        last_error=record.last_error,
        environments=tuple(
            each.name for each in environments if any(cluster.id == record.id for cluster in each.clusters)
        ),
        created_at=record.created_at,
        updated_at=record.updated_at,
    )


def given_on(cluster_id: str, environments: Iterable[EnvironmentRecord]) -> tuple[str, ...]:
    """The namespaces that environments give on the cluster by their names; patterns name none."""
    here = [each for each in environments if any(cluster.id == cluster_id for cluster in each.clusters)]
    return tuple(sorted({given.pattern for each in here for given in each.given if "*" not in given.pattern}))
