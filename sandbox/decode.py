"""Decodes request bodies: checks types, finds unknown fields, drops nulls.

Two ways to fail, as in a real server: a body that does not fit its Go type (400), and an apply that does not fit
the schema (500 with a plain message).
"""

import base64
import binascii
import re
from collections.abc import Iterator
from typing import Any

from sandbox.fields import element_of, path_of
from sandbox.schema import KEY_DEFAULTS, Node, Shape

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_QUANTITY = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+|[numkMGTPE]|[KMGTPE]i)?")

_GO_TYPE = {
    "string": "string",
    "integer": "int32",
    "number": "float64",
    "boolean": "bool",
    "base64": "[]uint8",
}


_CONTAINERS = frozenset({Shape.MAP, Shape.LIST})


class DecodeError(Exception):
    """The body cannot be read as its kind."""


def json_type(value: object) -> str:
    """A JSON value's type in Go's words."""
    match value:
        case bool():
            return "bool"
        case int() | float():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
        case dict():
            return "object"
        case _:
            return "null"


def decode(node: Node, value: Any, kind: str) -> tuple[Any, list[str]]:
    """The value as it is kept, and the paths of the fields that are not declared (`spec.replica`).

    Raises `DecodeError` where a real server could not unmarshal.
    """
    unknown: list[str] = []
    return _decode(node, value, "", kind, unknown), unknown


_CONTAINER_TYPES = {Shape.STRUCT: dict, Shape.MAP: dict, Shape.LIST: list}


def _decode(node: Node, value: Any, path: str, kind: str, unknown: list[str]) -> Any:
    if node.lenient and not isinstance(value, _CONTAINER_TYPES.get(node.shape, ())):
        return value
    match node.shape:
        case Shape.SCALAR:
            return _scalar(node.scalar, value, path, kind)
        case Shape.STRUCT:
            if not isinstance(value, dict):
                raise _mismatch(value, path, kind, "object")
            kept: dict[str, Any] = {}
            for name, inner in value.items():
                at = f"{path}.{name}" if path else name
                child = node.fields.get(name)
                if child is None:
                    if node.open:
                        kept[name] = inner
                    else:
                        unknown.append(at)
                elif inner is None:
                    if node.lenient and (child.lenient or child.shape is Shape.ANY):
                        kept[name] = None  # of a custom kind: whether it may be null says its own schema
                else:
                    read = _decode(child, inner, at, kind, unknown)
                    if read or not node.drops_empty or child.shape not in _CONTAINERS:
                        kept[name] = read
            return kept
        case Shape.MAP:
            if not isinstance(value, dict):
                raise _mismatch(value, path, kind, "map[string]" + _go_type(node.element))
            assert node.element is not None
            return {k: _element(node.element, v, (path, k), kind, unknown) for k, v in value.items()}
        case Shape.LIST:
            if not isinstance(value, list):
                raise _mismatch(value, path, kind, "[]" + _go_type(node.element))
            assert node.element is not None
            return [_element(node.element, v, (path, i), kind, unknown) for i, v in enumerate(value)]
        case Shape.ANY:
            return value


def _element(node: Node, value: Any, place: tuple[str, object], kind: str, unknown: list[str]) -> Any:
    """An element; null is Go's zero value. Paths name elements as strict decoding does."""
    path, key = place
    if value is None:
        if node.shape is Shape.SCALAR:
            return 0 if node.scalar == "integer" else ""
        return None if node.shape is Shape.ANY else {}
    if node.shape is Shape.SCALAR and not node.lenient:
        return _scalar(node.scalar, value, path, kind)
    at = f"{path}[{key}]" if isinstance(key, int) else f"{path}.{key}"
    return _decode(node, value, at, kind, unknown)


def _go_type(node: Node | None) -> str:
    return _GO_TYPE.get(node.scalar, "string") if node is not None and node.shape is Shape.SCALAR else "object"


def _mismatch(value: object, path: str, kind: str, wanted: str) -> DecodeError:
    return DecodeError(f"json: cannot unmarshal {json_type(value)} into Go struct field {kind}.{path} of type {wanted}")


