"""Lists the objects of a namespace, of every kind that the cluster serves there. Reads only."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

from domain.cluster_api import ServedKind
from domain.resources import Kind, Manifest
from services.kube.deadline import Deadline
from services.kube.errors import (
    AccessDeniedError,
    ClusterError,
    CredentialRefusedError,
    KindNotServedError,
    ResourceGoneError,
)
from services.kube.gateway import ClusterGateway
from services.planning.objects.built_in import is_built_in

# Transient, or created by controllers from other objects: never adopted or copied, and many.
_NOT_READ = frozenset(
    {
        ("", "Event"),
        ("events.k8s.io", "Event"),
        ("", "Pod"),
        ("", "PodTemplate"),
        ("apps", "ReplicaSet"),
        ("apps", "ControllerRevision"),
        ("coordination.k8s.io", "Lease"),
        ("autoscaling.k8s.io", "VerticalPodAutoscalerCheckpoint"),
        ("cilium.io", "CiliumEndpoint"),
        ("image.openshift.io", "ImageStreamTag"),
        ("image.openshift.io", "ImageTag"),
    }
)
# Of these kinds controllers make most objects, which their label tells apart from what people wrote
# (https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/#management).
_WRITTEN_BY_PEOPLE = {
    ("", "Endpoints"): "!endpoints.kubernetes.io/managed-by",
    ("discovery.k8s.io", "EndpointSlice"): "endpointslice.kubernetes.io/managed-by notin "
    "(endpointslice-controller.k8s.io,endpointslicemirroring-controller.k8s.io)",
}
# Groups of reports and metrics, or of second views of other groups' objects.
_NOT_READ_GROUPS = frozenset(
    {
        "metrics.k8s.io",
        "custom.metrics.k8s.io",
        "external.metrics.k8s.io",
        "wgpolicyk8s.io",
        "reports.kyverno.io",
        "aquasecurity.github.io",
        "authorization.openshift.io",
        "packages.operators.coreos.com",
    }
)


@dataclass(frozen=True, kw_only=True)
class Contents:
    """The objects of a namespace; `unread` are kinds that the credential may not list, or whose server is down."""

    manifests: tuple[Manifest, ...]
    unread: tuple[Kind, ...]


async def read_namespace(
    gateway: ClusterGateway, namespace: str, *, label_selector: str | None = None, deadline: Deadline
) -> Contents:
    """All objects of a namespace that could belong to an application. Raises `ClusterError`s."""
    # A person who looks for what is there shall find what was defined a moment ago.
    served = await gateway.served_kinds(deadline=deadline, refresh=True)
    kinds = _kinds_to_read(served.kinds)
    lists = await asyncio.gather(
        *(_list(gateway, kind, namespace, label_selector=label_selector, deadline=deadline) for kind in kinds)
    )
    return Contents(
        manifests=tuple(manifest for found in lists if found is not None for manifest in found),
        unread=tuple(kind for kind, found in zip(kinds, lists, strict=True) if found is None),
    )


def _kinds_to_read(served: Iterable[ServedKind]) -> tuple[Kind, ...]:
    """Each kind once: in the preferred version of its group, or in the first that has it."""
    chosen: dict[tuple[str, str], ServedKind] = {}
    for each in served:
        key = (each.kind.group, each.kind.name)
        if _is_read(each) and (key not in chosen or (each.preferred and not chosen[key].preferred)):
            chosen[key] = each
    return tuple(each.kind for each in chosen.values())


def _is_read(served: ServedKind) -> bool:
    return (
        served.namespaced
        and "list" in served.verbs
        and "get" in served.verbs
        and served.kind.group not in _NOT_READ_GROUPS
        and (served.kind.group, served.kind.name) not in _NOT_READ
    )


async def _list(
    gateway: ClusterGateway, kind: Kind, namespace: str, *, label_selector: str | None, deadline: Deadline
) -> tuple[Manifest, ...] | None:
    """The objects of the kind, or None where they cannot be listed."""
    label_selector = ",".join(filter(None, (label_selector, _WRITTEN_BY_PEOPLE.get((kind.group, kind.name))))) or None
    built_in = is_built_in(kind)
    if not built_in:  # its API server or conversion webhook may hang; the other kinds must not wait for it
        deadline = deadline.part(0.5)
    try:
        listed = await gateway.list(kind, namespace=namespace, label_selector=label_selector, deadline=deadline)
    except (KindNotServedError, ResourceGoneError):
        return ()
    except AccessDeniedError:
        return None
    except CredentialRefusedError:
        raise
    except ClusterError:
        if built_in:
            raise  # without its Deployments an application is not known, and a dead cluster fails here too
        return None  # an extension API server that is down must not hide the other kinds
    return listed.items
