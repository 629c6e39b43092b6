"""Shows long values in part: a plan with whole megabytes in it helps nobody, and is sent once for each cluster. Pure.

Of two long texts the part around their first difference is shown. What is left out is counted in its place.
"""

from dataclasses import dataclass, replace
from typing import Any

import orjson

from services.planning.plan import Change

_SHOWN_WHOLE = 4_000  # bytes as JSON
_TEXT = 1_000  # characters of a longer text
_BEFORE_DIFFERENCE = 200
_MOST = 3_000  # characters of all parts of a longer object or list


def excerpt(change: Change) -> Change:
    """The change with its values shortened, where they are long."""
    start = 0
    if isinstance(change.before, str) and isinstance(change.after, str):
        start = max(0, _common_start(change.before, change.after) - _BEFORE_DIFFERENCE)
    before, after = _shortened(change.before, start), _shortened(change.after, start)
    if before is change.before and after is change.after:
        return change
    return replace(change, before=before, after=after)


def _common_start(one: str, other: str) -> int:
    shortest = min(len(one), len(other))
    low, high = 0, shortest
    while low < high:  # the longest start that both have, by halving
        middle = (low + high + 1) // 2
        if one[:middle] == other[:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _shortened(value: Any, start: int) -> Any:
    if len(orjson.dumps(value)) <= _SHOWN_WHOLE:
        return value
    if isinstance(value, str):
        return _part_of(value, start)
    return _part(value, _Left(characters=_MOST))


def _part_of(text: str, start: int) -> str:
    if start >= len(text):  # it ends where the other one goes on
        start = max(0, len(text) - _TEXT)
    part = text[start : start + _TEXT]
    more = len(text) - start - len(part)
    return (f"… {start:,} characters … " if start else "") + part + (f" … {more:,} more characters" if more else "")


@dataclass(kw_only=True)
class _Left:
    """How many characters may still be shown."""

    characters: int


def _part(node: Any, left: _Left) -> Any:
    """The first members of an object or list, as many as fit, and how many more there are."""
    match node:
        case dict():
            shown: dict[str, Any] = {}
            for key, value in node.items():
                if left.characters <= 0:
                    shown["…"] = f"{len(node) - len(shown):,} more fields"
                    break
                left.characters -= len(key)
                shown[key] = _part(value, left)
            return shown
        case list():
            items: list[Any] = []
            for item in node:
                if left.characters <= 0:
                    items.append(f"… {len(node) - len(items):,} more items")
                    break
                items.append(_part(item, left))
            return items
        case str() if len(node) > _TEXT:
            left.characters -= _TEXT
            return _part_of(node, 0)
        case _:
            left.characters -= len(str(node)) + 4
            return node
