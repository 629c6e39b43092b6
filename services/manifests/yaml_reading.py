"""Reads YAML into maps, lists and scalars with their positions; bounded in size, and constructs no objects.

What an unquoted scalar stands for is left open: it depends on the field (services/manifests/scalars.py).
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from services.manifests.scalars import Path, Plain

MAX_DOCUMENTS = 500
MAX_VALUES = 100_000  # in all documents; an alias counts as what it expands to
MAX_DEPTH = 60

# Editors put one before each file, and files are joined; kubectl splits the documents first, and passes them over.
_BYTE_ORDER_MARK = re.compile(r"^\ufeff+(?=---)|(?P<before>\A|^---[^\n]*\n(?:[ \t\r]*\n)*)\ufeff+", re.MULTILINE)
_NO_KEY = "A key must be a plain word. Of a template with {{ … }}, submit what it renders to."
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class YamlMistakeError(Exception):
    """A mistake and its line and column (from 1); `message` never quotes the text."""

    def __init__(self, code: str, message: str, *, event: Any = None, document: int | None = None) -> None:
        super().__init__(code)
        mark = getattr(event, "start_mark", event)
        self.code = code
        self.message = message
        self.line: int | None = mark.line + 1 if mark is not None else None
        self.column: int | None = mark.column + 1 if mark is not None else None
        self.document = document


@dataclass(frozen=True, kw_only=True, repr=False)
class Document:
    """One document: its value, its number (from 1), and the positions of its values (line and column).

    Leaves of the value are texts, or `Plain` where they are not quoted.
    """

    value: Any
    number: int
    positions: dict[Path, tuple[int, int]]

    def position_of(self, path: Path) -> tuple[int, int]:
        """Line and column (from 1) of the value at `path`, or of the innermost value around it."""
        for end in range(len(path), -1, -1):
            if path[:end] in self.positions:
                return self.positions[path[:end]]
        return (1, 1)


def read_documents(text: str) -> tuple[Document, ...]:
    """The documents that are not empty. Raises `YamlMistakeError` for the first mistake."""
    text = _BYTE_ORDER_MARK.sub(lambda found: found["before"] or "", text)
    try:
        return tuple(_Reader(yaml.parse(text, Loader=_LOADER)).documents())
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise YamlMistakeError("yaml-syntax", f"This is not valid YAML{_cause(text, mark)}.", event=mark) from None


def _cause(text: str, mark: Any) -> str:
    """What nobody sees on the screen: a tab, a character that looks like a blank or like nothing, no line between."""
    if mark is None:
        return ""
    lines = text.splitlines()
    if text.lstrip()[:1] == "{" and "".join(lines[mark.line : mark.line + 1]).lstrip()[:1] == "{":
        return ": another JSON object begins here; put a line with --- before it"
    for line in lines[max(mark.line - 1, 0) : mark.line + 1]:
        indentation = line[: len(line) - len(line.lstrip())]
        if "\t" in indentation:
            return ": a line is indented with a tab; YAML takes blanks alone"
        for character in line:
            if character != "\t" and unicodedata.category(character) in {"Cf", "Cc", "Zs"} and character != " ":
                return f": there is an invisible character here (U+{ord(character):04X}); delete it"
    return ""


@dataclass
class _Anchored:
    value: Any
    values: int


@dataclass
class _Reader:
    events: Iterator[Any]
    values: int = 0
    number: int = 0
    anchors: dict[str, _Anchored] = field(default_factory=dict)
    positions: dict[Path, tuple[int, int]] = field(default_factory=dict)

    def documents(self) -> Iterator[Document]:
        for event in self.events:
            if not isinstance(event, yaml.DocumentStartEvent):
                continue
            self.number += 1
            if self.number > MAX_DOCUMENTS:
                raise self._mistake("yaml-too-long", f"There are more than {MAX_DOCUMENTS} documents.", event)
            self.anchors, self.positions = {}, {}
            value = self._value(next(self.events), ())
            if not (isinstance(value, Plain) and value.is_null):
                yield Document(value=value, number=self.number, positions=self.positions)

    def _mistake(self, code: str, message: str, event: Any) -> YamlMistakeError:
        return YamlMistakeError(code, message, event=event, document=self.number)

    def _count(self, values: int, event: Any) -> None:
        self.values += values
        if self.values > MAX_VALUES:
            raise self._mistake("yaml-too-long", f"There are more than {MAX_VALUES} values.", event)

    def _value(self, event: Any, path: Path) -> Any:
        if len(path) > MAX_DEPTH:
            raise self._mistake("yaml-too-deep", f"This is nested deeper than {MAX_DEPTH} levels.", event)
        if isinstance(event, yaml.AliasEvent):
            return self._aliased(event)
        self._count(1, event)
        before = self.values
        self.positions[path] = (event.start_mark.line + 1, event.start_mark.column + 1)
        if getattr(event, "tag", None) not in {None, "!"}:
            raise self._mistake("yaml-tag", "YAML tags are not supported; write plain values.", event)
        if isinstance(event, yaml.ScalarEvent):
            text = self._text(event)
            value: Any = text if event.style else Plain(text)  # quoted, or a block: always text
        elif isinstance(event, yaml.SequenceStartEvent):
            value = self._sequence(path)
        else:
            value = self._mapping(path)
        if event.anchor is not None:
            self.anchors[event.anchor] = _Anchored(value=value, values=self.values - before + 1)
        return value

    def _aliased(self, event: Any) -> Any:
        found = self.anchors.get(event.anchor)
        if found is None:  # undefined, or not complete yet: an alias inside its own anchor
            raise self._mistake("yaml-alias", "This alias has no anchor before it.", event)
        self._count(found.values, event)
        return found.value

    def _sequence(self, path: Path) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            items.append(self._value(event, (*path, len(items))))
        return items

    def _mapping(self, path: Path) -> dict[str, Any]:
        entries: dict[str, Any] = {}
        merged: list[dict[str, Any]] = []
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                raise self._mistake("yaml-key", _NO_KEY, event)
            key = self._text(event)
            if key == "<<" and not event.style:
                merged += self._merged(event, path)
            elif key in entries:
                raise self._mistake("yaml-repeated-key", "This key is there twice.", event)
            else:
                entries[key] = self._value(next(self.events), (*path, key))
        for more in merged:
            entries = {**more, **entries}
        return entries

    def _merged(self, event: Any, path: Path) -> list[dict[str, Any]]:
        value = self._value(next(self.events), (*path, "<<"))
        several = value if isinstance(value, list) else [value]
        if not all(isinstance(one, dict) for one in several):
            raise self._mistake("yaml-merge", "Only objects can be merged.", event)
        return several

    def _text(self, event: Any) -> str:
        text = str(event.value)
        try:
            text.encode()
        except UnicodeEncodeError:
            raise self._mistake("yaml-text", "This is not valid Unicode.", event) from None
        if "\x00" in text:
            raise self._mistake("yaml-text", "Text must not have NUL characters.", event)
        return text
