"""Sets of fields in the format of `managedFields`, and their operations.

A set is a tree of path elements: `f:name` a field, `k:{"name":"web"}` an element of a keyed list, `v:"x"` one of a
set. A subtree that is empty, or has ".", says that the field itself belongs to the set. The rules of ownership
are those of sigs.k8s.io/structured-merge-diff v6 (typed/tofieldset.go, compare.go, remove.go, merge.go).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import orjson

from sandbox.schema import KEY_DEFAULTS, Node, Shape

FieldSet = dict[str, Any]
SELF = "."


def element_of(node: Node, item: Any) -> str:
    """The path element of an item in a keyed list or a set."""
    if node.keys and isinstance(item, dict):
        key = {k: item.get(k, KEY_DEFAULTS.get(k)) for k in node.keys}
        return "k:" + orjson.dumps(key, option=orjson.OPT_SORT_KEYS).decode()
    return "v:" + orjson.dumps(item).decode()


def path_of(elements: tuple[str, ...]) -> str:
    """A path as messages write it: `.spec.containers[name="web"].image`."""
    text = ""
    for element in elements:
        tag, _, rest = element.partition(":")
        match tag:
            case "f":
                text += "." + rest
            case "k":
                keys = orjson.loads(rest)
                text += "[" + ",".join(f"{k}={orjson.dumps(v).decode()}" for k, v in sorted(keys.items())) + "]"
            case "v":
                text += f"[={rest}]"
            case _:
                text += f"[{rest}]"
    return text


# Sets ---------------------------------------------------------------------------------------------------------


def _member(tree: FieldSet) -> bool:
    return not tree or SELF in tree


def _build(children: FieldSet, *, member: bool) -> FieldSet | None:
    """A subtree, or None where nothing is left of it."""
    if not children:
        return {} if member else None
    return {SELF: {}, **children} if member else children


def union(a: FieldSet, b: FieldSet) -> FieldSet:
    """What is in either; arguments and answer are whole sets."""
    if not a or not b:
        return a or b
    out = {k: v for k, v in a.items() if k != SELF}
    for key, theirs in b.items():
        if key == SELF:
            continue
        ours = out.get(key)
        out[key] = theirs if ours is None else _union_at(ours, theirs)
    return out


def _union_at(a: FieldSet, b: FieldSet) -> FieldSet:
    return _build(union(_children(a), _children(b)), member=_member(a) or _member(b)) or {}


def _children(tree: FieldSet) -> FieldSet:
    return {k: v for k, v in tree.items() if k != SELF} if SELF in tree else tree


def difference(a: FieldSet, b: FieldSet) -> FieldSet:
    """What is in the first and not in the second."""
    out: FieldSet = {}
    for key, ours in a.items():
        if key == SELF:
            continue
        theirs = b.get(key)
        if theirs is None:
            out[key] = ours
            continue
        left = _build(difference(_children(ours), _children(theirs)), member=_member(ours) and not _member(theirs))
        if left is not None:
            out[key] = left
    return out


def intersection(a: FieldSet, b: FieldSet) -> FieldSet:
    """What is in both."""
    out: FieldSet = {}
    for key, ours in a.items():
        if key == SELF or key not in b:
            continue
        theirs = b[key]
        both = _build(intersection(_children(ours), _children(theirs)), member=_member(ours) and _member(theirs))
        if both is not None:
            out[key] = both
    return out


def with_named_ancestors(tree: FieldSet) -> FieldSet:
    """The set and every field on the way to its members: who owns `.spec.replicas` also holds `.spec`."""
    out: FieldSet = {}
    for key, sub in tree.items():
        if key == SELF:
            continue
        inner = with_named_ancestors(_children(sub))
        out[key] = _build(inner, member=_member(sub) or key.startswith("f:")) or {}
    return out


def leaves(tree: FieldSet, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The paths of all members."""
    for key, sub in tree.items():
        if key == SELF:
            continue
        at = (*path, key)
        if _member(sub):
            yield at
        yield from leaves(_children(sub), at)


def without(tree: FieldSet, *paths: tuple[str, ...]) -> FieldSet:
    """The set without these places and all below them."""
    out = tree
    for first, *rest in paths:
        sub = out.get(first)
        if sub is None:
            continue
        out = {k: v for k, v in out.items() if k != first}
        if rest:
            left = _build(without(_children(sub), tuple(rest)), member=_member(sub))
            if left is not None and (left or _member(sub)):
                out[first] = left
    return out


# What belongs in a set ----------------------------------------------------------------------------------------


def fields_of(node: Node, value: Any) -> FieldSet:
    """Every field that a value sets: what an apply of it owns."""
    at = _fields_at(node, value)
    return at or {}


def _fields_at(node: Node, value: Any) -> FieldSet | None:
    """The subtree below a place; None: the place itself is the leaf."""
    if node.shape is Shape.SCALAR or node.atomic:
        return None
    if isinstance(value, dict) and node.shape in {Shape.STRUCT, Shape.MAP, Shape.ANY}:
        out: FieldSet = {}
        for name, inner in value.items():
            child = node.fields.get(name) or node.element or _ANY
            below = _fields_at(child, inner)
            declared = name in node.fields
            if below is None or inner is None or inner == {}:
                out["f:" + name] = {}
            else:
                sub = _build(below, member=not declared)
                if sub is not None:
                    out["f:" + name] = sub
        return out
    if isinstance(value, list) and node.granular_list:
        assert node.element is not None
        return {element_of(node, item): _build(_fields_at(node.element, item) or {}, member=True) for item in value}
    return None


