"""What a run has left behind, and in what it differs from an undisturbed one. Pure."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Document = dict[str, Any]
_OF_THE_CLUSTER = "serviceaccounts/default"  # in a new namespace: a copy and the cluster race for making it
_ONCE = ("operation.ended", "cluster.ended", "soak.started", "hook.ended", "check.ended")  # events that are told once


@dataclass(kw_only=True)
class Remains:
    """What there is after a run. `content` and `writes` by cluster, `writes` with what does not change anything."""

    outcomes: dict[str, str]
    content: dict[str, dict[str, Document]]
    releases: list[Document]
    ended_at: datetime
    writes: dict[str, list[Document]]
    events: Mapping[str, int] = field(default_factory=dict)


def differences(found: Remains, expected: Remains) -> list[str]:
    """In sentences; none where the run has ended as the undisturbed one did."""
    return [
        *_in_outcomes(found.outcomes, expected.outcomes),
        *_in_content(found.content, expected.content),
        *_in_releases(found.releases, expected.releases),
        *_in_events(found.events, expected.events),
        *_written_twice(found.writes),
        *_written_more_often(found.writes, expected.writes),
        *written_late(found.writes, found.ended_at),
    ]


def _in_outcomes(found: Mapping[str, str], expected: Mapping[str, str]) -> Iterator[str]:
    for name in sorted(found.keys() | expected.keys()):
        if found.get(name) != expected.get(name):
            yield f"{name} ended as '{found.get(name)}', undisturbed as '{expected.get(name)}'"


def _in_content(found: Mapping[str, Mapping[str, Any]], expected: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    for cluster, objects in expected.items():
        here = found[cluster]
        for name in sorted(here.keys() | objects.keys()):
            if name not in here:
                yield f"{cluster} lacks {name}"
            elif name not in objects:
                yield f"{cluster} has {name}, which it has not undisturbed"
            else:
                for path, value, wanted in _unequal(here[name], objects[name]):
                    yield f"{cluster}: {name} has {value!r} at {path or '/'}, undisturbed {wanted!r}"


def _unequal(found: Any, expected: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    if isinstance(found, dict) and isinstance(expected, dict):
        for name in sorted(found.keys() | expected.keys()):
            yield from _unequal(found.get(name), expected.get(name), f"{path}/{name}")
    elif isinstance(found, list) and isinstance(expected, list) and len(found) == len(expected):
        for number, (one, other) in enumerate(zip(found, expected, strict=True)):
            yield from _unequal(one, other, f"{path}/{number}")
    elif found != expected:
        yield path, found, expected


def _in_releases(found: Sequence[Document], expected: Sequence[Document]) -> Iterator[str]:
    if found != expected:
        yield f"the releases are {found}, undisturbed {expected}"


def _in_events(found: Mapping[str, int], expected: Mapping[str, int]) -> Iterator[str]:
    for name in _ONCE:
        if found.get(name, 0) != expected.get(name, 0):
            yield f"the timeline tells '{name}' {found.get(name, 0)} times, undisturbed {expected.get(name, 0)} times"


def _written_twice(writes: Mapping[str, Sequence[Document]]) -> Iterator[str]:
    """A request that took effect twice: the same operation on the same object with the same content."""
    for cluster, records in writes.items():
        done = Counter((each["verb"], _object(each), each["content"]) for each in records if each["changed"])
        for (verb, name, _), count in done.items():
            if count > 1:
                yield f"{cluster}: the same {verb} of {name} took effect {count} times"


def _written_more_often(
    writes: Mapping[str, Sequence[Document]], expected: Mapping[str, Sequence[Document]]
) -> Iterator[str]:
    for cluster, records in writes.items():
        found, wanted = (_changes(each) for each in (records, expected[cluster]))
        for name, count in sorted(found.items()):
            if count > max(wanted[name], name == _OF_THE_CLUSTER):
                yield f"{cluster}: {name} was changed {count} times, undisturbed {wanted[name]} times"


def _changes(records: Iterable[Document]) -> Counter[str]:
    return Counter(_object(each) for each in records if each["changed"])


def _object(record: Document) -> str:
    """The path of an object, below its namespace; where objects are made, that of their kind."""
    path: str = record["path"].partition("?")[0]
    return re.sub(r"^.*/namespaces/[^/]+/", "", path)


def written_late(writes: Mapping[str, Sequence[Document]], ended_at: datetime) -> Iterator[str]:
    """What was written after the end; an attempt that changed nothing is one, too."""
    for cluster, records in writes.items():
        for each in records:
            late = (datetime.fromisoformat(each["time"]) - ended_at).total_seconds()
            if late > 0:
                yield f"{cluster}: {each['verb']} of {_object(each)} {late:.1f} s after the end"
