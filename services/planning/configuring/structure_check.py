"""Check that a submitted manifest has the structure that planning relies on: objects and lists where they belong.

Pure. It is no schema validation; the API server does that in the dry run. Objects that were read from an API server are
valid and are not checked.
"""

import base64
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from domain.resources import Manifest
from services.planning.objects import paths
from services.planning.objects.built_in import is_built_in
from services.planning.objects.merge_keys import merge_table
from services.planning.objects.redact import is_secret
from services.planning.objects.workloads import template_path

_NAME = re.compile(r"^[a-z0-9A-Z]([a-zA-Z0-9._:-]{0,251}[a-zA-Z0-9])?$")  # RBAC names may have colons and capitals
_API_VERSION = re.compile(r"^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?/)?[a-z0-9]{1,63}$")
_KIND = re.compile(r"^[A-Za-z][A-Za-z0-9]{0,62}$")


class ValueType(StrEnum):
    """The type that a value has to have where it is set."""

    OBJECT = "an object"
    OBJECTS = "a list of objects"
    TEXT = "a text"
    TEXTS = "a list of texts"
    NUMBER = "a whole number"


# The fields of built-in kinds that planning reads.
_OBJECT_FIELDS: Mapping[ValueType, tuple[str, ...]] = {
    ValueType.OBJECT: (
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
        "spec.selector.matchLabels",
        "spec.scaleTargetRef",
        "spec.resources",
        "spec.resources.requests",
        "spec.jobTemplate",
        "spec.jobTemplate.spec",
        "spec.podSelector",
        "spec.defaultBackend",
        "spec.defaultBackend.service",
        "spec.rules[].http",
        "spec.rules[].http.paths[].backend",
        "spec.rules[].http.paths[].backend.service",
        "spec.ingress[].from[].namespaceSelector",
        "spec.egress[].to[].namespaceSelector",
        "spec.ingress[].from[].namespaceSelector.matchLabels",
        "spec.egress[].to[].namespaceSelector.matchLabels",
        "spec.ingress[].from[].ipBlock",
        "spec.egress[].to[].ipBlock",
        "spec.volumeClaimTemplates[].metadata",
        "spec.volumeClaimTemplates[].spec",
    ),
    ValueType.OBJECTS: (
        "metadata.ownerReferences",
        "metadata.managedFields",
        "subjects",
        "imagePullSecrets",
        "spec.ports",
        "spec.selector.matchExpressions",
        "spec.volumeClaimTemplates",
        "spec.rules",
        "spec.rules[].http.paths",
        "spec.tls",
        "spec.ingress",
        "spec.ingress[].from",
        "spec.ingress[].from[].namespaceSelector.matchExpressions",
        "spec.egress",
        "spec.egress[].to",
        "spec.egress[].to[].namespaceSelector.matchExpressions",
        "status.conditions",
    ),
    ValueType.TEXT: (
        "type",
        "roleRef.kind",
        "roleRef.name",
        "subjects[].kind",
        "subjects[].name",
        "subjects[].namespace",
        "imagePullSecrets[].name",
        "spec.storageClassName",
        "spec.ingressClassName",
        "spec.volumeClaimTemplates[].spec.storageClassName",
        "spec.rules[].host",
        "spec.rules[].http.paths[].path",
        "spec.scaleTargetRef.apiVersion",
        "spec.scaleTargetRef.kind",
        "spec.scaleTargetRef.name",
        "spec.ingress[].from[].namespaceSelector.matchExpressions[].key",
        "spec.egress[].to[].namespaceSelector.matchExpressions[].key",
    ),
    ValueType.TEXTS: (
        "spec.tls[].hosts",
        "spec.ingress[].from[].namespaceSelector.matchExpressions[].values",
        "spec.egress[].to[].namespaceSelector.matchExpressions[].values",
    ),
    ValueType.NUMBER: ("spec.replicas", "spec.parallelism"),
}

