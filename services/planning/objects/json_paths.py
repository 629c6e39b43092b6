"""Paths to members of an object: the part of JSONPath that Kubernetes' own tools share, without its scripts. Pure.

A path is made of names (`spec.image`, `spec['my.image']`), indices (`[0]`), every item (`[*]`), and items that have a
member of a certain value (`[name=web]`, or as kubectl writes it `[?(@.name=="web")]`). A path starts nothing that could
run long or run at all: each step goes one level down.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MOST_STEPS = 20
MOST_FOUND = 100
"""Places that a path leads to in one object, at most: what is beyond is not found."""

_NAME = re.compile(r"\.?([A-Za-z_][A-Za-z0-9_-]*)")
_QUOTED = re.compile(r"\[(?:'([^'\]]+)'|\"([^\"\]]+)\")\]")
_INDEX = re.compile(r"\[(\d{1,4})\]")
_EVERY = re.compile(r"\[\*\]")
_SCRIPTED = re.compile(r"\[\?\(\s*@\.([A-Za-z_][A-Za-z0-9_-]*)\s*==\s*(?:'([^']*)'|\"([^\"]*)\")\s*\)\]")
_SELECTED = re.compile(r"\[([A-Za-z_][A-Za-z0-9_-]*)=([^\]'\"]+)\]")


class InvalidPathError(ValueError):
    """The text is no path of this kind; the message says what is wrong with it."""


@dataclass(frozen=True)
class Member:
    name: str


@dataclass(frozen=True)
class Item:
    index: int


@dataclass(frozen=True)
class Every:
    """Every item of a list."""


@dataclass(frozen=True)
class Having:
    """The items of a list of which the member has the value."""

    member: str
    value: str


Step = Member | Item | Every | Having


@dataclass(frozen=True, kw_only=True)
class Found:
    """A value in an object. `pointer` is the JSON pointer (RFC 6901) to it, `path` the same for people.

    In a path an item is called by its member `name` where no other item of the list has the same, else by its index.
    """

    pointer: str
    path: str
    value: Any


def parse_path(text: str) -> tuple[Step, ...]:
    """The steps of a path; raises `InvalidPathError`."""
    rest = text.strip()
    if rest.startswith("{") and rest.endswith("}"):
        rest = rest[1:-1]
    rest = rest.removeprefix("$")
    steps: list[Step] = []
    while rest:
        step, length = _next(rest)
        steps.append(step)
        rest = rest[length:]
    if not steps or len(steps) > MOST_STEPS:
        raise InvalidPathError(f"A path has between 1 and {MOST_STEPS} steps.")
    return tuple(steps)


def _next(rest: str) -> tuple[Step, int]:
    """The first step, and how many characters it takes."""
    for pattern, made in (
        (_NAME, lambda found: Member(found[1])),
        (_QUOTED, lambda found: Member(found[1] or found[2])),
        (_INDEX, lambda found: Item(int(found[1]))),
        (_EVERY, lambda _: Every()),
        (_SCRIPTED, lambda found: Having(found[1], found[2] if found[2] is not None else found[3])),
        (_SELECTED, lambda found: Having(found[1], found[2])),
    ):
        match = pattern.match(rest)
        if match is not None:
            return made(match), match.end()
    raise InvalidPathError(
        f"'{rest[:40]}' is no step of a path. Steps are names, [0], [*] and [name=web], as in "
        "spec.containers[name=web].image."
    )


def found_at(body: Any, steps: Sequence[Step]) -> Iterator[Found]:
    """The values that the steps lead to, at most `MOST_FOUND`."""
    places = [Found(pointer="", path="", value=body)]
    for step in steps:
        places = [below for place in places for below in _below(place, step)][:MOST_FOUND]
    yield from places


def _below(place: Found, step: Step) -> Iterator[Found]:
    match step:
        case Member(name):
            if isinstance(place.value, Mapping) and name in place.value:
                path = f"{place.path}.{name}" if place.path else name
                yield Found(pointer=f"{place.pointer}/{_escaped(name)}", path=path, value=place.value[name])
        case Item(index):
            yield from (each for number, each in _items(place) if number == index)
        case Every():
            yield from (each for _, each in _items(place))
        case Having(member, value):
            yield from (
                each for _, each in _items(place) if isinstance(each.value, Mapping) and each.value.get(member) == value
            )


def _items(place: Found) -> Iterator[tuple[int, Found]]:
    items = place.value if isinstance(place.value, list) else []
    names = [each.get("name") if isinstance(each, Mapping) else None for each in items]
    for index, (item, name) in enumerate(zip(items, names, strict=True)):
        called = name if isinstance(name, str) and name and names.count(name) == 1 else index
        yield index, Found(pointer=f"{place.pointer}/{index}", path=f"{place.path}[{called}]", value=item)


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
