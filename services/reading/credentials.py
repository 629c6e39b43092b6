"""Makes the pool's `ClusterCredential` of a cluster's record."""

from db.records.inventory import ClusterRecord
from services.kube.gateway import ClusterCredential


def credential_of(cluster: ClusterRecord) -> ClusterCredential:
    """The credential, still encrypted: the pool decrypts it where it has no client for this version yet."""
    return ClusterCredential(
        cluster_id=cluster.id,
        name=cluster.name,
        version=cluster.credential_version,
        kubeconfig=cluster.credential.open if cluster.credential else None,
    )
