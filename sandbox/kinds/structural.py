"""Validates that the openAPIV3Schema of a CustomResourceDefinition is structural: every field has a type."""

from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.errors import Cause
from sandbox.kinds.findings import invalid, required, unsupported

_TYPES = ("array", "boolean", "integer", "number", "object", "string")
_AT_ROOT, _OF_FIELD, _OF_ITEM = (
    "must not be empty at the root",
    "must not be empty for specified object fields",
    "must not be empty for specified array items",
)


def problems(schema: Mapping[str, Any], at: str) -> Iterator[Cause]:
    """What is wrong with the schema of a version, which stands at the field `at`."""
    if schema.get("type") and schema["type"] != "object":
        yield invalid(f"{at}.type", schema["type"], "must be object at the root")
    yield from _place(schema, at, _AT_ROOT)


def _place(schema: Mapping[str, Any], at: str, untyped: str) -> Iterator[Cause]:
    kind = schema.get("type")
    any_type = schema.get("x-kubernetes-int-or-string") or schema.get("x-kubernetes-preserve-unknown-fields")
    if not kind and not (any_type and untyped != _AT_ROOT):
        yield required(f"{at}.type", untyped)
    elif kind and kind not in _TYPES:
        yield unsupported(f"{at}.type", kind, _TYPES)
    if kind == "array" and not schema.get("items"):
        yield required(f"{at}.items", "must be specified")
    if schema.get("properties") and isinstance(schema.get("additionalProperties"), Mapping):
        yield Cause(
            reason="FieldValueForbidden",
            message="Forbidden: additionalProperties and properties are mutual exclusive",
            field=f"{at}.additionalProperties",
        )
    for name, inner in (schema.get("properties") or {}).items():
        if untyped != _AT_ROOT or name not in {"apiVersion", "kind", "metadata"}:
            yield from _place(inner, f"{at}.properties[{name}]", _OF_FIELD)
    if isinstance(schema.get("additionalProperties"), Mapping):
        yield from _place(schema["additionalProperties"], f"{at}.additionalProperties", _OF_FIELD)
    if isinstance(schema.get("items"), Mapping) and schema["items"]:
        yield from _place(schema["items"], f"{at}.items", _OF_ITEM)