# The fields that planning reads, relative to a pod template.
_TEMPLATE_FIELDS: Mapping[ValueType, tuple[str, ...]] = {
    ValueType.OBJECT: (
        "metadata",
        "metadata.labels",
        "metadata.annotations",
        "spec",
        *(f"spec.volumes[].{source}" for source in ("configMap", "secret", "projected", "persistentVolumeClaim")),
        "spec.volumes[].projected.sources[].configMap",
        "spec.volumes[].projected.sources[].secret",
        "spec.volumes[].csi",
        "spec.volumes[].csi.nodePublishSecretRef",
        "spec.volumes[].csi.volumeAttributes",
        "spec.volumes[].ephemeral",
        "spec.volumes[].ephemeral.volumeClaimTemplate",
    ),
    ValueType.OBJECTS: (
        "spec.containers",
        "spec.initContainers",
        "spec.volumes",
        "spec.volumes[].projected.sources",
        "spec.imagePullSecrets",
        "spec.tolerations",
        "spec.resourceClaims",
    ),
    ValueType.TEXT: (
        "spec.serviceAccountName",
        "spec.priorityClassName",
        "spec.runtimeClassName",
        "spec.tolerations[].key",
    ),
}

# The fields that planning reads, relative to a container.
_CONTAINER_FIELDS: Mapping[ValueType, tuple[str, ...]] = {
    ValueType.OBJECT: (
        "resources",
        "resources.requests",
        "resources.limits",
        "env[].valueFrom",
        "env[].valueFrom.configMapKeyRef",
        "env[].valueFrom.secretKeyRef",
        "envFrom[].configMapRef",
        "envFrom[].secretRef",
    ),
    ValueType.OBJECTS: ("env", "envFrom", "ports", "volumeMounts"),
    ValueType.TEXT: ("name", "image", "env[].valueFrom.configMapKeyRef.key", "env[].valueFrom.secretKeyRef.key"),
}
_SECRET_FIELDS = frozenset({"apiVersion", "kind", "metadata", "type", "immutable", "data", "stringData"})
_ANYWHERE: Mapping[ValueType, tuple[str, ...]] = {ValueType.OBJECT: ("metadata", "spec", "status")}


@dataclass(frozen=True, kw_only=True)
class StructureMistake:
    """A field with a wrong value: its path, and what is expected there."""

    field: str
    expected: str


def check_structure(body: dict[str, Any]) -> tuple[StructureMistake, ...]:
    """The mistakes in a submitted object, by which planning would fail; empty where there are none.

    Mistakes in what identifies the object are returned alone: the rest depends on its kind.
    """
    return tuple(dict.fromkeys(_identity(body))) or tuple(dict.fromkeys(_structure(body)))


def _identity(body: dict[str, Any]) -> Iterator[StructureMistake]:
    if not _matches(_API_VERSION, body.get("apiVersion")):
        yield StructureMistake(field="apiVersion", expected="a group and version, for instance apps/v1")
    if not _matches(_KIND, body.get("kind")):
        yield StructureMistake(field="kind", expected="a kind, for instance Deployment")
    metadata = body.get("metadata")
    if not isinstance(metadata, dict):
        yield StructureMistake(field="metadata", expected="an object with a name")
    elif not _matches(_NAME, metadata.get("name")):
        yield StructureMistake(field="metadata.name", expected="a name of letters, digits, hyphens and dots")


def _matches(pattern: re.Pattern[str], value: object) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


