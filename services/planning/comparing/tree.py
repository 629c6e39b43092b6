"""The fields in which objects of two sides differ, each side on one or several clusters. Pure.

Unlike `objects.diff`, which asks what an apply would change, this is symmetric: a field that only one side has is a
difference. Lists are matched by the merge keys of server-side apply (`objects.merge_keys`), values are compared as a
server stores them (`objects.stored_values`). The sides are the same where each value of one has its like on the other:
clusters of one side that differ among themselves are skew, which is counted and is no difference between the sides.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from domain.resources import Manifest
from services.planning.objects.field_ownership import MISSING
from services.planning.objects.list_items import Identity, identity, repeated_keys, shown_keys
from services.planning.objects.merge_keys import MergeTable, merge_table
from services.planning.objects.owned_structure import rules_of_owners
from services.planning.objects.paths import ITEMS, below
from services.planning.objects.stored_values import is_not_stored, same_atomic, same_json, same_leaf

# Where only one side has them, their members are compared one by one all the same.
_MEMBER_BY_MEMBER = frozenset({"data", "binaryData", "labels", "annotations", "resources", "requests", "limits"})
_ITEM_BY_ITEM = ("containers[].env", "initContainers[].env")


@dataclass(frozen=True, kw_only=True)
class Found:
    """A field with its value on each cluster, in their order; `MISSING` where a cluster lacks it."""

    path: str
    left: tuple[Any, ...]
    right: tuple[Any, ...]
    only_order: bool = False


def differing(left: tuple[Manifest, ...], right: tuple[Manifest, ...], table: MergeTable) -> Iterator[Found]:
    """The fields that the sides do not have alike; `apiVersion`, `kind`, name and status are not compared.

    Each side has at least one object.
    """
    bodies = _Values(left=tuple(_content(each) for each in left), right=tuple(_content(each) for each in right))
    for key in bodies.members():
        below_key = bodies.member(key)
        if key == "metadata":
            for field in ("labels", "annotations"):
                yield from _members(below_key.member(field), f"metadata.{field}", f"metadata.{field}", table)
        else:
            yield from _walk(below_key, key, key, table)


def table_of(sources: Iterable[Manifest]) -> MergeTable:
    """The merge rules for objects of one kind; of a custom resource, as far as the clusters' field owners tell them."""
    objects = tuple(sources)
    table = merge_table(objects[0].kind)
    if not table.exact:
        return table
    rules = [rules_of_owners(each) for each in objects]
    keys = dict(sorted({item for each in rules for item in each.keys.items()}))
    return replace(
        table,
        keys=keys,
        atomic=frozenset().union(*(each.atomic for each in rules)),
        ordered=frozenset().union(*(each.ordered for each in rules)),
    )


def same_value(one: Any, other: Any, path: str, table: MergeTable) -> bool:
    """Whether two values are the same to a server that stores them."""
    if one is MISSING or other is MISSING:
        return one is other
    if table.exact:
        return same_json(one, other)
    if isinstance(one, dict | list):
        return type(one) is type(other) and same_atomic(one, other)
    return same_leaf(one, other, path)


@dataclass(frozen=True, kw_only=True)
class _Values:
    """What each cluster has in one place."""

    left: tuple[Any, ...]
    right: tuple[Any, ...]

    @property
    def all(self) -> tuple[Any, ...]:
        return (*self.left, *self.right)

    def members(self) -> tuple[str, ...]:
        """The members that any cluster has; sorted, so that the order of the sides means nothing."""
        return tuple(sorted({key for each in self.all if isinstance(each, dict) for key in each}))

    def member(self, key: str) -> "_Values":
        return self.map(lambda each: each.get(key, MISSING) if isinstance(each, dict) else MISSING)

    def map(self, change: Any) -> "_Values":
        return _Values(left=tuple(map(change, self.left)), right=tuple(map(change, self.right)))

    def alike(self, path: str, table: MergeTable) -> bool:
        return _each_has_its_like(self.left, self.right, path, table) and _each_has_its_like(
            self.right, self.left, path, table
        )


def _each_has_its_like(ones: tuple[Any, ...], others: tuple[Any, ...], path: str, table: MergeTable) -> bool:
    return all(any(same_value(one, other, path, table) for other in others) for one in ones)


def _content(manifest: Manifest) -> dict[str, Any]:
    return {key: value for key, value in manifest.body.items() if key not in {"apiVersion", "kind", "status"}}


def _walk(values: _Values, path: str, pattern: str, table: MergeTable) -> Iterator[Found]:
    if not table.exact:
        values = values.map(lambda each: MISSING if each is MISSING or is_not_stored(each, pattern) else each)
        if all(each == values.left[0] for each in values.all):
            return  # most of an object, found without looking at each field
    present = [each for each in values.all if each is not MISSING]
    missing = len(present) < len(values.all)
    if not present:
        return
    if all(isinstance(each, dict) for each in present) and pattern not in table.atomic:
        if not missing or pattern.rpartition(".")[2] in _MEMBER_BY_MEMBER:
            yield from _members(values, path, pattern, table)
            return
    elif all(isinstance(each, list) for each in present):
        keys = table.keys.get(pattern)
        by_item = not missing or pattern.endswith(_ITEM_BY_ITEM)
        if keys is not None and by_item and not any(repeated_keys(each, keys) for each in present):
            yield from _items(values, path, pattern, keys, table)
            return
        if pattern in table.sets:
            values = values.map(lambda each: each if each is MISSING else sorted(each, key=repr))
    if not values.alike(path, table):
        yield Found(path=path, left=values.left, right=values.right)


def _members(values: _Values, path: str, pattern: str, table: MergeTable) -> Iterator[Found]:
    for key in values.members():
        yield from _walk(values.member(key), below(path, key), f"{pattern}.{key}", table)


def _items(values: _Values, path: str, pattern: str, keys: tuple[str, ...], table: MergeTable) -> Iterator[Found]:
    """A list that merges by keys, item by item, and its order where that means something."""
    indexes = values.map(lambda each: {} if each is MISSING else {identity(item, keys): item for item in each})
    for which in sorted({which for each in indexes.all for which in each}, key=repr):
        items = indexes.map(lambda each, which=which: each.get(which, MISSING))
        yield from _walk(items, path + shown_keys(which), pattern + ITEMS, table)
    if pattern in table.ordered and _order_means_something(values, pattern):
        common = frozenset[Identity].intersection(*(frozenset(each) for each in indexes.all))
        order = indexes.map(lambda each: [shown_keys(which)[1:-1] for which in each if which in common])
        if not order.alike(path, table):
            yield Found(path=path, left=order.left, right=order.right, only_order=True)


def _order_means_something(values: _Values, pattern: str) -> bool:
    """A variable's place counts only where one refers to those before it: `$(NAME)` (core/v1 types.go, `EnvVar`)."""
    if not pattern.endswith(_ITEM_BY_ITEM):
        return True
    return any(
        "$(" in str(item.get("value", ""))
        for each in values.all
        if each is not MISSING
        for item in each
        if isinstance(item, dict)
    )
