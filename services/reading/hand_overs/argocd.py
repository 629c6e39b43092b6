"""Plans the image delivery `argocd`: what an application of Argo CD has to override. Reads only.

The application itself, what owns it, and the workloads that it lists are read; what its sources hold is not. The plan
is refused where something above the application would take the override back, and where its owner has not agreed.
"""

from collections.abc import Sequence

from domain.cluster_api import Right
from domain.problems import Problem
from domain.resources import Manifest, ResourceId
from services.concurrency import gather_settled
from services.kube.deadline import Deadline
from services.kube.errors import AccessDeniedError, KindNotServedError
from services.kube.gateway import ClusterGateway
from services.planning.argocd.hand_overs import hand_overs
from services.planning.argocd.refusals import (
    missing,
    refused_above,
    refused_by_operation,
    refused_by_opt_in,
    refused_by_place,
    refused_by_sources,
    rights_lack,
)
from services.planning.argocd.touches import ListedWorkloads
from services.planning.images.hand_overs import HandOvers, OwnerChanges, Refusal, blocking
from services.planning.objects.owner_chains import above, listed_in
from services.planning.objects.workload_owners import APPLICATION
from services.planning.objects.workloads import is_workload
from services.reading.hand_overs.planning import WorkloadPlace
from services.reading.running_images import read_workloads


class ApplicationPlanner:
    """`services.reading.hand_overs.planning.HandOverPlanner` for applications of Argo CD."""

    async def plan(self, asked: OwnerChanges, place: WorkloadPlace, *, deadline: Deadline) -> HandOvers | Problem:
        """Raises `ClusterError`s."""
        found = await _planned(asked, place, deadline=deadline)
        if isinstance(found, Refusal):
            return blocking(found.code, found.detail, place.gateway.cluster, asked)
        return found


async def _planned(asked: OwnerChanges, place: WorkloadPlace, *, deadline: Deadline) -> HandOvers | Refusal:
    owner, gateway = asked.owner, place.gateway
    application = await gateway.get(APPLICATION, owner.name, namespace=owner.namespace, deadline=deadline)
    if application is None:
        return missing(owner)
    workloads = [change.workload for change in asked.changes]
    refusal = (
        refused_by_opt_in(owner, application, place.environment)
        or refused_above(owner, application, await _upper(gateway, application, deadline=deadline))
        or refused_by_place(owner, application, workloads, place.namespace)
        or refused_by_sources(owner, application)
        or refused_by_operation(owner, application)
        or await _lacking(asked, gateway, deadline=deadline)
    )
    if refusal is not None:
        return refusal
    listed = await _workloads(gateway, application, place.namespace, deadline=deadline)
    return hand_overs(application, asked, listed)


async def _upper(gateway: ClusterGateway, application: Manifest, *, deadline: Deadline) -> Manifest | None:
    """The object that owns the application, where it can be read."""
    found = above(application)
    if found is None or found.object is None or found.object.namespace is None:
        return None
    owner = found.object
    try:
        return await gateway.get(owner.kind, owner.name, namespace=owner.namespace, deadline=deadline)
    except AccessDeniedError:
        return None


async def _lacking(asked: OwnerChanges, gateway: ClusterGateway, *, deadline: Deadline) -> Refusal | None:
    needed = Right(verb="patch", group=APPLICATION.group, resource="applications", namespace=asked.owner.namespace)
    try:
        held = await gateway.rights((needed,), deadline=deadline)
    except (AccessDeniedError, KindNotServedError):
        return None  # the server does not tell
    return rights_lack(asked.owner, {needed} - held)


async def _workloads(
    gateway: ClusterGateway, application: Manifest, namespace: str, *, deadline: Deadline
) -> ListedWorkloads:
    """The workloads that the application lists, in other namespaces as far as they may be read."""
    by_namespace: dict[str, list[ResourceId]] = {}
    for resource, where in listed_in(application):
        if is_workload(resource.kind):
            by_namespace.setdefault(where, []).append(resource)
    here = await read_workloads(gateway, namespace, by_namespace.pop(namespace, []), deadline=deadline)
    read = [_readable(gateway, where, some, deadline=deadline) for where, some in by_namespace.items()]
    others = await gather_settled(read)
    return ListedWorkloads(
        namespace=namespace,
        here=here,
        elsewhere=tuple(each for some in others if some is not None for each in some),
        unread=None in others,
    )


async def _readable(
    gateway: ClusterGateway, namespace: str, wanted: Sequence[ResourceId], *, deadline: Deadline
) -> tuple[Manifest, ...] | None:
    """None where they may not be read."""
    try:
        return await read_workloads(gateway, namespace, wanted, deadline=deadline)
    except AccessDeniedError:
        return None
