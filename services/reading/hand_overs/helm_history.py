"""Reads the records of a Helm release. Reads only."""

from domain.resources import Kind
from services.helm.errors import HelmFailedError
from services.kube.deadline import Deadline
from services.kube.gateway import ClusterGateway
from services.planning.helm.records import HelmHistory, history_of
from services.planning.objects.helm_records import ReleaseName

_SECRETS = Kind(group="", version="v1", name="Secret")
_CURRENT = "owner=helm,name={name},status notin (superseded)"


async def read_history(gateway: ClusterGateway, release: ReleaseName, *, deadline: Deadline) -> HelmHistory | None:
    """Without the revisions that others have replaced; None where no Secret records it.

    Raises `ClusterError`s, and `HelmFailedError` where a record cannot be read.
    """
    selector = _CURRENT.format(name=release.name)
    listed = await gateway.list(_SECRETS, namespace=release.namespace, label_selector=selector, deadline=deadline)
    try:
        return history_of(release, listed.items)
    except ValueError:
        raise HelmFailedError(
            f"The records of the Helm release {release.name} in {release.namespace} on {gateway.cluster} cannot be "
            "read."
        ) from None
