"""Reads the records of Helm releases, where only they tell whether Helm owns a workload. Reads only.

Mostly nothing is read: Helm is among the field managers of what it installed. Whoever copies an object copies its
annotations, too, and then the record says whether the copy belongs to the release.
"""

from collections.abc import Iterable, Mapping

from domain.resources import Kind, Manifest
from services.concurrency import gather_settled
from services.kube.deadline import Deadline
from services.kube.errors import AccessDeniedError, KindNotServedError
from services.kube.gateway import ClusterGateway
from services.planning.objects.helm_records import HelmRelease, ReleaseName, newest_release
from services.planning.objects.workload_owners import needs_release_record, release_of

_SECRETS = Kind(group="", version="v1", name="Secret")
_CONFIG_MAPS = Kind(group="", version="v1", name="ConfigMap")  # HELM_DRIVER=configmap
# Without those that ended: a release keeps ten revisions of up to 1 MiB each.
_NEWEST = "owner=helm,name={name},status notin (superseded,uninstalled)"


async def read_releases(
    gateway: ClusterGateway, workloads: Iterable[Manifest], *, deadline: Deadline
) -> Mapping[ReleaseName, HelmRelease | None]:
    """The releases of those workloads of which only the record tells the owner; None where there is no record.

    A release whose records the credential may not read is left out. Raises `ClusterError`s.
    """
    named = {release_of(workload) for workload in workloads if needs_release_record(workload)}
    asked = sorted(release for release in named if release is not None)
    if not asked:
        return {}
    answers = await gather_settled([_read(gateway, release, deadline=deadline) for release in asked])
    return {release: answer[0] for release, answer in zip(asked, answers, strict=True) if answer is not None}


async def _read(
    gateway: ClusterGateway, release: ReleaseName, *, deadline: Deadline
) -> tuple[HelmRelease | None] | None:
    """The release in a tuple; None where it cannot be known."""
    for kind in (_SECRETS, _CONFIG_MAPS):
        try:
            listed = await gateway.list(
                kind, namespace=release.namespace, label_selector=_NEWEST.format(name=release.name), deadline=deadline
            )
        except (AccessDeniedError, KindNotServedError):
            return None
        found = newest_release(release, listed.items)
        if found is not None:
            return (found,)
    return (None,)
