"""Whether a submitted manifest has the shape that planning relies on: objects and lists where they belong.

Pure. Not a schema: the server knows that better and says so in the dry run. This only keeps what a person typed from
being taken for what a server sent. Objects read from a server need no such look.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from services.planning import paths
from services.planning.resources import Manifest
from services.planning.workloads import template_path

_NAME = re.compile(r"^[a-z0-9A-Z]([a-zA-Z0-9._:-]{0,251}[a-zA-Z0-9])?$")  # RBAC names may have colons and capitals
_API_VERSION = re.compile(r"^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?/)?[a-z0-9]{1,63}$")
_KIND = re.compile(r"^[A-Za-z][A-Za-z0-9]{0,62}$")

_OBJECTS = (
    "metadata",
    "metadata.labels",
    "metadata.annotations",
    "spec",
    "status",
    "data",
    "binaryData",
    "stringData",
    "roleRef",
    "spec.selector",
    "spec.scaleTargetRef",
    "spec.resources",
    "spec.resources.requests",
    "spec.jobTemplate",
    "spec.jobTemplate.spec",
    "spec.podSelector",
    "spec.defaultBackend",
    "spec.defaultBackend.service",
)
_LISTS_OF_OBJECTS = (
    "metadata.ownerReferences",
    "metadata.managedFields",
    "subjects",
    "imagePullSecrets",
    "spec.ports",
    "spec.volumeClaimTemplates",
    "spec.rules",
    "spec.tls",
    "spec.ingress",
    "spec.egress",
    "spec.parentRefs",
    "spec.listeners",
    "status.conditions",
)
_BUILT_IN = frozenset({"", "apps", "batch", "autoscaling", "policy", "networking.k8s.io", "rbac.authorization.k8s.io"})

# Inside of a pod template, counted from the template.
_POD_OBJECTS = ("metadata", "metadata.labels", "metadata.annotations", "spec")
_POD_LISTS = ("containers", "initContainers", "volumes", "imagePullSecrets", "tolerations", "resourceClaims")
_CONTAINER_LISTS = ("env", "envFrom", "ports", "volumeMounts")


@dataclass(frozen=True, kw_only=True)
class Misshapen:
    """A field that is not what it has to be."""

    field: str
    expected: str


def misshapen(body: dict[str, Any]) -> tuple[Misshapen, ...]:
    """Everything about a submitted object that planning could not work with; nothing where all is well."""
    return tuple(dict.fromkeys(_identity(body))) or tuple(dict.fromkeys(_structure(body)))


def _identity(body: dict[str, Any]) -> Iterator[Misshapen]:
    if not _matches(_API_VERSION, body.get("apiVersion")):
        yield Misshapen(field="apiVersion", expected="a group and version, as apps/v1")
    if not _matches(_KIND, body.get("kind")):
        yield Misshapen(field="kind", expected="a kind, as Deployment")
    metadata = body.get("metadata")
    if not isinstance(metadata, dict):
        yield Misshapen(field="metadata", expected="an object with a name")
    elif not _matches(_NAME, metadata.get("name")):
        yield Misshapen(field="metadata.name", expected="a name of letters, digits, hyphens and dots")


def _matches(pattern: re.Pattern[str], value: object) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


def _structure(body: dict[str, Any]) -> Iterator[Misshapen]:
    manifest = Manifest(body)
    for field in ("metadata.labels", "metadata.annotations"):
        yield from _texts(paths.value(body, field), field)
    if manifest.kind.group not in _BUILT_IN:
        yield from _objects(body, ("metadata", "spec", "status"), "")
        return
    yield from _objects(body, _OBJECTS, "")
    yield from _lists(body, _LISTS_OF_OBJECTS, "")
    if manifest.kind.name in {"Secret", "ConfigMap"}:
        for field in ("data", "binaryData", "stringData"):
            yield from _texts(body.get(field), field)
    steps = template_path(manifest.kind)
    if steps:
        prefix = ".".join(steps)
        yield from _pod_template(paths.value(body, prefix), prefix)
    elif steps == ():
        yield from _pod_spec(body.get("spec"), "spec")


def _texts(value: Any, field: str) -> Iterator[Misshapen]:
    if value is None:
        return
    if not isinstance(value, dict):
        yield Misshapen(field=field, expected="an object of texts")
        return
    for key, text in value.items():
        if not isinstance(text, str) and text is not None:
            yield Misshapen(
                field=paths.below(field, str(key)), expected="a text; put numbers and true or false in quotes"
            )


def _objects(holder: Any, fields: tuple[str, ...], prefix: str) -> Iterator[Misshapen]:
    for field in fields:
        if any(value is not None and not isinstance(value, dict) for value in paths.values(holder, field)):
            yield Misshapen(field=prefix + field, expected="an object")


def _lists(holder: Any, fields: tuple[str, ...], prefix: str) -> Iterator[Misshapen]:
    for field in fields:
        for value in paths.values(holder, field):
            if value is not None and not (isinstance(value, list) and all(isinstance(item, dict) for item in value)):
                yield Misshapen(field=prefix + field, expected="a list of objects")


def _pod_template(template: Any, prefix: str) -> Iterator[Misshapen]:
    if not isinstance(template, dict):
        yield Misshapen(field=prefix, expected="an object")
        return
    yield from _objects(template, _POD_OBJECTS, f"{prefix}.")
    yield from _pod_spec(template.get("spec"), f"{prefix}.spec")


def _pod_spec(spec: Any, prefix: str) -> Iterator[Misshapen]:
    if not isinstance(spec, dict):
        yield Misshapen(field=prefix, expected="an object")
        return
    yield from _lists(spec, _POD_LISTS, f"{prefix}.")
    for where in ("containers", "initContainers"):
        for container in paths.values(spec, f"{where}[]"):
            at = f"{prefix}.{where}."
            yield from _lists(container, _CONTAINER_LISTS, at)
            yield from _objects(container, ("resources", "resources.requests", "resources.limits"), at)
            yield from _objects(container, ("env[].valueFrom", "envFrom[].configMapRef", "envFrom[].secretRef"), at)
            sources = ("env[].valueFrom.configMapKeyRef", "env[].valueFrom.secretKeyRef")
            yield from _objects(container, sources, at)
    volumes = ("configMap", "secret", "projected", "persistentVolumeClaim", "csi", "ephemeral")
    yield from _objects(spec, tuple(f"volumes[].{name}" for name in volumes), f"{prefix}.")
    yield from _lists(spec, ("volumes[].projected.sources",), f"{prefix}.")
