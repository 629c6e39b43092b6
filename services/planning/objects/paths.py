"""Paths into Kubernetes objects, as rules write them: `spec.ports[].nodePort`, where `[]` means every item of a list.

Pure. A key that has a dot in it (annotation and label names) cannot be written so; rules about those name them apart.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any

ITEMS = "[]"
_NOTHING = object()


@cache
def steps_of(path: str) -> tuple[str, ...]:
    """`spec.ports[].nodePort` → `("spec", "ports", "[]", "nodePort")`."""
    return tuple(path.replace(ITEMS, "." + ITEMS).split("."))


def locations(body: Any, path: str) -> Iterator[tuple[dict[str, Any], str]]:
    """Each (object, key) in `body` that `path` leads to, where the key is there."""
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
    """Take out every key that `path` leads to; says whether there was any."""
    steps = steps_of(path)
    if ITEMS not in steps:  # most paths: one place, found without further ado
        for step in steps[:-1]:
            body = body.get(step) if isinstance(body, dict) else None
        return isinstance(body, dict) and body.pop(steps[-1], _NOTHING) is not _NOTHING
    found = list(locations(body, path))
    for parent, key in found:
        del parent[key]
    return bool(found)


def below(path: str, key: str) -> str:
    """The path to a key of the map at `path`, as people read it: `data.mode`, but `data[tls.crt]`."""
    if "." in key or "/" in key:
        return f"{path}[{key}]"
    return f"{path}.{key}" if path else key
