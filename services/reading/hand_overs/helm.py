"""Plans the image delivery `helm`: the values of a Helm release that bring its workloads their images. Reads only."""

from domain.hand_overs import HandOver
from services.helm.releases import HelmReleases
from services.kube.deadline import Deadline
from services.planning.helm.refusals import OTHERWISE, kinds_of, refused_elsewhere, rights_needed, title_of
from services.planning.helm.rendered import Rendered
from services.planning.images.hand_overs import HandOvers, OwnerChanges, Refusal
from services.planning.images.owner_refusals import rights_lack
from services.planning.objects.helm_records import ReleaseName
from services.reading.hand_overs.helm_renders import trial_renders
from services.reading.hand_overs.planning import WorkloadPlace
from services.reading.hand_overs.rights import lacking_rights


class HelmPlanner:
    """`services.reading.hand_overs.planning.HandOverPlanner` for releases of Helm."""

    def __init__(self, releases: HelmReleases) -> None:
        self._releases = releases

    async def plan(self, asked: OwnerChanges, place: WorkloadPlace, *, deadline: Deadline) -> HandOvers | Refusal:
        """Raises `ClusterError`s, `HelmMissingError`, `HelmFailedError`."""
        release = ReleaseName(namespace=asked.owner.namespace, name=asked.owner.name)
        if refusal := refused_elsewhere(release, place.namespace):
            return refusal
        renders = await trial_renders(self._releases, release, place, deadline=deadline)
        if isinstance(renders, Refusal):
            return renders
        if refusal := await _lacking(release, await renders.of(()), place, deadline=deadline):
            return refusal
        found = await renders.values_for(asked)
        if isinstance(found, Refusal):
            return found
        return {
            key: HandOver(delivery=asked.delivery, owner=asked.owner, edits=edits, touches=found.touches)
            for key, edits in found.edits.items()
        }


async def _lacking(
    release: ReleaseName, objects: Rendered, place: WorkloadPlace, *, deadline: Deadline
) -> Refusal | None:
    served = await place.gateway.served_kinds(deadline=deadline, naming=kinds_of(objects))
    needed = rights_needed(release, objects, served)
    lacking = await lacking_rights(place.gateway, needed, deadline=deadline)
    return rights_lack(title_of(release), lacking, OTHERWISE)
