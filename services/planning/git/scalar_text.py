"""How a text is written into a YAML file in the place of another scalar, so that every parser reads it as text. Pure.

A tag such as `1.10` or `20260101` without quotes is a number, and `1e3` is one for some parsers only. So what might be
anything but text to any of them gets quotes; what cannot be stays as its author would write it.
"""

import re

import yaml

from services.planning.git.yaml_places import EditRefusedError, Splice, line_of

# What is written: image references and their parts. None of these characters needs an escape between quotes.
_WRITABLE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._:/@+\-\[\]]*")
# Plain text to YAML 1.1 and 1.2: it begins with a letter, or with three numbers between dots.
_TEXT = re.compile(r"(?:[A-Za-z][A-Za-z0-9._/:@+-]*|\d+(?:\.\d+){2,}(?:[.+-][A-Za-z0-9.+-]*)?)(?<!:)")
_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf"})
_QUOTES = {"'": "'", '"': '"'}


def written(text: str, *, style: str | None) -> str:
    """The scalar as it stands in a file; `style` is that of the one before it (None: no quotes)."""
    if text and not _WRITABLE.fullmatch(text):
        raise EditRefusedError("What is to be written is no image, nor a part of one.")
    if style in _QUOTES:
        return f"{style}{text}{style}"
    return text if is_plain(text) else f'"{text}"'


def is_plain(text: str) -> bool:
    """Whether every parser takes it for text although it has no quotes."""
    return _TEXT.fullmatch(text) is not None and text.lower() not in _WORDS


def replacing(source: str, node: yaml.Node, text: str) -> Splice:
    """The splice that gives a scalar this text. Raises `EditRefusedError` where its line has to be changed by hand."""
    if not isinstance(node, yaml.ScalarNode):
        raise EditRefusedError("There is no single value in this place.", line=line_of(node))
    start, end = node.start_mark.index, node.end_mark.index
    if source[start : start + 1] in {"&", "!"}:
        raise EditRefusedError("The value has an anchor or a tag of YAML: change it by hand.", line=line_of(node))
    if node.style in {"|", ">"} or node.start_mark.line != node.end_mark.line:
        raise EditRefusedError("The value goes over several lines: change it by hand.", line=line_of(node))
    if start == end:  # `tag:` with nothing behind it
        return Splice(start=start, end=end, text=f" {written(text, style=None)}")
    return Splice(start=start, end=end, text=written(text, style=node.style))
