"""The values of a YAML text with their places in it, so that one of them is replaced and everything else stays. Pure.

A parser that writes a file anew re-indents it and loses what people wrote around the values. Here the text is read
into nodes (no objects are constructed), and a change is a splice of the text at the marks of one node.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

Step = str | int
Path = tuple[Step, ...]
Leaves = Mapping[Path, tuple[str, str]]
"""By its path, which begins with the number of its document, the tag and the text of each scalar."""

MAX_CHARACTERS = 256 * 1024
MAX_VALUES = 25_000  # an alias counts as what it expands to
MAX_DEPTH = 60


class EditRefusedError(Exception):
    """The text cannot be changed in the way that was asked for. `reason` is for people, and quotes no value."""

    def __init__(self, reason: str, *, line: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line


@dataclass(frozen=True, kw_only=True)
class Splice:
    """Characters `start` to `end` of a text, and what takes their place."""

    start: int
    end: int
    text: str


def spliced(text: str, splices: Iterable[Splice]) -> str:
    """The text with all of these, which do not overlap."""
    # From the end, so that places stay where they are; what is inserted in one place keeps its order.
    ordered = sorted(splices, key=lambda splice: splice.start)
    for each in reversed(ordered):
        text = text[: each.start] + each.text + text[each.end :]
    return text


def documents(text: str) -> tuple[yaml.Node, ...]:
    """The documents of a text that are not empty. Raises `EditRefusedError`."""
    if len(text) > MAX_CHARACTERS:
        raise EditRefusedError(f"The file is longer than {MAX_CHARACTERS // 1024} KiB.")
    try:
        # The loader in Python alone: the marks of the one in C count otherwise.
        return tuple(node for node in yaml.compose_all(text, Loader=yaml.SafeLoader) if not _is_empty(node))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        templated = " A template with {{ … }} is none: name the file with its values." if "{{" in text else ""
        raise EditRefusedError(f"The file is no valid YAML.{templated}", line=mark.line + 1 if mark else None) from None
    except (yaml.YAMLError, RecursionError):  # a character that YAML does not allow, or brackets without end
        raise EditRefusedError("The file is no valid YAML.") from None


def _is_empty(root: yaml.Node) -> bool:
    return isinstance(root, yaml.ScalarNode) and not root.value


def child(node: yaml.Node, step: Step) -> yaml.Node | None:
    """What a mapping has under a key, or a sequence at an index. Raises `EditRefusedError` where a key is repeated."""
    if isinstance(node, yaml.SequenceNode):
        items: list[yaml.Node] = node.value
        return items[step] if isinstance(step, int) and 0 <= step < len(items) else None
    found = [value for key, value in pairs(node) if key.value == step]
    if len(found) > 1:
        raise EditRefusedError(f"The key {step} is there twice in one mapping.", line=line_of(found[1]))
    return found[0] if found else None


def pairs(node: yaml.Node | None) -> Iterator[tuple[yaml.ScalarNode, yaml.Node]]:
    """The keys and values of a mapping; none of anything else."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode):
                yield key, value


def items(node: yaml.Node | None) -> Iterator[yaml.Node]:
    """The items of a sequence; none of anything else."""
    if isinstance(node, yaml.SequenceNode):
        yield from node.value


def text_of(node: yaml.Node | None) -> str | None:
    """The text of a scalar; None for anything else."""
    return node.value if isinstance(node, yaml.ScalarNode) else None


def line_of(node: yaml.Node) -> int:
    """The line on which it begins, from 1."""
    return int(node.start_mark.line) + 1


def leaves(roots: Iterable[yaml.Node]) -> Leaves:
    """Every scalar of these documents. Raises `EditRefusedError` where aliases expand without bounds."""
    found: dict[Path, tuple[str, str]] = {}
    for number, root in enumerate(roots):
        for path, entry in _leaves(root, (number,)):
            found[path] = entry
            if len(found) > MAX_VALUES:
                raise EditRefusedError(f"The file has more than {MAX_VALUES} values.")
    return found


def _leaves(node: yaml.Node, path: Path) -> Iterator[tuple[Path, tuple[str, str]]]:
    if len(path) > MAX_DEPTH:
        raise EditRefusedError(f"The file is nested more than {MAX_DEPTH} levels deep.", line=line_of(node))
    if isinstance(node, yaml.ScalarNode):
        yield path, (node.tag, node.value)
        return
    # What is empty counts, too: to fill it or to lose it is a change.
    yield path, (node.tag, "")
    inner: Iterable[tuple[Step, Any]]
    if isinstance(node, yaml.SequenceNode):
        inner = enumerate(node.value)
    else:
        inner = ((_key(key), value) for key, value in node.value)
    for step, value in inner:
        yield from _leaves(value, (*path, step))


def _key(node: yaml.Node) -> str:
    if isinstance(node, yaml.ScalarNode):
        return str(node.value)
    raise EditRefusedError("A key of the file is no plain word.", line=line_of(node))
