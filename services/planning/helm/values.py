"""Values of a Helm release: their paths as `helm --set` spells them, what holds in the end, and edits. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any

from domain.hand_overs import OwnerEdit

ValuePath = tuple[str | int, ...]
Values = Mapping[str, Any]

_PART = re.compile(r"\[(\d+)\]|((?:\\.|[^.\[\\])+)")
_ABSENT = object()


def spelled(path: ValuePath) -> str:
    r"""As `helm --set` takes it: `images.web\.api.tag`, `containers[0].image`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += ("." if text else "") + re.sub(r"([.\[\\])", r"\\\1", part)
    return text


def path_of(text: str) -> ValuePath:
    """The path that `spelled` has written."""
    return tuple(
        int(index) if index else re.sub(r"\\(.)", r"\1", key)
        for index, key in (m.groups() for m in _PART.finditer(text))
    )


def effective(chart: Values, config: Values) -> dict[str, Any]:
    """What templates see: the chart's values under those that people gave. None takes a value of the chart away."""
    merged = dict(chart)
    for key, value in config.items():
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, Mapping) and isinstance(merged.get(key), Mapping):
            merged[key] = effective(merged[key], value)
        else:
            merged[key] = value
    return merged


def leaves(values: Any, path: ValuePath = ()) -> Iterator[tuple[ValuePath, Any]]:
    """Every value that is neither a map nor a list, with its path."""
    if isinstance(values, Mapping):
        for key, value in values.items():
            yield from leaves(value, (*path, str(key)))
    elif isinstance(values, list):
        for index, value in enumerate(values):
            yield from leaves(value, (*path, index))
    else:
        yield path, values


def value_at(values: Any, path: ValuePath) -> str | None:
    """The value as text; None where there is none."""
    found = _found(values, path)
    return None if found is _ABSENT or found is None else str(found)


def is_settable(config: Values, path: ValuePath) -> bool:
    """Whether a value can be set by itself: a list of the chart would have to be given as a whole."""
    indices = [position for position, part in enumerate(path) if isinstance(part, int)]
    return all(_found(config, path[: position + 1]) is not _ABSENT for position in indices)


def edited(config: Values, edits: Sequence[OwnerEdit]) -> dict[str, Any]:
    """The values that people gave, with the edits, as strings. An edit without `after` takes its value away."""
    result = deepcopy(dict(config))
    for edit in edits:
        path = path_of(edit.where)
        if edit.after is None:
            _remove(result, path)
        else:
            _set(result, path, edit.after)
    return result


def _found(values: Any, path: ValuePath) -> Any:
    for part in path:
        if isinstance(values, Mapping):
            values = values.get(str(part), _ABSENT)
        elif isinstance(values, list) and isinstance(part, int) and part < len(values):
            values = values[part]
        else:
            return _ABSENT
    return values


def _set(values: Any, path: ValuePath, text: str) -> None:
    *parents, last = path
    for part in parents:
        below = _found(values, (part,))
        if not isinstance(below, dict | list):
            below = values[part] = {}
        values = below
    values[last] = text


def _remove(values: Any, path: ValuePath) -> None:
    """With the maps that are empty then: whoever had given none has none again."""
    *parents, last = path
    parent = _found(values, tuple(parents))
    if isinstance(parent, dict):
        parent.pop(last, None)
        if not parent and parents:
            _remove(values, tuple(parents))
