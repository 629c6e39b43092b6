"""Plans the image delivery `argocd`: what an application of Argo CD has to override. Reads only.

The application itself, what owns it, and the workloads that it lists are read; what its sources hold is not. The plan
is refused where something above the application would take the override back, and where its owner has not agreed.
"""

from domain.cluster_api import Right
from domain.hand_overs import edits_of
from domain.resources import Manifest
from services.kube.deadline import Deadline
from services.kube.errors import AccessDeniedError
from services.kube.gateway import ClusterGateway
from services.planning.argocd.hand_overs import hand_overs
from services.planning.argocd.refusals import (
    IN_GIT,
    refused_above,
    refused_by_operation,
    refused_by_place,
    refused_by_sources,
)
from services.planning.images.hand_overs import HandOvers, OwnerChanges, Refusal
from services.planning.images.owner_refusals import missing, refused_by_opt_in, rights_lack
from services.planning.objects.owner_chains import above, listed_in
from services.planning.objects.workload_owners import APPLICATION
from services.reading.hand_overs.delivered_workloads import read_delivered
from services.reading.hand_overs.planning import WorkloadPlace
from services.reading.hand_overs.rights import lacking_rights


class ApplicationPlanner:
    """`services.reading.hand_overs.planning.HandOverPlanner` for applications of Argo CD."""

    async def plan(self, asked: OwnerChanges, place: WorkloadPlace, *, deadline: Deadline) -> HandOvers | Refusal:
        """Raises `ClusterError`s."""
        owner, gateway = asked.owner, place.gateway
        application = await gateway.get(APPLICATION, owner.name, namespace=owner.namespace, deadline=deadline)
        if application is None:
            return missing(owner, IN_GIT)
        workloads = [change.workload for change in asked.changes]
        upper = await _upper(gateway, application, deadline=deadline)
        refusal = (
            refused_by_opt_in(owner, application, place.environment)
            or refused_above(owner, application, upper)
            or refused_by_place(owner, application, workloads, place.namespace)
            or refused_by_sources(owner, application)
            or refused_by_operation(owner, application)
            or await _lacking(asked, gateway, deadline=deadline)
        )
        if refusal is not None:
            return refusal
        listed = await read_delivered(gateway, listed_in(application), place.namespace, deadline=deadline)
        found = hand_overs(application, asked, listed)
        if isinstance(found, Refusal):
            return found
        return refused_above(owner, application, upper, edits_of(found.values())) or found


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
    lacking = await lacking_rights(gateway, [needed], deadline=deadline)
    return rights_lack(asked.owner.title, lacking, IN_GIT)
