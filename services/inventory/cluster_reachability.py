"""What a probe found, as rows: and people are told once that a cluster is lost, and once that it is back.

A cluster is lost when no probe has succeeded for a while, so that a single one that failed wakes nobody. Several
replicas probe side by side; the row decides which of them tells.
"""

from datetime import datetime, timedelta

from db.records.inventory import ClusterRecord
from db.transaction import Transaction
from domain.notification_types import NotificationType
from domain.notification_values import Concerns
from domain.notifications import ClusterNotification
from domain.words import Reachability
from services.kube.errors import AddressRefusedError, CertificateError, ClusterError, CredentialRefusedError
from services.limits import Limits

_INTERVALS = 1.5  # a miss, and another one after it: the second probe has failed, too, and the third would


def lost_after(limits: Limits) -> timedelta:
    """How long a cluster has not answered when people are told that it is lost."""
    return timedelta(seconds=limits.probe_interval * _INTERVALS)


def reachability_of(error: ClusterError) -> Reachability:
    """`REFUSED` where a server was reached but a connection or the credential is refused, else `UNREACHABLE`."""
    if isinstance(error, CertificateError | CredentialRefusedError | AddressRefusedError):
        return Reachability.REFUSED
    return Reachability.UNREACHABLE


async def record_answer(tx: Transaction, cluster: ClusterRecord, *, server_version: str | None) -> None:
    """It answered; where it was lost, it is back."""
    since = await tx.clusters.found_again(cluster.id)
    await tx.clusters.seen(cluster.id, server_version=server_version)
    if since is not None:
        await _tell(tx, cluster, NotificationType.CLUSTER_BACK, Reachability.REACHABLE, since)


async def record_miss(
    tx: Transaction, cluster: ClusterRecord, *, reachability: Reachability, error: str, lost_after: timedelta
) -> None:
    """It did not answer; after `lost_after` of that it is lost. `error` holds no secret."""
    await tx.clusters.missed(cluster.id, reachability=reachability, error=error)
    since = await tx.clusters.lose(cluster.id, after=lost_after)
    if since is not None:
        await _tell(tx, cluster, NotificationType.CLUSTER_LOST, reachability, since, detail=error)


async def _tell(
    tx: Transaction,
    cluster: ClusterRecord,
    event: NotificationType,
    reachability: Reachability,
    since: datetime,
    *,
    detail: str | None = None,
) -> None:
    used = await tx.clusters.used_by(cluster.id)
    told = ClusterNotification(
        concerns=Concerns(applications=used.applications, environments=frozenset(used.environments)),
        event=event,
        cluster=cluster.name,
        reachability=reachability,
        since=since,
        detail=detail,
        environments=tuple(used.environments.values()),
    )
    await tx.outbox.add(told)
