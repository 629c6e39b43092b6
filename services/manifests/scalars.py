"""Gives the scalars of a YAML document the values that they have for the API: kubectl's reading, or a mistake.

YAML leaves open what an unquoted scalar is. Where the type of the field is known, it decides: an unquoted scalar where
a text belongs is the text as it is written (`0781498`, `1.10`, `no`). Elsewhere it is what kubectl makes of it, which
reads YAML 1.1 as sigs.k8s.io/yaml does (goyaml.v2/resolve.go) and writes JSON: `yes` is true, `08` is 8, and a number
without a fraction is a whole one, because Go decodes no 1000660000.0 into an integer.
"""

import re
from dataclasses import dataclass, field
from typing import Any

from services.manifests.field_types import Entries, Fields, FieldType, Items, Leaf, metadata_type, type_of

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True, repr=False)
class Plain:
    """An unquoted scalar, as it is written."""

    text: str

    @property
    def is_null(self) -> bool:
        return self.text in _NULLS


@dataclass(frozen=True, kw_only=True)
class TypeMistake:
    """A value of another type than the field at `path` has; `message` never quotes it."""

    path: Path
    code: str
    message: str


@dataclass(frozen=True, kw_only=True, repr=False)
class TypedObject:
    """An object with plain JSON values, and the mistakes among its values."""

    body: Any
    mistakes: tuple[TypeMistake, ...]


def typed_object(value: Any, *, api_version: str | None = None, kind: str | None = None) -> TypedObject:
    """The values of an object whose leaves may be `Plain`. Identity that it lacks is taken from the arguments."""
    reading = _Reading()
    if not isinstance(value, dict):
        return TypedObject(body=reading.value(value, Leaf.ANY, ()), mistakes=tuple(reading.mistakes))
    if api_version and kind:
        value = {"apiVersion": api_version, "kind": kind, **value}
    types = type_of(_word(value.get("apiVersion")), _word(value.get("kind")))
    body = {key: reading.value(each, _top_type(types, key), (key,)) for key, each in value.items()}
    return TypedObject(body=body, mistakes=tuple(reading.mistakes))


class NoNumberError(ValueError):
    """A number that does not fit into 64 bits, or that JSON does not have."""


def read_as_kubectl(text: str) -> Any:
    """An unquoted scalar where any value may stand. Raises `NoNumberError`."""
    if text in _NULLS:
        return None
    if text in _SWITCHES:
        return _SWITCHES[text]
    if text in _NO_NUMBERS:
        raise NoNumberError
    digits = text.replace("_", "")
    if not text.startswith("_"):
        for pattern, base in _INTEGERS:
            if pattern.fullmatch(digits):
                return _whole(int(digits, base) if len(digits) < _LONGEST_NUMBER else 1 << 64)
        if _FLOAT.fullmatch(digits):
            return _shortest(float(digits))
    return text


def _top_type(types: Fields | None, key: str) -> FieldType:
    if key in {"apiVersion", "kind"}:
        return Leaf.TEXT
    if key == "metadata":
        return metadata_type()
    return types.field(key) if types else Leaf.ANY


def _word(value: Any) -> str:
    return value.text if isinstance(value, Plain) else str(value)


@dataclass
class _Reading:
    mistakes: list[TypeMistake] = field(default_factory=list)

    def value(self, value: Any, expected: FieldType, path: Path) -> Any:
        if not isinstance(value, Plain) and not _has_shape(value, expected):
            self.refuse(path, expected)
            return value
        match value:
            case dict():
                return {key: self.value(each, _entry_type(expected, key), (*path, key)) for key, each in value.items()}
            case list():
                inner = expected.of if isinstance(expected, Items) else Leaf.ANY
                return [self.value(each, inner, (*path, index)) for index, each in enumerate(value)]
            case Plain():
                return self.plain(value, expected, path)
            case _:
                return value

    def plain(self, scalar: Plain, expected: FieldType, path: Path) -> Any:
        if scalar.is_null:
            return None
        if expected is Leaf.TEXT:
            return scalar.text
        try:
            value = read_as_kubectl(scalar.text)
        except NoNumberError:
            message = "This number is too large, or none that JSON has; put text in quotes."
            self.mistakes.append(TypeMistake(path=path, code="yaml-number", message=message))
            return None
        return self.checked(value, expected, path)

    def checked(self, value: Any, expected: FieldType, path: Path) -> Any:
        if not _has_shape(value, expected):
            self.refuse(path, expected)
        return value

    def refuse(self, path: Path, expected: FieldType) -> None:
        where = ".".join(str(step) for step in path if isinstance(step, str))
        self.mistakes.append(TypeMistake(path=path, code="wrong-type", message=f"{where} must be {_words(expected)}."))


def _words(expected: FieldType) -> str:
    match expected:
        case Leaf():
            return f"{expected.value}{_HINTS.get(expected, '')}"
        case Items():
            return "a list"
        case Entries() | Fields():
            return "an object"


def _entry_type(expected: FieldType, key: str) -> FieldType:
    match expected:
        case Fields():
            return expected.field(key)
        case Entries():
            return expected.of
        case Leaf() | Items():
            return Leaf.ANY


def _has_shape(value: Any, expected: FieldType) -> bool:
    if isinstance(expected, Leaf):
        return expected is Leaf.ANY or type(value) in _TYPES_OF[expected]  # exactly: true is no number
    return isinstance(value, list if isinstance(expected, Items) else dict)


def _whole(number: int) -> int:
    if not -(1 << 63) <= number < 1 << 63:
        raise NoNumberError
    return number


def _shortest(number: float) -> int | float:
    """As Go writes it: without a fraction if there is none."""
    if number in _INFINITIES:
        raise NoNumberError
    return int(number) if number.is_integer() and abs(number) < 1 << 63 else number


_TYPES_OF: dict[Leaf, tuple[type, ...]] = {
    Leaf.TEXT: (str,),
    Leaf.SWITCH: (bool,),
    Leaf.NUMBER: (int,),
    Leaf.FRACTION: (int, float),
}
_HINTS = {
    Leaf.SWITCH: ", without quotes",
    Leaf.NUMBER: ", without a fraction or quotes",
    Leaf.FRACTION: ", without quotes",
}
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_SWITCHES = {
    **dict.fromkeys(("true", "True", "TRUE", "y", "Y", "yes", "Yes", "YES", "on", "On", "ON"), True),
    **dict.fromkeys(("false", "False", "FALSE", "n", "N", "no", "No", "NO", "off", "Off", "OFF"), False),
}
_NO_NUMBERS = frozenset(
    f"{sign}{word}" for sign in ("", "+", "-") for word in (".inf", ".Inf", ".INF")
) | {".nan", ".NaN", ".NAN"}  # fmt: skip
_INFINITIES = frozenset({float("inf"), float("-inf")})
_LONGEST_NUMBER = 70
# File modes are written 0644: a leading zero means octal.
_INTEGERS = (
    (re.compile(r"[-+]?0o?[0-7]+"), 8),
    (re.compile(r"[-+]?0x[0-9a-fA-F]+"), 16),
    (re.compile(r"[-+]?0b[01]+"), 2),
    (re.compile(r"[-+]?(0|[1-9][0-9]*)"), 10),
)
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
