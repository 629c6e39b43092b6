"""The types of the fields of built-in kinds: where a text, a whole number, or true or false belongs.

field_types.json has them (see sandbox/make_field_types.py). Fields of custom resources have no type here, apart from
their metadata.
"""

import json
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any


class Leaf(StrEnum):
    """The type of a scalar field; `ANY`: not known, or of several types."""

    TEXT = "a text"
    NUMBER = "a whole number"
    FRACTION = "a number"
    SWITCH = "true or false"
    ANY = "any value"


@dataclass(frozen=True, kw_only=True)
class Items:
    """A list of values of one type."""

    of: "FieldType"


@dataclass(frozen=True, kw_only=True)
class Entries:
    """A map of values of one type."""

    of: "FieldType"


@dataclass(frozen=True, kw_only=True)
class Fields:
    """An object of the API: its fields by name."""

    model: str

    def field(self, name: str) -> "FieldType":
        """The type of a field; `Leaf.ANY` for one that the model does not have."""
        return _fields_of(self.model).get(name, Leaf.ANY)


FieldType = Leaf | Items | Entries | Fields

_LEAVES = {"text": Leaf.TEXT, "number": Leaf.NUMBER, "fraction": Leaf.FRACTION, "switch": Leaf.SWITCH, "any": Leaf.ANY}
_METADATA = Fields(model="V1ObjectMeta")


def type_of(api_version: str, kind: str) -> Fields | None:
    """The type of a built-in kind; None for any other, of which `metadata_type` alone is known."""
    model = _table()["kinds"].get(f"{api_version}/{kind}")
    return Fields(model=model) if model else None


def metadata_type() -> Fields:
    """The type of the metadata of each object."""
    return _METADATA


@cache
def _table() -> dict[str, dict[str, Any]]:
    table: dict[str, dict[str, Any]] = json.loads(Path(__file__).with_name("field_types.json").read_bytes())
    return table


@cache
def _fields_of(model: str) -> dict[str, FieldType]:
    return {name: _read(written) for name, written in _table()["models"][model].items()}


def _read(written: str) -> FieldType:
    if written.startswith("["):
        return Items(of=_read(written[1:-1]))
    if written.startswith("{"):
        return Entries(of=_read(written[1:-1]))
    return _LEAVES.get(written) or Fields(model=written)
