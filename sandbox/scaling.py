"""The subresource `scale` of a workload: its desired replicas, as an object of its own.

A manager that sets `spec.replicas` by it owns that field of the workload, with the subresource `scale`.
"""

from collections.abc import Mapping
from typing import Any

from sandbox import bodies
from sandbox.bodies import WriteOptions
from sandbox.definitions import WORKLOAD_SCALE, Definitions, ScalePaths
from sandbox.errors import Cause, StatusError, bad_request, not_found
from sandbox.kinds.findings import invalid
from sandbox.merge import json_patch, merge_patch
from sandbox.patching import Patch, PatchType
from sandbox.resources import Resource
from sandbox.store import Object, thaw
from sandbox.writing import Writer, Written

VERSION, KIND = "autoscaling/v1", "Scale"


def scale_of(obj: Object, paths: ScalePaths = WORKLOAD_SCALE) -> Object:
    """The Scale of a workload. Raises `StatusError` 500 for an object that does not say how many it wants."""
    metadata = obj["metadata"]
    wanted = _at(obj, paths.wanted)
    if wanted is None and paths is not WORKLOAD_SCALE:
        where = "." + ".".join(paths.wanted)
        message = f'Internal error occurred: the spec replicas field "{where}" does not exist'
        raise StatusError(500, "InternalError", message, causes=[Cause(reason="", message=message[25:])])
    selector = _at(obj, paths.selector) or "" if paths is not WORKLOAD_SCALE else _as_text(obj["spec"].get("selector"))
    return {
        "kind": KIND,
        "apiVersion": VERSION,
        "metadata": {
            k: metadata[k]
            for k in ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")
            if k in metadata
        },
        "spec": {"replicas": wanted or 0},
        "status": {"replicas": _at(obj, paths.present) or 0} | ({"selector": selector} if selector else {}),
    }


def _at(obj: Any, path: tuple[str, ...]) -> Any:
    for step in path:
        obj = (obj or {}).get(step)
    return obj if path else None


def _as_text(selector: Mapping[str, Any] | None) -> str:
    """A label selector as requests write it."""
    parts = [(key, f"{key}={value}") for key, value in ((selector or {}).get("matchLabels") or {}).items()]
    for expression in (selector or {}).get("matchExpressions") or ():
        key, values = expression["key"], ",".join(sorted(expression.get("values") or ()))
        match expression["operator"]:
            case "In":
                parts.append((key, f"{key} in ({values})"))
            case "NotIn":
                parts.append((key, f"{key} notin ({values})"))
            case "Exists":
                parts.append((key, key))
            case _:
                parts.append((key, f"!{key}"))
    return ",".join(text for _, text in sorted(parts))


class Scales:
    """Reads and writes the scales of one cluster's workloads."""

    def __init__(self, writer: Writer, kinds: Definitions) -> None:
        self._writer = writer
        self._kinds = kinds

    def of(self, resource: Resource, obj: Object) -> Object:
        """The Scale of one of its objects."""
        return scale_of(obj, self._kinds.of(resource).scale)

    def read(self, resource: Resource, namespace: str, name: str) -> Object:
        """The workload. Raises `StatusError` 404, which names the subresource as well."""
        try:
            return self._writer.existing(resource, namespace, name).object
        except StatusError:
            raise not_found(f"{resource.plural}/scale", name, group=resource.group) from None

    def replace(self, resource: Resource, namespace: str, name: str, scale: Any, options: WriteOptions) -> Written:
        """Raises `StatusError`: 400, 404, 409, 422."""
        obj = thaw(self.read(resource, namespace, name))
        if not isinstance(scale, dict) or scale.get("kind", KIND) != KIND:
            raise bad_request('Scale in version "v1" cannot be handled as a Scale: the body is none')
        metadata = scale.get("metadata") or {}
        bodies.check_name(metadata, name)
        _put(obj, self._kinds.of(resource).scale.wanted, _replicas(scale, name))
        obj["metadata"]["resourceVersion"] = metadata.get("resourceVersion")
        return self._writer.replace(resource, namespace, name, obj, options)

    def patch(self, resource: Resource, namespace: str, name: str, patch: Patch, options: WriteOptions) -> Written:
        """Raises `StatusError`: 400, 404, 409, 422."""
        current = self.of(resource, self.read(resource, namespace, name))
        if patch.type is PatchType.APPLY:
            return self._apply(resource, namespace, name, patch.body, options)
        # A Scale has no lists, so that strategic merge is plain merge.
        merge = json_patch if patch.type is PatchType.JSON else merge_patch
        wanted = merge(current, patch.body)
        sent = (patch.body.get("metadata") or {}) if isinstance(patch.body, dict) else {}
        metadata = wanted.get("metadata") or {}
        if "resourceVersion" not in sent:
            metadata = {k: v for k, v in metadata.items() if k != "resourceVersion"}
        return self.replace(resource, namespace, name, wanted | {"metadata": metadata}, options)

    def _apply(self, resource: Resource, namespace: str, name: str, body: Any, options: WriteOptions) -> Written:
        if not isinstance(body, dict) or (body.get("apiVersion"), body.get("kind")) != (VERSION, KIND):
            raise bad_request(f"Incorrect version specified in apply patch, expected: {VERSION}, Kind={KIND}")
        config: Object = {
            "apiVersion": resource.api_version,
            "kind": resource.kind,
            "metadata": body.get("metadata") or {},
        }
        _put(config, self._kinds.of(resource).scale.wanted, _replicas(body, name))
        return self._writer.patch(resource, namespace, name, Patch(type=PatchType.APPLY, body=config), options)


def _put(obj: Object, path: tuple[str, ...], value: int) -> None:
    *way, last = path
    for step in way:
        obj = obj.setdefault(step, {})
    obj[last] = value


def _replicas(scale: Object, name: str) -> int:
    replicas = (scale.get("spec") or {}).get("replicas", 0)
    if not isinstance(replicas, int) or isinstance(replicas, bool):
        raise bad_request('Scale in version "v1" cannot be handled as a Scale: spec.replicas is no number')
    if replicas < 0:
        cause = invalid("spec.replicas", replicas, "must be greater than or equal to 0")
        message = f'Scale.autoscaling "{name}" is invalid: {cause.field}: {cause.message}'
        raise StatusError(422, "Invalid", message, name=name, group="autoscaling", kind=KIND, causes=[cause])
    return replicas
