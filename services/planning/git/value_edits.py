"""The text of a file in which a part has another value, with as few lines changed as it takes. Pure.

What has its value already is left as its author wrote it, with the comments around it and the order of its members.
Where lines cannot express the value, the edit is refused: the text is read again, and has to say exactly what was
meant.
"""

from collections.abc import Iterator
from typing import Any

import yaml

from services.planning.git.node_values import value_of
from services.planning.git.yaml_places import EditRefusedError, Splice, documents, line_of, pairs, spliced
from services.planning.git.yaml_writing import block, flow

_STEP = 2  # columns by which what is new is indented


def with_value(text: str, number: int, value: dict[str, Any]) -> str:
    """The text whose document `number` (from 0, of those that are not empty) has this value.

    Raises `EditRefusedError` where it has to be changed by hand.
    """
    roots = documents(text)
    changed = spliced(text, _splices(text, roots[number], value))
    others = [value_of(each) for each in roots]
    others[number] = value
    if [value_of(each) for each in documents(changed)] != others:
        raise EditRefusedError(
            "The file would not say what was to be written: change it by hand.", line=line_of(roots[number])
        )
    return changed


def _splices(source: str, node: yaml.Node, value: Any) -> Iterator[Splice]:
    """For a node that can be changed member by member; `value` is of its own kind."""
    if isinstance(node, yaml.MappingNode):
        known = {key.value: (key, inner) for key, inner in pairs(node)}
        for name, (key, inner) in known.items():
            yield from _member(source, node, key, inner, value[name])
        if added := {name: each for name, each in value.items() if name not in known}:
            yield _added_members(source, node, added)
    elif isinstance(node, yaml.SequenceNode):
        for item, each in zip(node.value, value, strict=False):
            yield from _item(source, node, item, each)
        if added := value[len(node.value) :]:
            yield _added_items(source, node, added)


def _is_kept(node: yaml.Node, value: Any) -> bool:
    """Whether it is changed member by member: nothing of it goes."""
    if isinstance(node, yaml.MappingNode) and isinstance(value, dict):
        return bool(node.value) and all(key.value in value for key, _ in pairs(node))
    return isinstance(node, yaml.SequenceNode) and isinstance(value, list) and 0 < len(node.value) <= len(value)


def _member(source: str, mapping: yaml.Node, key: yaml.Node, node: yaml.Node, value: Any) -> Iterator[Splice]:
    if value_of(node) == value and not _is_another_type(node, value):
        return
    if _is_kept(node, value):
        yield from _splices(source, node, value)
    elif _in_flow(mapping) or _is_simple(node, value):
        yield _in_its_place(source, node, flow(value) if _in_flow(mapping) else block(value))
    else:
        start = source.index(":", key.end_mark.index) + 1
        text = _below_key(value, key.start_mark.column)
        yield Splice(start=start, end=max(start, _end(source, node)), text=_lines(source, text))


def _item(source: str, sequence: yaml.Node, node: yaml.Node, value: Any) -> Iterator[Splice]:
    if value_of(node) == value and not _is_another_type(node, value):
        return
    if _is_kept(node, value):
        yield from _splices(source, node, value)
    elif _in_flow(sequence):
        yield _in_its_place(source, node, flow(value))
    else:
        column = sequence.start_mark.column + _STEP
        yield _in_its_place(source, node, _lines(source, _indented(block(value), column).lstrip(" ")))


def _in_its_place(source: str, node: yaml.Node, text: str) -> Splice:
    end = _end(source, node)
    start = node.start_mark.index
    return Splice(start=start, end=end, text=text if start < end else f" {text}")  # `tag:` with nothing behind it


def _added_members(source: str, mapping: yaml.MappingNode, added: dict[str, Any]) -> Splice:
    if _in_flow(mapping):
        end = _end(source, mapping.value[-1][1])
        return Splice(start=end, end=end, text="".join(f", {flow(name)}: {flow(each)}" for name, each in added.items()))
    return _below(source, mapping, _indented(block(added), mapping.start_mark.column))


def _added_items(source: str, sequence: yaml.SequenceNode, added: list[Any]) -> Splice:
    if _in_flow(sequence):
        end = _end(source, sequence.value[-1])
        return Splice(start=end, end=end, text="".join(f", {flow(each)}" for each in added))
    return _below(source, sequence, _indented(block(added), sequence.start_mark.column))


def _below(source: str, node: yaml.Node, text: str) -> Splice:
    """Lines behind the last one of a node, and behind the comment that is on it."""
    end = source.find("\n", _end(source, node))
    end = len(source) if end < 0 else end - source[:end].endswith("\r")
    return Splice(start=end, end=end, text=_lines(source, f"\n{text}"))


def _below_key(value: Any, column: int) -> str:
    """What stands behind a key and its colon."""
    if isinstance(value, dict | list) and value:
        return f"\n{_indented(block(value), column + _STEP)}"
    head, line_break, rest = block(value).partition("\n")  # a text of several lines: its mark, then the lines
    return f" {head}{line_break}{_indented(rest, column)}" if line_break else f" {head}"


def _indented(text: str, column: int) -> str:
    return "\n".join(f"{' ' * column}{line}" if line else line for line in text.split("\n"))


def _lines(source: str, text: str) -> str:
    """With the line breaks that the file has."""
    return text.replace("\n", "\r\n") if "\r\n" in source else text


def _end(source: str, node: yaml.Node) -> int:
    """Where the text of a node ends: a block's own mark is at what follows it."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _end(source, last[1] if isinstance(last, tuple) else last)
    end: int = node.end_mark.index
    if isinstance(node, yaml.ScalarNode) and node.style in {"|", ">"}:
        return len(source[:end].rstrip())
    return end


def _in_flow(node: yaml.Node) -> bool:
    return isinstance(node, yaml.CollectionNode) and bool(node.flow_style)


def _is_simple(node: yaml.Node, value: Any) -> bool:
    """Whether both are on one line."""
    one_line = node.start_mark.line == node.end_mark.line and isinstance(node, yaml.ScalarNode)
    return one_line and not isinstance(value, dict | list) and not (isinstance(value, str) and "\n" in value)


def _is_another_type(node: yaml.Node, value: Any) -> bool:
    """Python takes 1 and True for equal."""
    return isinstance(node, yaml.ScalarNode) and type(value_of(node)) is not type(value)
