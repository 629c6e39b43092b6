"""Which node ports of a Service somebody asked for; the others were allocated by the source's API server. Pure.

An allocated port is recorded nowhere but in the Service itself: the server allocates it after it has recorded who set
which field (`createHandler` in apiserver pkg/endpoints/handlers/create.go runs before the registry's allocators). A
port that stands in kubectl's last-applied text, or that a manager owns in `managedFields`, was therefore asked for. It
was not where the writer only sent back what it had read: such an export names the cluster IP, too, which nobody
chooses.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from domain.resources import Manifest
from services.json_bounds import parse
from services.planning.objects import paths
from services.planning.objects.field_ownership import MISSING, field_paths, lookup

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_READ_BACK = (
    "metadata.uid",
    "metadata.resourceVersion",
    "metadata.creationTimestamp",
    "spec.clusterIP",
    "spec.clusterIPs",
)
_CLUSTER_ADDRESSES = frozenset({"f:clusterIP", "f:clusterIPs"})
_CONTROLLERS = ("kube-controller-manager", "cloud-controller-manager")


def asked_for(manifest: Manifest, path: str) -> frozenset[Any]:
    """The values at `path` (`spec.ports[].nodePort` or `spec.healthCheckNodePort`) that somebody chose."""
    return frozenset((*_last_applied(manifest, path), *_owned(manifest, path)))


def is_asked_for(manifest: Manifest, path: str) -> bool:
    """Whether somebody chose what stands at `path`: no server or controller did."""
    return any(True for _ in (*_last_applied(manifest, path), *_owned(manifest, path)))


def _last_applied(manifest: Manifest, path: str) -> Iterator[Any]:
    try:
        applied = parse(manifest.annotations.get(LAST_APPLIED, "null"))
    except ValueError:
        return
    read_back = any(value not in {None, "", "None"} for value in _texts_of_an_export(applied))
    if not read_back:
        yield from paths.values(applied, path)


def _texts_of_an_export(applied: Any) -> Iterator[str | None]:
    for path in _READ_BACK:
        for value in paths.values(applied, path):
            yield value[0] if isinstance(value, list) and value else None if isinstance(value, list) else str(value)


def _owned(manifest: Manifest, path: str) -> Iterator[Any]:
    headless = paths.value(manifest.body, "spec.clusterIP") == "None"
    for entry in manifest.metadata.get("managedFields") or ():
        if not isinstance(entry, dict) or entry.get("subresource") or _is_a_controllers(entry):
            continue
        owned = tuple(field_paths(entry))
        if not headless and any(
            step[:1] == ("f:spec",) and step[1:2] and step[1] in _CLUSTER_ADDRESSES for step in owned
        ):
            continue
        for field in owned:
            if _leads_to(field, path):
                value = lookup(manifest.body, field)
                if value is not MISSING:
                    yield value


def _is_a_controllers(entry: Mapping[str, Any]) -> bool:
    return str(entry.get("manager", "")).startswith(_CONTROLLERS)


def _leads_to(field: tuple[str, ...], path: str) -> bool:
    """Whether a field path is an instance of a rule's path: `f:ports`, `k:{…}`, `f:nodePort` of `ports[].nodePort`."""
    steps = paths.steps_of(path)
    return len(field) == len(steps) and all(
        owned.startswith("k:") if step == paths.ITEMS else owned == f"f:{step}"
        for owned, step in zip(field, steps, strict=True)
    )
