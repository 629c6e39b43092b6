"""What an application wants beside what is there, and writing it: one object at a time.

An object differs where applying what the source renders would change it (argoproj/gitops-engine pkg/diff/diff.go,
`StructuredMergeDiff` and `ThreeWayDiff`, come to that). `ignoreDifferences` with `managedFieldsManagers` leaves out
what these managers own (argoproj/argo-cd util/argo/managedfields/managed_fields.go), here of images alone. A sync
leaves it out as well where `RespectIgnoreDifferences=true` is among the options (`normalizeTargetResources`).
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sandbox.apply import without_managed
from sandbox.argocd.destinations import Destination
from sandbox.cluster import Cluster
from sandbox.errors import StatusError
from sandbox.store import Object, thaw

MANAGER = "argocd-controller"
TRACKING_ID = "argocd.argoproj.io/tracking-id"
_MOVING = frozenset({"generation", "resourceVersion"})


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """An object of the application. `body` is what the source renders, `live` what is there, `synced`: they agree."""

    group: str
    plural: str
    body: Object
    live: Object | None
    synced: bool


def compared(destination: Destination, application: Object, manifest: Object) -> Wanted:
    """Raises `StatusError` for what the cluster would refuse."""
    cluster = destination.cluster
    body = _as_applied(cluster, application, manifest)
    resource = cluster.resources.of_kind(body["apiVersion"], body["kind"])
    if resource is None:
        raise StatusError(404, "NotFound", f"the server could not find the requested resource: {body['kind']}")
    metadata = body["metadata"]
    qualified = f"{resource.plural}.{resource.group}" if resource.group else resource.plural
    live = cluster.get(qualified, metadata["name"], metadata.get("namespace", ""))
    seen = _yielding(application, body, live)
    synced = live is not None and _same(live, _tried(cluster, application, seen))
    return Wanted(group=resource.group, plural=resource.plural, body=body, live=live, synced=synced)


def sync(destination: Destination, application: Object, wanted: Wanted) -> None:
    """Raises `StatusError`."""
    body = wanted.body
    if "RespectIgnoreDifferences=true" in options_of(application):
        body = _yielding(application, body, wanted.live)
    destination.apply(body, manager=MANAGER, server_side=_server_side(application))


def options_of(application: Object) -> list[str]:
    return [*((application["spec"].get("syncPolicy") or {}).get("syncOptions") or ())]


def _server_side(application: Object) -> bool:
    return "ServerSideApply=true" in options_of(application)


def _as_applied(cluster: Cluster, application: Object, manifest: Object) -> Object:
    """With the namespace of the destination, and the tracking id (util/argo/resource_tracking.go)."""
    body = thaw(manifest)
    metadata = body.setdefault("metadata", {})
    resource = cluster.resources.of_kind(body["apiVersion"], body["kind"])
    if resource is not None and resource.namespaced:
        metadata.setdefault("namespace", (application["spec"].get("destination") or {}).get("namespace", "default"))
    group, slash, _ = body["apiVersion"].rpartition("/")
    place = f"{metadata.get('namespace', '')}/{metadata['name']}"
    tracked = f"{application['metadata']['name']}:{group if slash else ''}/{body['kind']}:{place}"
    metadata["annotations"] = {**(metadata.get("annotations") or {}), TRACKING_ID: tracked}
    return body


def _tried(cluster: Cluster, application: Object, body: Object) -> Object:
    return cluster.apply(body, manager=MANAGER, server_side=_server_side(application), dry_run=True)


def _same(a: Object, b: Object) -> bool:
    return _compared(a) == _compared(b)


def _compared(obj: Object) -> Object:
    bare = without_managed(obj)
    metadata = {name: value for name, value in bare["metadata"].items() if name not in _MOVING}
    return {**{name: value for name, value in bare.items() if name != "status"}, "metadata": metadata}


def _yielding(application: Object, body: Object, live: Object | None) -> Object:
    """What is wanted, with the live images that a manager owns to whom the application leaves them."""
    trusted = {
        manager
        for rule in application["spec"].get("ignoreDifferences") or ()
        if rule.get("kind") == body["kind"] and rule.get("name") in {None, body["metadata"]["name"]}
        for manager in rule.get("managedFieldsManagers") or ()
    }
    if live is None or not trusted:
        return body
    entries = live["metadata"].get("managedFields") or ()
    owned = [each["fieldsV1"] for each in entries if each["manager"] in trusted]
    left = {(kind, name): image for kind, name, image in _images(live) if _owns_image(owned, kind, name)}
    changed = thaw(body)
    for kind, containers in _containers(changed):
        for container in containers:
            container["image"] = left.get((kind, container["name"]), container["image"])
    return changed


def _containers(obj: Object) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    pod = ((obj.get("spec") or {}).get("template") or {}).get("spec") or {}
    for kind in ("containers", "initContainers"):
        yield kind, pod.get(kind) or []


def _images(obj: Object) -> Iterator[tuple[str, str, str]]:
    for kind, containers in _containers(obj):
        for container in containers:
            yield kind, container["name"], container["image"]


def _owns_image(owned: list[Object], kind: str, name: str) -> bool:
    key = f"k:{json.dumps({'name': name}, separators=(',', ':'))}"
    path = ("f:spec", "f:template", "f:spec", f"f:{kind}", key, "f:image")
    return any(_holds(fields, path) for fields in owned)


def _holds(fields: Any, path: tuple[str, ...]) -> bool:
    for step in path:
        if not isinstance(fields, dict) or step not in fields:
            return False
        fields = fields[step]
    return True
