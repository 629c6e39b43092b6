"""Asks a cluster which of the rights that a hand-over takes its credential lacks. Reads only."""

from collections.abc import Iterable

from domain.cluster_api import Right
from services.kube.deadline import Deadline
from services.kube.errors import AccessDeniedError, KindNotServedError
from services.kube.gateway import ClusterGateway


async def lacking_rights(gateway: ClusterGateway, needed: Iterable[Right], *, deadline: Deadline) -> frozenset[Right]:
    """Empty where the server does not tell: the write itself does then. Raises other `ClusterError`s."""
    wanted = frozenset(needed)
    try:
        held = await gateway.rights(tuple(sorted(wanted, key=str)), deadline=deadline)
    except (AccessDeniedError, KindNotServedError):
        return frozenset()
    return wanted - held
