"""Read all that is in a namespace, of every kind that the cluster serves there. Reading only."""

import asyncio
from dataclasses import dataclass

from services.kube.deadline import Deadline
from services.kube.errors import AccessDeniedError, ClusterBusyError, KindNotServedError, ResourceGoneError
from services.kube.gateway import ClusterGateway, ServedKind
from services.planning.resources import Kind, Manifest

# Of the moment, or made from other objects: nobody adopts or copies them, and they are many.
_NOT_READ = frozenset(
    {
        ("", "Event"),
        ("events.k8s.io", "Event"),
        ("", "Endpoints"),
        ("", "Pod"),
        ("", "PodTemplate"),
        ("discovery.k8s.io", "EndpointSlice"),
        ("apps", "ReplicaSet"),
        ("apps", "ControllerRevision"),
        ("coordination.k8s.io", "Lease"),
        ("metrics.k8s.io", "PodMetrics"),
    }
)


@dataclass(frozen=True, kw_only=True)
class Contents:
    """The objects of a namespace; `unread` are the kinds that the credential may not list."""

    manifests: tuple[Manifest, ...]
    unread: tuple[Kind, ...]


async def read_namespace(
    gateway: ClusterGateway, namespace: str, *, label_selector: str | None = None, deadline: Deadline
) -> Contents:
    """Everything in a namespace that could belong to an application; raises `ClusterError`."""
    catalog = await gateway.catalog(deadline=deadline)
    kinds = [served.kind for served in catalog.kinds if _is_read(served)]
    lists = await asyncio.gather(
        *(_list(gateway, kind, namespace, label_selector=label_selector, deadline=deadline) for kind in kinds)
    )
    return Contents(
        manifests=tuple(manifest for found in lists if found is not None for manifest in found),
        unread=tuple(kind for kind, found in zip(kinds, lists, strict=True) if found is None),
    )


def _is_read(served: ServedKind) -> bool:
    return (
        served.namespaced
        and served.preferred
        and "list" in served.verbs
        and "get" in served.verbs
        and (served.kind.group, served.kind.name) not in _NOT_READ
    )


async def _list(
    gateway: ClusterGateway, kind: Kind, namespace: str, *, label_selector: str | None, deadline: Deadline
) -> tuple[Manifest, ...] | None:
    try:
        listed = await gateway.list(kind, namespace=namespace, label_selector=label_selector, deadline=deadline)
    except AccessDeniedError:
        return None
    except (KindNotServedError, ResourceGoneError, ClusterBusyError):
        return ()  # an extension whose own server is down must not hide the rest
    return listed.items
