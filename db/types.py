"""Column types of our own."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from operator import eq, ne
from typing import Any

from sqlalchemy import ColumnElement, String, Text, type_coerce
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.operators import OperatorType, in_op, not_in_op
from sqlalchemy.types import TypeDecorator

from domain.resources import ResourceId
from domain.words import RenamedWord


@dataclass(frozen=True)
class Sealed:
    """An encrypted text as a row holds it: `v1.<key id>.<base64 of nonce and ciphertext>`. A `Keyring` opens it."""

    token: str

    @property
    def key_id(self) -> str:
        return self.token.split(".")[1]

    def __repr__(self) -> str:
        return f"Sealed(key_id={self.key_id})"


class SealedText(TypeDecorator[Sealed]):
    """Text that can only be stored encrypted: binding a plain `str` is an error, so a secret cannot be stored by
    mistake.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Sealed | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's signature
        if value is None:
            return None
        if not isinstance(value, Sealed):
            raise TypeError("Only sealed text may be stored in this column.")
        return value.token

    def process_result_value(self, value: Any | None, dialect: Dialect) -> Sealed | None:  # noqa: ARG002 - SQLAlchemy's signature
        return None if value is None else Sealed(value)


def stored(word: StrEnum) -> str:
    """The spelling that this release writes: the former one where there is one, which the former release reads too."""
    return spellings(word)[-1]


def spellings(word: StrEnum) -> tuple[str, ...]:
    """All spellings that rows may hold, the new one first."""
    former = word.former if isinstance(word, RenamedWord) else None
    return (word.value,) if former is None else (word.value, former)


class ResourceText(TypeDecorator[ResourceId]):
    """A resource as `apps/v1/Deployment/web`: the text that the tables hold, whichever release wrote the row."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: ResourceId | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's signature
        return resource_text(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> ResourceId | None:  # noqa: ARG002 - SQLAlchemy's signature
        return None if value is None else ResourceId.parse(value)


def resource_text(resource: ResourceId | None) -> str | None:
    """What statements in plain SQL bind for a `ResourceText`."""
    # A refused manifest may have any name, and PostgreSQL takes no NUL character.
    return None if resource is None else str(resource).replace("\0", "")


class _WordComparator(TypeDecorator.Comparator[StrEnum], String.Comparator[StrEnum]):
    """Comparisons find a word in each of its spellings: the next release writes the new one, beside this one."""

    def operate(self, op: OperatorType, *other: Any, **kwargs: Any) -> ColumnElement[Any]:
        if op in _NEGATED:
            words = list(other[0]) if op in {in_op, not_in_op} and isinstance(other[0], Collection) else [other[0]]
            if any(isinstance(word, RenamedWord) and word.former for word in words):
                column = type_coerce(self.expr, String(32))
                texts = [spelling for word in words for spelling in spellings(word)]
                return column.not_in(texts) if _NEGATED[op] else column.in_(texts)
        return super().operate(op, *other, **kwargs)


_NEGATED = {eq: False, in_op: False, ne: True, not_in_op: True}


class Word(TypeDecorator[StrEnum]):
    """A value of an enumeration, as text: a new word needs no `ALTER TYPE`. `check_word` names those allowed.

    A word that was renamed is read in both spellings and written as `stored` says.
    """

    impl = String(32)
    cache_ok = True
    comparator_factory = _WordComparator

    def __init__(self, words: type[StrEnum]) -> None:
        super().__init__()
        self.words = words

    def process_bind_param(self, value: StrEnum | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's signature
        return None if value is None else stored(self.words(value))

    def process_result_value(self, value: Any | None, dialect: Dialect) -> StrEnum | None:  # noqa: ARG002 - SQLAlchemy's signature
        return None if value is None else self.words(value)
