"""Reads a small YAML document into a tree of nodes with line numbers; constructs no objects.

PyYAML's loaders expand aliases (a few lines can become gigabytes), keep the last of two equal keys and drop the
positions of values. This reader refuses aliases, anchors, tags, repeated keys, and documents that are too big or deep.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

_MAX_EVENTS = 5_000
_MAX_DEPTH = 20
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class YamlRefusedError(Exception):
    """The text is not an acceptable document. `field` is a JSON path, `line` counts from 1."""

    def __init__(self, reason: str, *, field: str, line: int | None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.field = field
        self.line = line


@dataclass(frozen=True, kw_only=True, repr=False)
class Scalar:
    """A scalar's text; `quoted` distinguishes the string "false" from the boolean."""

    text: str
    quoted: bool
    line: int

    @property
    def empty(self) -> bool:
        return not self.text or (not self.quoted and self.text in {"~", "null", "Null", "NULL"})


@dataclass(frozen=True, kw_only=True, repr=False)
class Sequence:
    items: "tuple[Node, ...]"
    line: int


@dataclass(frozen=True, kw_only=True, repr=False)
class Mapping:
    entries: "dict[str, Node]"
    lines: dict[str, int]  # of each key
    line: int


Node = Scalar | Sequence | Mapping


def read_yaml_tree(text: str) -> Node:
    """The single document in `text`, beside which there may be empty ones: a file may end with `---`.

    Raises `YamlRefusedError`, whose reason never quotes the text.
    """
    try:
        events = _harmless(yaml.parse(text, Loader=_LOADER))
        tree = _node(next(events, None), events, path="$", depth=0)
        for event in events:
            another = _node(event, events, path="$", depth=0)
            if not _is_empty(another) and not _is_empty(tree):
                raise YamlRefusedError("holds several documents; give one", field="$", line=another.line)
            tree = another if _is_empty(tree) else tree
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise YamlRefusedError("is not valid YAML", field="$", line=mark.line + 1 if mark else None) from None
    return tree


def _is_empty(node: Node) -> bool:
    return isinstance(node, Scalar) and node.empty


def _harmless(events: Iterator[Any]) -> Iterator[Any]:
    """The events that carry content. Raises where there are too many, or one is an alias, an anchor or a tag."""
    for count, event in enumerate(events):
        line = event.start_mark.line + 1
        if count > _MAX_EVENTS:
            raise YamlRefusedError(f"has more than {_MAX_EVENTS} parts", field="$", line=line)
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            raise YamlRefusedError("uses anchors or aliases; write the values out", field="$", line=line)
        if getattr(event, "tag", None) not in {None, "!"}:  # "!": the tag that parsers give a quoted scalar
            raise YamlRefusedError("uses YAML tags; write plain values", field="$", line=line)
        if isinstance(event, yaml.NodeEvent | yaml.CollectionEndEvent):
            yield event


def _node(event: Any, events: Iterator[Any], *, path: str, depth: int) -> Node:
    if event is None:
        raise YamlRefusedError("is empty", field=path, line=None)
    line = event.start_mark.line + 1
    if depth > _MAX_DEPTH:
        raise YamlRefusedError(f"is nested deeper than {_MAX_DEPTH} levels", field=path, line=line)
    if isinstance(event, yaml.ScalarEvent):
        return Scalar(text=event.value, quoted=event.style is not None and event.style != "", line=line)
    if isinstance(event, yaml.SequenceStartEvent):
        items: list[Node] = []
        while not isinstance(inner := next(events), yaml.SequenceEndEvent):
            items.append(_node(inner, events, path=f"{path}[{len(items)}]", depth=depth + 1))
        return Sequence(items=tuple(items), line=line)
    return _mapping(events, path=path, depth=depth, line=line)


def _mapping(events: Iterator[Any], *, path: str, depth: int, line: int) -> Mapping:
    entries: dict[str, Node] = {}
    lines: dict[str, int] = {}
    while not isinstance(key := next(events), yaml.MappingEndEvent):
        key_line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarEvent):
            raise YamlRefusedError("has a key that is not a plain word", field=path, line=key_line)
        field = f"{path}.{key.value}"[:200]
        if key.value in entries:
            raise YamlRefusedError("is there twice", field=field, line=key_line)
        entries[key.value] = _node(next(events), events, path=field, depth=depth + 1)
        lines[key.value] = key_line
    return Mapping(entries=entries, lines=lines, line=line)
