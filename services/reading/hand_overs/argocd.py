"""Plans the image delivery `argocd`: what an application of Argo CD has to override. Reads only.

The application itself, what owns it, and the workloads that it lists are read; what its sources hold is not. The plan
is refused where something above the application would take the override back, and where its owner has not agreed.
"""

from domain.hand_overs import OwnerAddress, edits_of
from domain.resources import Manifest
from services.kube.deadline import Deadline
from services.kube.errors import AccessDeniedError
from services.planning.argocd.hand_overs import hand_overs
from services.planning.argocd.refusals import (
    IN_GIT,
    argocd_moved,
    refused_above,
    refused_by_operation,
    refused_by_place,
    refused_by_sources,
)
from services.planning.images.hand_overs import HandOvers, OwnerChanges, Refusal
from services.planning.images.owner_refusals import missing, refused_by_opt_in, rights_lack
from services.planning.objects.owner_chains import above, listed_in
from services.planning.objects.workload_owners import APPLICATION
from services.reading.control_planes import OWN_CONTROL_PLANES, ControlPlane, ControlPlanes
from services.reading.hand_overs.delivered_workloads import read_delivered
from services.reading.hand_overs.planning import WorkloadPlace


class ApplicationPlanner:
    """`services.reading.hand_overs.planning.HandOverPlanner` for applications of Argo CD."""

    def __init__(self, control_planes: ControlPlanes = OWN_CONTROL_PLANES) -> None:
        self._control_planes = control_planes

    async def plan(self, asked: OwnerChanges, place: WorkloadPlace, *, deadline: Deadline) -> HandOvers | Refusal:
        """Raises `ClusterError`s, also of the cluster that Argo CD runs on."""
        owner, plane = asked.owner, await self._control_planes.of(place.gateway)
        if plane.hub != owner.cluster:
            return argocd_moved(owner)
        application = await plane.get(APPLICATION, owner.name, namespace=owner.namespace, deadline=deadline)
        if application is None:
            return missing(owner, IN_GIT)
        workloads = [change.workload for change in asked.changes]
        upper = await _upper(plane, application, deadline=deadline)
        refusal = (
            refused_by_opt_in(owner, application, place.environment)
            or refused_above(owner, application, upper)
            or refused_by_place(
                owner,
                application,
                workloads,
                place.namespace,
                cluster=place.cluster.name,
                delivers_here=await plane.delivers_here(application, deadline=deadline),
            )
            or refused_by_sources(owner, application)
            or refused_by_operation(owner, application)
            or await _lacking(owner, plane, deadline=deadline)
        )
        if refusal is not None:
            return refusal
        listed = await read_delivered(
            place.gateway, listed_in(application), place.namespace, place.target.declared, deadline=deadline
        )
        found = hand_overs(application, asked, listed)
        if isinstance(found, Refusal):
            return found
        return refused_above(owner, application, upper, edits_of(found.values())) or found


async def _upper(plane: ControlPlane, application: Manifest, *, deadline: Deadline) -> Manifest | None:
    """The object that owns the application, where it can be read."""
    found = above(application)
    if found is None or found.object is None or found.object.namespace is None:
        return None
    owner = found.object
    try:
        return await plane.get(owner.kind, owner.name, namespace=owner.namespace, deadline=deadline)
    except AccessDeniedError:
        return None


async def _lacking(owner: OwnerAddress, plane: ControlPlane, *, deadline: Deadline) -> Refusal | None:
    lacking = await plane.lacking(owner, deadline=deadline)
    return rights_lack(owner.title, lacking, IN_GIT, cluster=owner.cluster)
