"""OpenAPI, as far as kubectl reads it: the parameters of patches, and the schema of each kind.

Version 3 is served for each group, with schemas (for `kubectl explain` and field types); of version 2, which kubectl
falls back to for lists of objects, there is only the protobuf form and only what may be patched.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from sandbox import schema
from sandbox.definitions import Definitions
from sandbox.discovery import VERSION, groups, sorted_resources
from sandbox.resources import Catalogue, Resource
from sandbox.schema import Node, Shape

V2_MEDIA_TYPE = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"
"""As it is answered; as it is asked for it has an @ before the version, which is no valid media type."""
_PARAMETERS = ("dryRun", "fieldManager", "fieldValidation")
_KIND = "x-kubernetes-group-version-kind"
_SCALARS: dict[str, dict[str, str]] = {
    "base64": {"type": "string", "format": "byte"},
    "time": {"type": "string", "format": "date-time"},
    "integer": {"type": "integer", "format": "int32"},
    "int-or-string": {"type": "string", "format": "int-or-string"},
    "quantity": {"type": "string"},
}
_COMPONENTS = "#/components/schemas/"


def index(catalogue: Catalogue, prefix: str) -> dict[str, Any]:
    """The paths of the documents, one for each version of a group."""
    names = ["api/v1"] + [f"apis/{g}/{v}" for g, vs in groups(catalogue).items() for v in vs]
    return {"paths": {n: {"serverRelativeURL": f"{prefix}/openapi/v3/{n}"} for n in names}}


def document(definitions: Definitions, catalogue: Catalogue, group: str, version: str) -> dict[str, Any]:
    """One version of a group: its paths and its kinds."""
    schemas: dict[str, Any] = {}
    paths: dict[str, Any] = {}
    for resource in sorted_resources(catalogue, group, version):
        patch = {
            "x-kubernetes-action": "patch",
            _KIND: _kind(resource),
            "parameters": [
                {"name": name, "in": "query", "schema": {"type": "string", "uniqueItems": True}} for name in _PARAMETERS
            ],
            "responses": {"200": {"description": "OK"}},
        }
        paths[_path(resource) + "/{name}"] = {"patch": patch}
        name = ".".join((*reversed(resource.group.split(".")), version, resource.kind)).lstrip(".")
        definition = definitions.of(resource)
        described = dict(definition.openapi) or _Schemas(schemas).of(definition.schema)
        schemas[name] = described | {_KIND: [_kind(resource)]}
    info = {"title": "Practice cluster", "version": VERSION["gitVersion"]}
    return {"openapi": "3.0.0", "info": info, "paths": paths, "components": {"schemas": schemas}}


def _kind(resource: Resource) -> dict[str, str]:
    return {"group": resource.group, "version": resource.version, "kind": resource.kind}


def _path(resource: Resource) -> str:
    root = f"/apis/{resource.group}/{resource.version}" if resource.group else f"/api/{resource.version}"
    where = f"{root}/namespaces/{{namespace}}" if resource.namespaced else root
    return f"{where}/{resource.plural}"


class _Schemas:
    """Turns nodes into schemas; types that others refer to are put in beside them, once."""

    def __init__(self, into: dict[str, Any]) -> None:
        self._into = into

    def of(self, node: Node) -> dict[str, Any]:
        match node.shape:
            case Shape.SCALAR:
                return dict(_SCALARS.get(node.scalar) or {"type": node.scalar})
            case Shape.STRUCT:
                return {"type": "object", "properties": {k: self._reference(v) for k, v in node.fields.items()}}
            case Shape.MAP:
                return {"type": "object", "additionalProperties": self._reference(node.element)}
            case Shape.LIST:
                return {"type": "array", "items": self._reference(node.element)}
            case Shape.ANY:
                return {"type": "object"}

    def _reference(self, node: Node | None) -> dict[str, Any]:
        if node is None:
            return {}
        name = schema.name_of(node)
        if not name:
            return self.of(node)
        if name not in self._into:
            self._into[name] = {}  # a type may refer to itself
            self._into[name] = self.of(node)
        return {"allOf": [{"$ref": _COMPONENTS + name}]}


# Version 2 ------------------------------------------------------------------------------------------------------


def document_v2(catalogue: Catalogue) -> bytes:
    """What may be patched, as protobuf. Field numbers are those of gnostic's OpenAPIv2.proto."""
    info = _field(1, "Practice cluster") + _field(2, VERSION["gitVersion"])
    parameters = b"".join(
        _field(8, _field(1, _field(2, _field(3, _field(2, "query") + _field(4, name))))) for name in _PARAMETERS
    )
    paths = b"".join(_patch_v2(resource, parameters) for resource in catalogue)
    return _field(1, "2.0") + _field(2, info) + _field(8, paths)


def _patch_v2(resource: Resource, parameters: bytes) -> bytes:
    text = "".join(f"{key}: {value or _EMPTY}\n" for key, value in _kind(resource).items())
    extension = _field(1, _KIND) + _field(2, _field(2, text))
    operation = parameters + _field(13, extension)
    return _field(2, _field(1, _path(resource) + "/{name}") + _field(2, _field(8, operation)))


_EMPTY = '""'


def _field(number: int, value: str | bytes) -> bytes:
    """A field of a message: its number, its length, its bytes."""
    data = value.encode() if isinstance(value, str) else value
    return bytes(_varint(number << 3 | 2)) + bytes(_varint(len(data))) + data


def _varint(number: int) -> Iterator[int]:
    while number > 0x7F:
        yield number & 0x7F | 0x80
        number >>= 7
    yield number


def at_path(definitions: Definitions, catalogue: Catalogue, parts: list[str], prefix: str) -> Mapping[str, Any] | None:
    """What stands below `/openapi/v3`; None if nothing does."""
    match parts:
        case []:
            return index(catalogue, prefix)
        case ["api", version]:
            return document(definitions, catalogue, "", version)
        case ["apis", name, version]:
            return document(definitions, catalogue, name, version)
        case _:
            return None
