"""Asks which of the rights that a strategy's Jobs need the credential lacks."""

from domain.cluster_api import Right
from services.kube.deadline import Deadline
from services.kube.errors import AccessDeniedError, KindNotServedError
from services.kube.gateway import ClusterGateway
from services.planning.preflight.job_rights import rights_of_jobs


async def read_job_rights(
    gateway: ClusterGateway, namespace: str, *, needed: bool, deadline: Deadline
) -> frozenset[Right]:
    """Those that it lacks; none where no Job runs there, or the server does not tell. Raises `ClusterError`s."""
    if not needed:
        return frozenset()
    asked = rights_of_jobs(namespace)
    try:
        return frozenset(asked) - await gateway.rights(asked, deadline=deadline)
    except (AccessDeniedError, KindNotServedError):
        return frozenset()
