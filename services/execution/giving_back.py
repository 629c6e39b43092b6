"""Removes the entry of our own patches from an object's field ownership. Converges: without one, nothing is done."""

from domain.resources import Manifest, ResourceId
from services.kube.deadline import Deadline
from services.kube.errors import PatchTestFailedError
from services.kube.gateway import ClusterGateway
from services.planning.images.owner_write import giving_back, our_entry

_TRIES = 5


async def give_back(live: Manifest, gateway: ClusterGateway, *, namespace: str, deadline: Deadline) -> Manifest:
    """The object without the entry; itself where it has none.

    Raises `PatchTestFailedError` where the entries have changed since it was read.
    """
    ours = our_entry(live)
    if ours is None:
        return live
    return await gateway.patch_json(live.kind, live.name, giving_back(ours), namespace=namespace, deadline=deadline)


async def give_back_images(
    workload: ResourceId, gateway: ClusterGateway, *, namespace: str, deadline: Deadline
) -> None:
    """Read the workload and give back what it is about. Raises `ClusterError`s."""
    for last in (*([False] * (_TRIES - 1)), True):
        live = await gateway.get(workload.kind, workload.name, namespace=namespace, deadline=deadline)
        if live is None:
            return
        try:
            await give_back(live, gateway, namespace=namespace, deadline=deadline)
        except PatchTestFailedError:
            if last:
                raise
        else:
            return
