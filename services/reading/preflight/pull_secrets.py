"""Reads the pull secrets of workloads on a cluster. Their credentials stay in memory. Reads only."""

from collections.abc import Iterable, Mapping, Sequence

from domain.resources import Kind, Manifest
from services.kube.deadline import Deadline
from services.kube.errors import AccessDeniedError
from services.kube.gateway import ClusterGateway
from services.planning.objects.pull_secrets import PullCredential, account_name, credentials_in, pull_secret_names
from services.planning.preflight.registry_values import WorkloadKey
from services.reading.objects_by_name import read_kind

_SECRET = Kind(group="", version="v1", name="Secret")
_ACCOUNT = Kind(group="", version="v1", name="ServiceAccount")

PullCredentials = Mapping[WorkloadKey, tuple[PullCredential, ...]]
"""What a kubelet could show for the pods of each workload. Of a workload that is not among them it is not known."""


async def read_pull_credentials(
    gateway: ClusterGateway,
    namespace: str,
    workloads: Sequence[Manifest],
    brought: Sequence[Manifest] = (),
    *,
    deadline: Deadline,
) -> PullCredentials:
    """The credentials by workload; none of them where the credential may not read them. Raises `ClusterError`s.

    `brought` are objects that come with the workloads: service accounts and Secrets among them count as there.
    """
    try:
        accounts = await _by_name(gateway, namespace, _ACCOUNT, map(account_name, workloads), deadline=deadline)
        accounts = {**accounts, **_named(brought, _ACCOUNT)}
        names = {
            (*workload.id.group_kind, workload.name): pull_secret_names(workload, accounts.get(account_name(workload)))
            for workload in workloads
        }
        wanted = [name for of_one in names.values() for name in of_one]
        secrets = await _by_name(gateway, namespace, _SECRET, wanted, deadline=deadline)
        secrets = {**secrets, **_named(brought, _SECRET)}
    except AccessDeniedError:
        return {}
    return {key: credentials_in(secrets[name] for name in of_one if name in secrets) for key, of_one in names.items()}


def _named(brought: Sequence[Manifest], kind: Kind) -> Mapping[str, Manifest]:
    return {each.name: each for each in brought if each.id.group_kind == (kind.group, kind.name)}


async def _by_name(
    gateway: ClusterGateway, namespace: str, kind: Kind, names: Iterable[str], *, deadline: Deadline
) -> Mapping[str, Manifest]:
    wanted = frozenset(names)
    if not wanted:
        return {}
    return {each.name: each for each in await read_kind(gateway, namespace, kind, wanted, deadline=deadline)}
