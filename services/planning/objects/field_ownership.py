"""Which field manager owns which fields of a live object, read from `metadata.managedFields`. Pure.

Server-side apply keeps one field set for each manager, in the format FieldsV1 (apimachinery `meta/v1/types.go`):
`f:name` is a field, `k:{…}` an item of a list identified by its keys, `v:…` an item of a set, `i:…` an index, `.` the
map or list itself; an empty object ends a path.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from domain.cluster_api import FIELD_MANAGER
from domain.resources import Manifest
from services.json_bounds import parse
from services.planning.objects.list_items import shown_keys
from services.planning.objects.paths import below

AS_UPDATE = " (update)"  # behind the name of a manager, where it updates and does not apply
Step = str
FieldPath = tuple[Step, ...]


@dataclass(frozen=True, kw_only=True)
class FieldOwners:
    """For every owned field, as raw steps (`("f:spec", "f:replicas")`), the managers that own it."""

    managers: Mapping[FieldPath, frozenset[str]]

    def owners_of(self, path: FieldPath) -> frozenset[str]:
        """The managers that own this field, or a field above it as a whole."""
        owners: set[str] = set()
        for end in range(len(path), 0, -1):
            owners |= self.managers.get(path[:end], frozenset())
        return frozenset(owners)

    def shared_below(self, path: FieldPath, manager: str) -> bool:
        """Whether another manager than `manager` owns anything at or below `path`."""
        return any(owned[: len(path)] == path and owners != {manager} for owned, owners in self.managers.items())

    def only_of(self, manager: str) -> tuple[FieldPath, ...]:
        """The fields that no other manager owns."""
        return tuple(path for path, owners in self.managers.items() if owners == {manager})


def field_owners(manifest: Manifest) -> FieldOwners:
    """Read `metadata.managedFields`. Entries of subresources other than `scale`, such as `status`, are left out.

    To the server, a manager that applies and one of the same name that updates are two. Of ourselves they are one here,
    because before an apply that removes something we make them one (`ownership_upgrade`), except for what we only
    patched in list items of others.
    """
    managers: dict[FieldPath, set[str]] = {}
    patched = patched_in_items_of_others(manifest)
    for entry in _entries(manifest):
        name = str(entry.get("manager", ""))
        updates = entry.get("operation") != "Apply"
        for path in field_paths(entry):
            as_update = updates and (name != FIELD_MANAGER or path in patched)
            managers.setdefault(path, set()).add(f"{name}{AS_UPDATE}" if as_update else name)
    return FieldOwners(managers={path: frozenset(owners) for path, owners in managers.items()})


def _entries(manifest: Manifest) -> Iterator[Mapping[str, Any]]:
    for entry in manifest.metadata.get("managedFields") or ():
        if isinstance(entry, dict) and entry.get("subresource") in {None, "", "scale"}:
            yield entry


def patched_in_items_of_others(manifest: Manifest) -> frozenset[FieldPath]:
    """Fields that we changed and never applied, in list items that others own: a container's image, for one.

    Such an item is theirs. To take the field away would leave them a container without an image.
    """
    updated: set[FieldPath] = set()
    applied: set[FieldPath] = set()
    of_others: set[FieldPath] = set()
    for entry in _entries(manifest):
        if entry.get("manager") == FIELD_MANAGER:
            (applied if entry.get("operation") == "Apply" else updated).update(field_paths(entry))
        else:
            of_others.update(item for path in field_paths(entry) for item in _items_around(path))
    return frozenset(path for path in updated - applied if _item_around(path) in of_others)


def _items_around(path: FieldPath) -> Iterator[FieldPath]:
    """The list items that contain a field, and the field itself where it is one."""
    return (path[:end] for end in range(1, len(path) + 1) if path[end - 1].startswith("k:"))


def _item_around(path: FieldPath) -> FieldPath | None:
    """The innermost list item that contains a field; None where it is in none."""
    return next((path[:end] for end in range(len(path) - 1, 0, -1) if path[end - 1].startswith("k:")), None)


def field_paths(entry: Mapping[str, Any]) -> Iterator[FieldPath]:
    """The fields that one entry of `managedFields` owns."""
    yield from _leaves(entry.get("fieldsV1") or {}, ())


def _leaves(node: Mapping[str, Any], path: FieldPath) -> Iterator[FieldPath]:
    for step, inner in node.items():
        if step == ".":
            if path and path[-1].startswith("k:"):  # of other maps and lists, the entries are enough
                yield path
        elif inner:
            yield from _leaves(inner, (*path, step))
        else:
            yield (*path, step)


MISSING = object()


class Fields:
    """The values at the field paths of one object, which must not change meanwhile.

    A list is indexed by its keys when its first item is looked up: an object may have thousands of items, each owned.
    """

    def __init__(self, body: Any) -> None:
        self._body = body
        self._indexes: dict[tuple[int, tuple[str, ...]], dict[tuple[Any, ...], Any]] = {}

    def at(self, path: FieldPath) -> Any:
        """The value at a field path; `MISSING` where the object has none."""
        node = self._body
        for step in path:
            node = self._step(node, step)
            if node is MISSING:
                break
        return node

    def _step(self, node: Any, step: Step) -> Any:
        mark, _, rest = step.partition(":")
        match mark:
            case "f":
                return node.get(rest, MISSING) if isinstance(node, dict) else MISSING
            case "k":
                keys = written(rest)
                return self._item(node, keys) if isinstance(node, list) and isinstance(keys, dict) else MISSING
            case "v":
                value = written(rest)
                return value if isinstance(node, list) and value in node else MISSING
            case "i":
                index = int(rest)
                return node[index] if isinstance(node, list) and index < len(node) else MISSING
            case _:
                return MISSING

    def _item(self, items: list[Any], keys: dict[str, Any]) -> Any:
        """The first item with these keys, which are scalars: an item with others is not one that is looked up."""
        names = tuple(keys)
        index = self._indexes.get((id(items), names))
        if index is None:
            index = self._indexes[id(items), names] = {}
            for item in items:
                if isinstance(item, dict) and _is_hashable(which := tuple(key_of(item, name) for name in names)):
                    index.setdefault(which, item)
        which = tuple(keys.values())
        return index.get(which, MISSING) if _is_hashable(which) else MISSING


def lookup(body: Any, path: FieldPath) -> Any:
    """The value at one field path in an object; `MISSING` where the object has none."""
    return Fields(body).at(path)


def _is_hashable(values: tuple[Any, ...]) -> bool:
    return not any(isinstance(each, dict | list) for each in values)


def written(text: str) -> Any:
    """The JSON of a step. What a server writes is well-formed; what is not finds nothing."""
    try:
        return parse(text)
    except ValueError:
        return MISSING


def key_of(item: Mapping[str, Any], name: str) -> Any:
    """The value of one key by which a list identifies its items."""
    # An omitted protocol means TCP (core/v1 types.go): the one default among merge keys.
    return item.get(name, "TCP" if name == "protocol" else None)


def readable(path: FieldPath) -> str:
    """A field path in the notation of `Change.path`: `spec.template.spec.containers[web].image`."""
    text = ""
    for step in path:
        mark, _, rest = step.partition(":")
        match mark:
            case "f":
                text = below(text, rest)
            case "k":
                keys = written(rest)
                text += shown_keys(tuple(keys.values()) if isinstance(keys, dict) else ())
            case _:
                text += f"[{rest}]"
    return text


def owns(fields: Mapping[str, Any], path: FieldPath) -> bool:
    """Whether a `fieldsV1` has the field, something in it, or as a whole something above it (an atomic list)."""
    node = fields
    for step in path:
        found = node.get(step)
        if not isinstance(found, dict):
            return False
        if not found:
            return True
        node = found
    return True
