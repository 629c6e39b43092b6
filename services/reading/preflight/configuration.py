"""Reads the objects that workloads refer to, for findings about what is missing: the names of keys, no value."""

from collections.abc import Iterable, Sequence

from domain.configuration import CONFIG_MAP, SECRET
from domain.resources import Kind, Manifest
from services.concurrency import gather_settled
from services.kube.deadline import Deadline
from services.kube.errors import AccessDeniedError
from services.kube.gateway import ClusterGateway
from services.planning.objects.identity import ObjectKey
from services.planning.objects.references import references_of
from services.planning.preflight.after_bringing import keys_of
from services.planning.preflight.values import ConfigurationFacts
from services.reading.objects_by_name import read_kind

_ACCOUNT = Kind(group="", version="v1", name="ServiceAccount")
_CLAIM = Kind(group="", version="v1", name="PersistentVolumeClaim")
_KINDS = {(kind.group, kind.name): kind for kind in (CONFIG_MAP, SECRET, _ACCOUNT, _CLAIM)}


async def read_configuration(
    gateway: ClusterGateway, namespace: str, workloads: Iterable[Manifest], *, deadline: Deadline
) -> tuple[ConfigurationFacts, tuple[str, ...]]:
    """What is there of what the workloads refer to, and the kinds, as `Secrets`, that the credential may not read.

    Raises `ClusterError`s, but none for what it may not read.
    """
    wanted = {
        ObjectKey.of_kind(reference.group_kind, reference.name)
        for workload in workloads
        for reference in references_of(workload)
        if reference.group_kind in _KINDS
    }
    return await read_keys(gateway, namespace, wanted, deadline=deadline)


async def read_keys(
    gateway: ClusterGateway, namespace: str, wanted: Iterable[ObjectKey], *, deadline: Deadline
) -> tuple[ConfigurationFacts, tuple[str, ...]]:
    """As `read_configuration`, of these objects."""
    by_kind: dict[Kind, set[str]] = {}
    for key in wanted:
        by_kind.setdefault(_KINDS[key.group, key.kind], set()).add(key.name)
    read = await gather_settled(
        [_of_kind(gateway, namespace, kind, frozenset(names), deadline=deadline) for kind, names in by_kind.items()]
    )
    keys, absent, unread = dict[ObjectKey, frozenset[str]](), set[ObjectKey](), list[str]()
    for (kind, names), found in zip(by_kind.items(), read, strict=True):
        if found is None:
            unread.append(f"{kind.name}s")
            continue
        keys |= {ObjectKey.of(manifest): keys_of(manifest) for manifest in found}
        absent |= {ObjectKey(group=kind.group, kind=kind.name, name=name) for name in names} - keys.keys()
    return ConfigurationFacts(keys=keys, absent=frozenset(absent)), tuple(sorted(unread))


async def _of_kind(
    gateway: ClusterGateway, namespace: str, kind: Kind, names: frozenset[str], *, deadline: Deadline
) -> Sequence[Manifest] | None:
    try:
        return await read_kind(gateway, namespace, kind, names, deadline=deadline)
    except AccessDeniedError:
        return None