def _scalar(scalar: str, value: Any, path: str, kind: str) -> Any:
    match scalar:
        case "string":
            ok = isinstance(value, str)
        case "integer":
            if isinstance(value, float) and value.is_integer():
                value = int(value)
            ok = isinstance(value, int) and not isinstance(value, bool)
        case "number":
            ok = isinstance(value, int | float) and not isinstance(value, bool)
        case "boolean":
            ok = isinstance(value, bool)
        case "quantity":
            return _quantity(value)
        case "int-or-string":
            ok = isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool))
        case "base64":
            return _base64(value, path, kind)
        case "time":
            if not isinstance(value, str):
                raise _mismatch(value, path, kind, "string")
            if not _TIME.fullmatch(value):
                raise DecodeError(
                    f'parsing time "{value}" as "2006-01-02T15:04:05Z07:00": cannot parse "{value}" as "2006"'
                )
            return value
        case _:
            ok = True
    if not ok:
        raise _mismatch(value, path, kind, _GO_TYPE.get(scalar, "string"))
    return value


def _base64(value: Any, path: str, kind: str) -> str:
    if not isinstance(value, str):
        raise _mismatch(value, path, kind, "[]uint8")
    try:
        base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        bad = next((i for i, c in enumerate(value) if not re.match(r"[A-Za-z0-9+/=]", c)), len(value))
        raise DecodeError(f"illegal base64 data at input byte {bad}") from None
    return value


def _quantity(value: Any) -> str:
    """A quantity as it is written back; numbers become text."""
    text = str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value
    if not isinstance(text, str) or not _QUANTITY.fullmatch(text):
        raise DecodeError("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'")
    return text


def schema_errors(node: Node, value: Any) -> list[str]:
    """Why an applied object does not fit its schema, in structured-merge-diff's words; empty if it does."""
    return list(_schema_errors(node, value, ()))


def _schema_errors(node: Node, value: Any, path: tuple[str, ...]) -> Iterator[str]:
    if value is None:
        return
    match node.shape:
        case Shape.STRUCT:
            if not isinstance(value, dict):
                yield f"{path_of(path)}: expected map, got {_untyped(value)}"
                return
            for name, inner in value.items():
                child = node.fields.get(name)
                at = (*path, "f:" + name)
                if child is not None:
                    yield from _schema_errors(child, inner, at)
                elif not node.open:
                    yield f"{path_of(at)}: field not declared in schema"
        case Shape.MAP:
            if not isinstance(value, dict):
                yield f"{path_of(path)}: expected map, got {_untyped(value)}"
                return
            assert node.element is not None
            for name, inner in value.items():
                yield from _schema_errors(node.element, inner, (*path, "f:" + name))
        case Shape.LIST:
            yield from _list_errors(node, value, path)
        case Shape.SCALAR:
            yield from _scalar_errors(node.scalar, value, path)
        case Shape.ANY:
            return


def _list_errors(node: Node, value: Any, path: tuple[str, ...]) -> Iterator[str]:
    if not isinstance(value, list):
        yield f"{path_of(path)}: expected list, got {_untyped(value)}"
        return
    assert node.element is not None
    seen: set[str] = set()
    for index, inner in enumerate(value):
        if not node.granular_list:
            yield from _schema_errors(node.element, inner, (*path, f"i:{index}"))
            continue
        missing = next((k for k in node.keys if not isinstance(inner, dict) or _key(inner, k) is None), None)
        if missing is not None:
            yield (
                f"{path_of(path)}: element {index}: associative list with keys has an element that omits "
                f'key field "{missing}" (and doesn\'t have default value)'
            )
            continue
        element = element_of(node, inner)
        if element in seen:
            yield f"{path_of(path)}: duplicate entries for key {path_of((element,)).removeprefix('.')}"
        seen.add(element)
        yield from _schema_errors(node.element, inner, (*path, element))


def _key(inner: dict[str, Any], key: str) -> Any:
    return inner.get(key, KEY_DEFAULTS.get(key))


def _scalar_errors(scalar: str, value: Any, path: tuple[str, ...]) -> Iterator[str]:
    wanted = {
        "string": (str, "string"),
        "time": (str, "string"),
        "base64": (str, "string"),
        "integer": (int | float, "numeric (int or float)"),
        "number": (int | float, "numeric (int or float)"),
        "boolean": (bool, "boolean"),
        "quantity": (str | int | float, "string"),
        "int-or-string": (str | int, "string"),
    }[scalar]
    fits = isinstance(value, wanted[0]) and (scalar == "boolean" or not isinstance(value, bool))
    if not fits:
        yield f"{path_of(path)}: expected {wanted[1]}, got {_untyped(value)}"


def _untyped(value: object) -> str:
    match value:
        case bool():
            return "boolean"
        case int():
            return "int"
        case float():
            return "float"
        case list():
            return "list"
        case dict():
            return "map"
        case str():
            return "string"
        case _:
            return "null"
