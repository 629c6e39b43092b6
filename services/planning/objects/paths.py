"""Paths into Kubernetes objects, as rules write them: `spec.ports[].nodePort`, where `[]` means every item of a list.

Pure. Such a path cannot address a key that contains a dot (annotation and label names); rules name those separately.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any

ITEMS = "[]"
_ABSENT = object()


@cache
def steps_of(path: str) -> tuple[str, ...]:
    """`spec.ports[].nodePort` → `("spec", "ports", "[]", "nodePort")`."""
    return tuple(path.replace(ITEMS, "." + ITEMS).split("."))


def locations(body: Any, path: str) -> Iterator[tuple[dict[str, Any], str]]:
    """Each (parent object, key) in `body` that `path` leads to and that is present."""
    yield from _locations(body, steps_of(path))


def _locations(node: Any, steps: tuple[str, ...]) -> Iterator[tuple[dict[str, Any], str]]:
    for index, step in enumerate(steps):
        if step == ITEMS:
            for item in node if isinstance(node, list) else ():
                yield from _locations(item, steps[index + 1 :])
            return
        if not isinstance(node, dict) or step not in node:
            return
        if index == len(steps) - 1:
            yield node, step
        else:
            node = node[step]


def values(body: Any, path: str) -> Iterator[Any]:
    """Each value in `body` that `path` leads to; a path that ends in `[]` gives the items."""
    if path.endswith(ITEMS):
        for holder in values(body, path.removesuffix(ITEMS)):
            yield from holder if isinstance(holder, list) else ()
    else:
        for parent, key in locations(body, path):
            yield parent[key]


def value(body: Any, path: str) -> Any:
    """The first value that `path` leads to, or None."""
    return next(values(body, path), None)


def remove(body: Any, path: str) -> bool:
    """Delete every key that `path` leads to, in place; returns whether there was any."""
    steps = steps_of(path)
    if ITEMS not in steps:  # most paths: one location, reached without a generator
        for step in steps[:-1]:
            body = body.get(step) if isinstance(body, dict) else None
        return isinstance(body, dict) and body.pop(steps[-1], _ABSENT) is not _ABSENT
    present = list(locations(body, path))
    for parent, key in present:
        del parent[key]
    return bool(present)


def begins(body: dict[str, Any], path: str) -> bool:
    """Whether a path of at least one key may lead anywhere: says no for most paths, sooner than a walk does."""
    steps = steps_of(path)
    first = body.get(steps[0])
    return first is not None and (len(steps) == 1 or not isinstance(first, dict) or steps[1] in first)


def below(path: str, key: str) -> str:
    """The path to a key of the map at `path`, in the notation of `Change.path`: `data.mode`, but `data[tls.crt]`."""
    if "." in key or "/" in key:
        return f"{path}[{key}]"
    return f"{path}.{key}" if path else key
