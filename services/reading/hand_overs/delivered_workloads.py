"""Reads the workloads that an owner delivers beside those of a plan: an edit of it may change these as well."""

from collections.abc import Iterable, Sequence

from domain.declared_kinds import DeclaredKinds
from domain.resources import Manifest, ResourceId
from services.concurrency import gather_settled
from services.kube.deadline import Deadline
from services.kube.errors import AccessDeniedError
from services.kube.gateway import ClusterGateway
from services.planning.images.one_name import DeliveredWorkloads
from services.planning.objects.declared_images import runs_images
from services.reading.running_images import read_workloads


async def read_delivered(
    gateway: ClusterGateway,
    listed: Iterable[tuple[ResourceId, str]],
    namespace: str,
    declared: DeclaredKinds,
    *,
    deadline: Deadline,
) -> DeliveredWorkloads:
    """Those among the objects that the owner lists, each with its namespace; in other ones, as far as may be read.

    Raises `ClusterError`s.
    """
    by_namespace: dict[str, list[ResourceId]] = {}
    for resource, where in listed:
        if runs_images(resource.kind, declared):
            by_namespace.setdefault(where, []).append(resource)
    here = await read_workloads(gateway, namespace, by_namespace.pop(namespace, []), deadline=deadline)
    read = [_readable(gateway, where, some, deadline=deadline) for where, some in by_namespace.items()]
    others = await gather_settled(read)
    return DeliveredWorkloads(
        namespace=namespace,
        here=here,
        elsewhere=tuple(each for some in others if some is not None for each in some),
        unread=None in others,
        declared=declared,
    )


async def _readable(
    gateway: ClusterGateway, namespace: str, wanted: Sequence[ResourceId], *, deadline: Deadline
) -> tuple[Manifest, ...] | None:
    """None where they may not be read."""
    try:
        return await read_workloads(gateway, namespace, wanted, deadline=deadline)
    except AccessDeniedError:
        return None
