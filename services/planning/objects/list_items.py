"""Items of lists that merge by keys: which they are, in which order they stand, and how paths show them. Pure."""

from typing import Any

from domain.resources import Manifest
from services.planning.objects.merge_keys import MergeTable, merge_table
from services.planning.objects.paths import ITEMS

Identity = tuple[Any, ...]


def identity(item: Any, keys: tuple[str, ...]) -> Identity:
    """The values of an item's keys. A protocol that is left out is TCP (core/v1 types.go)."""
    if not isinstance(item, dict):
        return (_comparable(item),)
    return tuple(_comparable(item.get(key, "TCP" if key == "protocol" else None)) for key in keys)


def _comparable(value: Any) -> Any:
    """A key is a string or a number; any other value is compared by its text."""
    return value if isinstance(value, str | int | float | None) else repr(value)


def shown_keys(which: Identity) -> str:
    """An item as a path shows it: `[web]`, `[53,UDP]`. The default protocol, TCP, is left out."""
    shown = which[:-1] if len(which) > 1 and which[-1] == "TCP" else which
    return f"[{','.join(str(part) for part in shown)}]"


def repeated_keys(items: list[Any], keys: tuple[str, ...]) -> tuple[Identity, ...]:
    """The identities that several items of a list share; server-side apply rejects such a list."""
    identities = [identity(item, keys) for item in items]
    return tuple(dict.fromkeys(which for which in identities if identities.count(which) > 1))


def common_order(
    live: list[Any], desired: list[Any], keys: tuple[str, ...]
) -> tuple[tuple[Identity, ...], tuple[Identity, ...]]:
    """The items that both lists have, in the order of the first and in that of the second."""
    there = [identity(item, keys) for item in live]
    wanted = [identity(item, keys) for item in desired]
    return tuple(which for which in there if which in wanted), tuple(which for which in wanted if which in there)


def in_live_order(live: Manifest, desired: Manifest) -> Manifest:
    """`desired` with the items of its lists as they stand in `live`, where their order means nothing.

    An apply would take over the order of `desired`, and a pod template whose containers or ports only moved rolls out
    all of its pods.
    """
    body = _ordered(live.body, desired.body, "", merge_table(desired.kind))
    return desired if body is desired.body else Manifest(body)


def _ordered(live: Any, desired: Any, pattern: str, table: MergeTable) -> Any:
    """`desired` itself where nothing moves: unchanged parts are shared, not copied."""
    if isinstance(live, dict) and isinstance(desired, dict):
        prefix = f"{pattern}." if pattern else ""
        inner = {
            key: _ordered(live[key], value, prefix + key, table) if key in live else value
            for key, value in desired.items()
        }
        return desired if all(inner[key] is desired[key] for key in desired) else inner
    keys = table.keys.get(pattern)
    if keys is None or not isinstance(live, list) or not isinstance(desired, list):
        return desired
    if repeated_keys(live, keys) or repeated_keys(desired, keys):
        return desired
    return _ordered_items(live, desired, pattern, keys, table)


def _ordered_items(
    live: list[Any], desired: list[Any], pattern: str, keys: tuple[str, ...], table: MergeTable
) -> list[Any]:
    there = {identity(item, keys): item for item in live}
    items = {
        which: _ordered(there[which], item, pattern + ITEMS, table) if which in there else item
        for which, item in ((identity(item, keys), item) for item in desired)
    }
    order = list(items)
    if pattern not in table.ordered:
        as_live, _ = common_order(live, desired, keys)
        known = iter(as_live)
        order = [next(known) if which in there else which for which in order]
    ordered = [items[which] for which in order]
    return desired if all(new is old for new, old in zip(ordered, desired, strict=True)) else ordered
