"""Which fields of a live object belong to which field manager, as its `managedFields` say. Pure.

Server-side apply keeps a set of fields a manager: `f:name` is a field, `k:{…}` an item of a list known by its keys,
`v:…` an item of a set, `.` the thing itself; an empty object ends a path.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from domain.resources import Manifest
from services.planning.objects.paths import below

Step = str
FieldPath = tuple[Step, ...]


@dataclass(frozen=True, kw_only=True)
class FieldOwners:
    """For every owned field, as raw steps (`("f:spec", "f:replicas")`), the managers that own it."""

    managers: Mapping[FieldPath, frozenset[str]]

    def owners_of(self, path: FieldPath) -> frozenset[str]:
        """Who owns this very field or anything above it that is owned as a whole."""
        found: set[str] = set()
        for end in range(len(path), 0, -1):
            found |= self.managers.get(path[:end], frozenset())
        return frozenset(found)

    def shared_below(self, path: FieldPath, manager: str) -> bool:
        """Whether anything inside `path` belongs to somebody else than `manager`, too."""
        return any(owned[: len(path)] == path and owners != {manager} for owned, owners in self.managers.items())

    def only_of(self, manager: str) -> tuple[FieldPath, ...]:
        """The fields that this manager owns and nobody else does."""
        return tuple(path for path, owners in self.managers.items() if owners == {manager})


def field_owners(manifest: Manifest) -> FieldOwners:
    """Read `metadata.managedFields`; entries of subresources other than scale (status) are left out."""
    managers: dict[FieldPath, set[str]] = {}
    for entry in manifest.metadata.get("managedFields") or ():
        if not isinstance(entry, dict) or entry.get("subresource") not in {None, "", "scale"}:
            continue
        # The same name applying and updating are two managers to the server: only what is applied can be taken back.
        name = str(entry.get("manager", ""))
        manager = name if entry.get("operation") == "Apply" else f"{name} (update)"
        for path in _leaves(entry.get("fieldsV1") or {}, ()):
            managers.setdefault(path, set()).add(manager)
    return FieldOwners(managers={path: frozenset(owners) for path, owners in managers.items()})


def _leaves(node: Mapping[str, Any], path: FieldPath) -> Iterator[FieldPath]:
    for step, inner in node.items():
        if step == ".":
            if path and path[-1].startswith("k:"):  # of a map or list itself, its entries tell enough
                yield path
        elif inner:
            yield from _leaves(inner, (*path, step))
        else:
            yield (*path, step)


_ABSENT = object()


def lookup(body: Any, path: FieldPath) -> Any:
    """The value at a field path in an object; `MISSING` where there is none."""
    node = body
    for step in path:
        node = _step(node, step)
        if node is _ABSENT:
            return MISSING
    return node


MISSING = _ABSENT


def _step(node: Any, step: Step) -> Any:
    mark, _, rest = step.partition(":")
    match mark:
        case "f":
            return node.get(rest, _ABSENT) if isinstance(node, dict) else _ABSENT
        case "k":
            keys = json.loads(rest)
            for item in node if isinstance(node, list) else ():
                if isinstance(item, dict) and all(_key_of(item, name) == value for name, value in keys.items()):
                    return item
            return _ABSENT
        case "v":
            value = json.loads(rest)
            return value if isinstance(node, list) and value in node else _ABSENT
        case "i":
            index = int(rest)
            return node[index] if isinstance(node, list) and index < len(node) else _ABSENT
        case _:
            return _ABSENT


def _key_of(item: Mapping[str, Any], name: str) -> Any:
    # A protocol that is left out is TCP: the one default among merge keys.
    return item.get(name, "TCP" if name == "protocol" else None)


def readable(path: FieldPath) -> str:
    """A field path as people read it: `spec.template.spec.containers[web].image`."""
    text = ""
    for step in path:
        mark, _, rest = step.partition(":")
        match mark:
            case "f":
                text = below(text, rest)
            case "k":
                text += "[" + ",".join(str(value) for value in json.loads(rest).values()) + "]"
            case _:
                text += f"[{rest}]"
    return text