def _structure(body: dict[str, Any]) -> Iterator[StructureMistake]:
    manifest = Manifest(body)
    for field in ("metadata.labels", "metadata.annotations"):
        yield from _texts(paths.value(body, field), field)
    if not is_built_in(manifest.kind):
        yield from _wrong_types(body, _ANYWHERE, "")
        return
    yield from _wrong_types(body, _OBJECT_FIELDS, "")
    yield from _keyed_lists(manifest)
    if is_secret(manifest.kind):
        # A misspelt `stringData` would be treated as any other field: shown in plans and stored.
        for field in body.keys() - _SECRET_FIELDS:
            yield StructureMistake(field=field, expected="left out: a Secret has no such field")
        for key, text in _entries(body.get("data")):
            if isinstance(text, str) and not _is_base64(text):
                yield StructureMistake(
                    field=paths.below("data", key), expected="base64; plain text belongs in stringData"
                )
    if manifest.kind.name in {"Secret", "ConfigMap"}:
        for field in ("data", "binaryData", "stringData"):
            yield from _texts(body.get(field), field)
    steps = template_path(manifest.kind)
    if steps is not None:
        yield from _pod_template(paths.value(body, ".".join(steps)) if steps else body, ".".join(steps))


def _entries(value: Any) -> Iterator[tuple[str, Any]]:
    yield from ((str(key), entry) for key, entry in value.items()) if isinstance(value, dict) else ()


def _is_base64(text: str) -> bool:
    """Whether the API server accepts the text: Go's encoding/base64 ignores line ends and nothing else."""
    try:
        base64.b64decode(text.replace("\r", "").replace("\n", ""), validate=True)
    except ValueError:
        return False
    return True


def _pod_template(template: Any, path: str) -> Iterator[StructureMistake]:
    prefix = f"{path}." if path else ""
    if not isinstance(template, dict) or not isinstance(template.get("spec"), dict):
        yield StructureMistake(field=path or "spec", expected="an object with a spec")
        return
    yield from _wrong_types(template, _TEMPLATE_FIELDS, prefix)
    for field in ("containers", "initContainers"):
        for container in paths.values(template, f"spec.{field}[]"):
            yield from _wrong_types(container, _CONTAINER_FIELDS, f"{prefix}spec.{field}.")


def _wrong_types(
    holder: Any, fields_by_type: Mapping[ValueType, tuple[str, ...]], prefix: str
) -> Iterator[StructureMistake]:
    for value_type, fields in fields_by_type.items():
        for field in fields:
            if not all(value is None or _has_type(value, value_type) for value in paths.values(holder, field)):
                yield StructureMistake(field=prefix + field.replace(paths.ITEMS, ""), expected=value_type.value)


def _has_type(value: Any, value_type: ValueType) -> bool:
    match value_type:
        case ValueType.OBJECT:
            return isinstance(value, dict)
        case ValueType.OBJECTS:
            return isinstance(value, list) and all(isinstance(item, dict) for item in value)
        case ValueType.TEXT:
            return isinstance(value, str)
        case ValueType.TEXTS:
            return isinstance(value, list) and all(isinstance(item, str) for item in value)
        case ValueType.NUMBER:
            return isinstance(value, int) and not isinstance(value, bool)


def _keyed_lists(manifest: Manifest) -> Iterator[StructureMistake]:
    """The merge keys of list items have to be strings or integers."""
    for field, keys in merge_table(manifest.kind).keys.items():
        for items in paths.values(manifest.body, field):
            if items is not None and not (isinstance(items, list) and all(_has_keys(item, keys) for item in items)):
                expected = f"a list of objects with {' and '.join(keys)}"
                yield StructureMistake(field=field.replace(paths.ITEMS, ""), expected=expected)


def _has_keys(item: Any, keys: tuple[str, ...]) -> bool:
    return isinstance(item, dict) and all(isinstance(item.get(key), str | int | None) for key in keys)


def _texts(value: Any, field: str) -> Iterator[StructureMistake]:
    if value is None:
        return
    if not isinstance(value, dict):
        yield StructureMistake(field=field, expected="an object of texts")
        return
    for key, text in value.items():
        if not isinstance(text, str) and text is not None:
            expected = "a text; put numbers and true or false in quotes"
            yield StructureMistake(field=paths.below(field, str(key)), expected=expected)
