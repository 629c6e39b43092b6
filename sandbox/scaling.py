"""The Scale of a workload: how many replicas it wants, read and written as an object of its own.

Who sets `spec.replicas` by it owns that field of the workload, with the subresource `scale`.
"""

from typing import Any

from sandbox import bodies
from sandbox.bodies import WriteOptions
from sandbox.errors import StatusError, bad_request, not_found
from sandbox.kinds.findings import invalid
from sandbox.merge import json_patch, merge_patch
from sandbox.patching import Patch, PatchType
from sandbox.resources import Resource
from sandbox.store import Object, thaw
from sandbox.writing import Writer, Written

VERSION, KIND = "autoscaling/v1", "Scale"


def scale_of(obj: Object) -> Object:
    """The Scale of a workload."""
    metadata = obj["metadata"]
    labels = ((obj["spec"].get("selector") or {}).get("matchLabels") or {}).items()
    selector = ",".join(f"{k}={v}" for k, v in sorted(labels))
    return {
        "kind": KIND,
        "apiVersion": VERSION,
        "metadata": {
            k: metadata[k]
            for k in ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")
            if k in metadata
        },
        "spec": {"replicas": obj["spec"].get("replicas", 0)},
        "status": {"replicas": (obj.get("status") or {}).get("replicas", 0), "selector": selector},
    }


class Scales:
    """Reads and writes the scales of one cluster's workloads."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

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
        obj["spec"]["replicas"] = _replicas(scale, name)
        obj["metadata"]["resourceVersion"] = metadata.get("resourceVersion")
        return self._writer.replace(resource, namespace, name, obj, options)

    def patch(self, resource: Resource, namespace: str, name: str, patch: Patch, options: WriteOptions) -> Written:
        """Raises `StatusError`: 400, 404, 409, 422."""
        current = scale_of(self.read(resource, namespace, name))
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
        config = {
            "apiVersion": resource.api_version,
            "kind": resource.kind,
            "metadata": body.get("metadata") or {},
            "spec": {"replicas": _replicas(body, name)},
        }
        return self._writer.patch(resource, namespace, name, Patch(type=PatchType.APPLY, body=config), options)


def _replicas(scale: Object, name: str) -> int:
    replicas = (scale.get("spec") or {}).get("replicas", 0)
    if not isinstance(replicas, int) or isinstance(replicas, bool):
        raise bad_request('Scale in version "v1" cannot be handled as a Scale: spec.replicas is no number')
    if replicas < 0:
        cause = invalid("spec.replicas", replicas, "must be greater than or equal to 0")
        message = f'Scale.autoscaling "{name}" is invalid: {cause.field}: {cause.message}'
        raise StatusError(422, "Invalid", message, name=name, group="autoscaling", kind=KIND, causes=[cause])
    return replicas
