"""Reads some objects of a kind by their names, whole, for whoever cuts them down at once."""

from collections.abc import AsyncGenerator, AsyncIterator, Collection
from contextlib import aclosing, asynccontextmanager

from domain.resources import Kind, Manifest
from services.kube.deadline import Deadline
from services.kube.errors import KindNotServedError
from services.kube.gateway import WatchedCluster

_FEW = 4  # are asked for one by one: objects of others in the namespace are not read then


@asynccontextmanager
async def objects_named(
    gateway: WatchedCluster, kind: Kind, names: Collection[str], *, namespace: str, deadline: Deadline
) -> AsyncIterator[AsyncGenerator[Manifest]]:
    """Those that exist. Beyond a few they are taken from a list of the namespace, a page at a time.

    Raises the `ClusterError`s of the requests; a kind that is not served has no objects.
    """
    async with aclosing(_objects(gateway, kind, names, namespace, deadline)) as found:
        yield found


async def _objects(
    gateway: WatchedCluster, kind: Kind, names: Collection[str], namespace: str, deadline: Deadline
) -> AsyncGenerator[Manifest]:
    if len(names) <= _FEW:
        for name in sorted(names):
            found = await gateway.get(kind, name, namespace=namespace, deadline=deadline)
            if found is not None:
                yield found
        return
    try:
        async with aclosing(gateway.pages(kind, namespace=namespace, deadline=deadline)) as pages:
            async for page in pages:
                for each in page:
                    if each.name in names:
                        yield each
    except KindNotServedError:
        return
