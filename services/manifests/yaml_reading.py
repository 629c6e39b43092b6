"""Reads YAML into plain values with their positions; bounded in size, and constructs no objects.

The values are those of JSON: what is none (numbers beyond 64 bits, infinities, NUL characters) is a mistake or remains
text. Scalars are read as kubectl reads them, except `yes`, `no`, `on` and `off`, which remain text.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

MAX_DOCUMENTS = 500
MAX_VALUES = 100_000  # in all documents; an alias counts as what it expands to
MAX_DEPTH = 60

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Path = tuple[str | int, ...]


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
    """One document: its plain value, its number (from 1), and the positions of its values (line and column)."""

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
    try:
        return tuple(_Reader(yaml.parse(text, Loader=_LOADER)).documents())
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise YamlMistakeError("yaml-syntax", "This is not valid YAML.", event=mark) from None


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
            if value is not None:
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
            value = self._scalar(event)
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
                raise self._mistake("yaml-key", "A key must be a plain word.", event)
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

    def _scalar(self, event: Any) -> Any:
        text = self._text(event)
        if event.style:  # quoted, or a block: always text
            return text
        if text in _WORDS:
            return _WORDS[text]
        for pattern, base in _INTEGERS:
            if pattern.fullmatch(text):
                return self._integer(text, base, event)
        if _FLOAT.fullmatch(text):
            number = float(text)
            if number in {float("inf"), float("-inf")}:
                raise self._mistake("yaml-number", "This number is too large.", event)
            return number
        return text

    def _text(self, event: Any) -> str:
        text = str(event.value)
        try:
            text.encode()
        except UnicodeEncodeError:
            raise self._mistake("yaml-text", "This is not valid Unicode.", event) from None
        if "\x00" in text:
            raise self._mistake("yaml-text", "Text must not have NUL characters.", event)
        return text

    def _integer(self, text: str, base: int, event: Any) -> int:
        number = int(text, base) if len(text) < 70 else 1 << 64
        if not -(1 << 63) <= number < 1 << 63:
            raise self._mistake("yaml-number", "This number does not fit into 64 bits; put text in quotes.", event)
        return number


_WORDS: dict[str, Any] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
# File modes are written 0644: a leading zero means octal, as it does to kubectl.
_INTEGERS = (
    (re.compile(r"[-+]?0o?[0-7]+"), 8),
    (re.compile(r"[-+]?0x[0-9a-fA-F]+"), 16),
    (re.compile(r"[-+]?(0|[1-9][0-9]*)"), 10),
)
_FLOAT = re.compile(r"[-+]?((\.[0-9]+|[0-9]+\.[0-9]*)([eE][-+]?[0-9]+)?|[0-9]+[eE][-+]?[0-9]+)")