_ANY = Node(Shape.ANY)


@dataclass(slots=True)
class Comparison:
    """What changed from one value to another."""

    added: FieldSet = field(default_factory=dict)
    modified: FieldSet = field(default_factory=dict)
    removed: FieldSet = field(default_factory=dict)

    @property
    def empty(self) -> bool:
        return not (self.added or self.modified or self.removed)


ABSENT: Any = object()


def compare(node: Node, old: Any, new: Any) -> Comparison:
    """Which fields came, changed and went; unlike an apply, a struct that came whole belongs to itself, too."""
    result = Comparison()
    if old is not new:
        _compare_children(node, old, new, result)
    return result


def _compare_children(node: Node, old: Any, new: Any, into: Comparison) -> None:
    """Compare below a place that both sides have, or that one side lacks."""
    if isinstance(old, list) or isinstance(new, list):
        pairs = _paired_items(node, old, new)
    else:
        pairs = _paired_fields(node, old, new)
    for element, child, before, after in pairs:
        if before is after:
            continue
        inner = Comparison()
        leaf = _is_leaf(child, before, after)
        if leaf:
            changed = before is not ABSENT and after is not ABSENT and before != after
        else:
            changed = False
            _compare_children(child, before, after, inner)
        for name, member in (
            ("added", before is ABSENT),
            ("removed", after is ABSENT),
            ("modified", changed),
        ):
            sub = _build(getattr(inner, name), member=member)
            if sub is not None:
                getattr(into, name)[element] = sub


def _is_leaf(node: Node, before: Any, after: Any) -> bool:
    if node.shape is Shape.SCALAR or node.atomic:
        return True
    containers = [v for v in (before, after) if isinstance(v, dict | list)]
    if not any(containers):  # nothing in any of them: a leaf, so that empty and absent stay apart
        return True
    return any(isinstance(v, list) for v in containers) and not node.granular_list


def _paired_fields(node: Node, old: Any, new: Any) -> Iterator[tuple[str, Node, Any, Any]]:
    before = old if isinstance(old, dict) else {}
    after = new if isinstance(new, dict) else {}
    default = node.element or _ANY
    for name, value in before.items():
        yield "f:" + name, node.fields.get(name) or default, value, after.get(name, ABSENT)
    for name, value in after.items():
        if name not in before:
            yield "f:" + name, node.fields.get(name) or default, ABSENT, value


def _paired_items(node: Node, old: Any, new: Any) -> Iterator[tuple[str, Node, Any, Any]]:
    before = {element_of(node, item): item for item in old} if isinstance(old, list) else {}
    after = {element_of(node, item): item for item in new} if isinstance(new, list) else {}
    assert node.element is not None
    for element, item in before.items():
        yield element, node.element, item, after.get(element, ABSENT)
    for element, item in after.items():
        if element not in before:
            yield element, node.element, ABSENT, item


# Values by sets -----------------------------------------------------------------------------------------------


def remove(node: Node, value: Any, tree: FieldSet) -> Any:
    """The value without the members of a set; what becomes empty by it goes as well (ABSENT)."""
    if not tree:
        return value
    if isinstance(value, dict):
        kept: dict[str, Any] = {}
        for name, inner in value.items():
            sub = tree.get("f:" + name)
            if sub is None:
                kept[name] = inner
            elif not _member(sub):
                left = remove(node.fields.get(name) or node.element or _ANY, inner, sub)
                if left is not ABSENT:
                    kept[name] = left
        return kept or ABSENT
    if isinstance(value, list) and node.granular_list:
        assert node.element is not None
        items = []
        for item in value:
            sub = tree.get(element_of(node, item))
            if sub is None:
                items.append(item)
            elif not _member(sub):
                left = remove(node.element, item, sub)
                if left is not ABSENT:
                    items.append(left)
        return items or ABSENT
    return value


def merge(node: Node, live: Any, applied: Any) -> Any:
    """The live value with what was applied laid over it.

    A null lies over a scalar; a map or a list, into which it merges nothing, stays (structured-merge-diff `doMap`).
    """
    if applied is None:
        return live if live and isinstance(live, dict | list) else None
    if node.atomic or node.shape is Shape.SCALAR or type(live) is not type(applied):
        return applied
    if isinstance(applied, dict):
        out = dict(live)
        for name, inner in applied.items():
            child = node.fields.get(name) or node.element or _ANY
            out[name] = merge(child, live[name], inner) if name in live else inner
        return out
    if isinstance(applied, list) and node.granular_list:
        return _merge_lists(node, live, applied)
    return applied


def _merge_lists(node: Node, live: list[Any], applied: list[Any]) -> list[Any]:
    """Applied items in their order, live ones that were not applied where they stood."""
    assert node.element is not None
    live_keys = [element_of(node, item) for item in live]
    applied_keys = [element_of(node, item) for item in applied]
    by_key, wanted = dict(zip(live_keys, live, strict=True)), set(applied_keys)
    out: list[Any] = []
    done: set[str] = set()
    i = j = 0
    while i < len(live) or j < len(applied):
        if i < len(live) and live_keys[i] not in wanted:
            out.append(live[i])
            i += 1
        elif i < len(live) and live_keys[i] in done:
            i += 1
        else:
            key = applied_keys[j]
            out.append(merge(node.element, by_key[key], applied[j]) if key in by_key else applied[j])
            done.add(key)
            j += 1
    return out
