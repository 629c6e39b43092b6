"""The schema of each kind: the types of its fields, and how its lists and maps merge.

Built-in kinds come from `schema.json` (see make_schema.py), custom ones from their definition's openAPIV3Schema.
A `Node` describes one field of an object; decoding, merging and ownership walk object and nodes together.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from functools import cache
from pathlib import Path
from typing import Any

import orjson


class Shape(Enum):
    """What stands at a node."""

    SCALAR = auto()
    STRUCT = auto()
    """Named fields, and no others."""
    MAP = auto()
    """Any keys, values of one type."""
    LIST = auto()
    ANY = auto()
    """Whatever is sent: maps merge by key, everything else is replaced whole."""


@dataclass(slots=True, eq=False)
class Node:
    """One place in an object of some kind. Not frozen: types refer to each other in circles."""

    shape: Shape
    scalar: str = ""
    """Of a scalar: string, integer, number, boolean, time, quantity, int-or-string, base64."""
    fields: dict[str, "Node"] = field(default_factory=dict)
    element: "Node | None" = None
    atomic: bool = False
    """Replaced and owned as a whole."""
    keys: tuple[str, ...] = ()
    """Of a list of objects that merges by these keys."""
    is_set: bool = False
    """Of a list of scalars that is a set."""
    patch_key: str | None = None
    """Strategic merge: merge by this key, "" for a list of scalars; None replaces the list."""
    retain_keys: bool = False
    open: bool = False
    """Of a struct: fields that are not declared are kept."""
    lenient: bool = False
    """A value of another type is kept as it is: the kind's own validation will find it."""
    drops_empty: bool = False
    """Of a struct: fields that hold an empty map or list are left out, as Go's `omitempty` does."""

    @property
    def granular_list(self) -> bool:
        return bool(self.keys) or self.is_set


ANY = Node(Shape.ANY)
STRING = Node(Shape.SCALAR, "string")
KEY_DEFAULTS: Mapping[str, Any] = {"protocol": "TCP"}
"""A list's key that was left out stands for this value."""


class _Loader:
    def __init__(self) -> None:
        self._data: dict[str, Any] = orjson.loads(Path(__file__).with_name("schema.json").read_bytes())
        self._atomic = set(self._data["atomic_types"])
        self._atomic_fields = set(self._data["atomic_fields"])
        self._types: dict[str, Node] = {}
        self.names: dict[int, str] = {}
        """By node: types are made once and kept."""

    def kind(self, api_version: str, kind: str) -> Node | None:
        name = self._data["kinds"].get(f"{api_version}/{kind}")
        return self.type(name) if name else None

    def type(self, name: str) -> Node:
        node = self._types.get(name)
        if node is None:
            node = self._types[name] = Node(Shape.STRUCT, atomic=name in self._atomic, drops_empty=True)
            self.names[id(node)] = name
            for name_of_field, code in self._data["types"][name].items():
                node.fields[name_of_field] = self._node(code, f"{name}.{name_of_field}")
        return node

    def _node(self, code: str, place: str) -> Node:
        if code.startswith("["):
            rule = self._data["lists"].get(place, {})
            keys = tuple(rule.get("keys", ()))
            return Node(
                Shape.LIST,
                element=self._node(code[1:], ""),
                keys=keys,
                is_set=rule.get("set", False),
                atomic=not keys and not rule.get("set"),
                patch_key=rule.get("patch"),
                retain_keys=rule.get("retain", False),
            )
        if code.startswith("{"):
            return Node(Shape.MAP, element=self._node(code[1:], ""), atomic=place in self._atomic_fields)
        if code == "any":
            return ANY
        return Node(Shape.SCALAR, code) if code[0].islower() else self.type(code)


@cache
def _loader() -> _Loader:
    return _Loader()


@cache
def built_in(api_version: str, kind: str) -> Node | None:
    """The schema of a built-in kind."""
    return _loader().kind(api_version, kind)


def name_of(node: Node) -> str:
    """The name of a built-in type, "" for any other place."""
    return _loader().names.get(id(node), "")


@cache
def metadata() -> Node:
    """The schema that all kinds share under `metadata`."""
    return _loader().type("V1ObjectMeta")


def custom(definition: Mapping[str, Any]) -> Node:
    """The schema of a custom kind: its own, with the parts that every object has."""
    node = _from_openapi(definition)
    if node.shape is not Shape.STRUCT:
        node = Node(Shape.STRUCT, open=True)
    node.fields |= {"apiVersion": STRING, "kind": STRING, "metadata": metadata()}
    return node


def _from_openapi(schema: Mapping[str, Any]) -> Node:
    open_ended = bool(schema.get("x-kubernetes-preserve-unknown-fields"))
    if schema.get("x-kubernetes-int-or-string"):
        return Node(Shape.SCALAR, "int-or-string", lenient=True)
    match schema.get("type"):
        case "object":
            if "properties" not in schema and isinstance(schema.get("additionalProperties"), Mapping):
                element = _from_openapi(schema["additionalProperties"])
                return Node(
                    Shape.MAP,
                    element=element,
                    atomic=schema.get("x-kubernetes-map-type") == "atomic",
                    lenient=True,
                )
            if "properties" not in schema and (open_ended or schema.get("additionalProperties") is True):
                return ANY
            node = Node(
                Shape.STRUCT, atomic=schema.get("x-kubernetes-map-type") == "atomic", open=open_ended, lenient=True
            )
            node.fields = {k: _from_openapi(v) for k, v in (schema.get("properties") or {}).items()}
            if schema.get("x-kubernetes-embedded-resource"):
                node.fields |= {"apiVersion": STRING, "kind": STRING, "metadata": metadata()}
            return node
        case "array":
            list_type = schema.get("x-kubernetes-list-type", "atomic")
            keys = tuple(schema.get("x-kubernetes-list-map-keys", ())) if list_type == "map" else ()
            element = _from_openapi(schema.get("items") or {})
            return Node(
                Shape.LIST,
                element=element,
                keys=keys,
                is_set=list_type == "set",
                atomic=list_type == "atomic",
                lenient=True,
            )
        case "string" | "integer" | "number" | "boolean" as scalar:
            return Node(Shape.SCALAR, scalar, lenient=True)
        case _:
            return ANY
