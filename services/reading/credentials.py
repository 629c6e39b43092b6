"""From a registered cluster's record to what the pool needs to speak to it."""

from db.records import ClusterRecord
from services.kube.gateway import ClusterCredential


def credential_of(cluster: ClusterRecord) -> ClusterCredential:
    """Nothing is opened here: the pool does that, where it has no client for this version yet."""
    return ClusterCredential(
        cluster_id=cluster.id,
        name=cluster.name,
        version=cluster.credential_version,
        kubeconfig=cluster.credential.open if cluster.credential else None,
    )
