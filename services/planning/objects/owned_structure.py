"""How lists and maps of a custom resource merge, read from who owns what in the live object. Pure.

A custom resource's definition may say that a map is replaced as a whole, or that a list merges by keys. The plan does
not know the definition, and need not: a server writes `k:{…}` into `managedFields` for the items of a list that merges
by keys, and names a map without its members where it is replaced as a whole
(https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy).
"""

from collections.abc import Mapping
from dataclasses import replace

from domain.resources import Manifest
from services.planning.objects.field_ownership import FieldPath, field_owners, lookup, written
from services.planning.objects.merge_keys import MergeTable, merge_table
from services.planning.objects.paths import ITEMS


def rules_of_owners(live: Manifest) -> MergeTable:
    """The merge rules of a live custom resource, as far as somebody owns its fields."""
    owned = field_owners(live).managers
    keys: dict[str, tuple[str, ...]] = {}
    atomic: set[str] = set()
    for path in owned:
        for end, step in enumerate(path):
            named = written(step.removeprefix("k:")) if step.startswith("k:") else None
            if isinstance(named, dict):
                keys[_pattern(path[:end])] = tuple(named)
        if _is_whole(path, live, owned):
            atomic.add(_pattern(path))
    # The order of a list's items may mean something to the kind's controller.
    return replace(merge_table(live.kind), keys=keys, atomic=frozenset(atomic), ordered=frozenset(keys))


def _is_whole(path: FieldPath, live: Manifest, owned: Mapping[FieldPath, frozenset[str]]) -> bool:
    """Whether the field is a map that is owned without its members."""
    value = lookup(live.body, path)
    if not isinstance(value, dict) or not value or path[-1].startswith("k:"):
        return False
    return not any(other[: len(path)] == path and len(other) > len(path) for other in owned)


def _pattern(path: FieldPath) -> str:
    """The path as merge rules write it: `spec.listeners[].tls`."""
    pattern = ""
    for step in path:
        mark, _, name = step.partition(":")
        pattern += ITEMS if mark != "f" else f".{name}" if pattern else name
    return pattern
