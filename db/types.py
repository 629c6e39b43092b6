"""Column types of our own."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import String, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator


@dataclass(frozen=True)
class Sealed:
    """An encrypted text as it lies in a row: `v1.<key id>.<base64 of nonce and ciphertext>`. A `Keyring` opens it."""

    token: str

    @property
    def key_id(self) -> str:
        return self.token.split(".")[1]

    def __repr__(self) -> str:
        return f"Sealed(key_id={self.key_id})"


class SealedText(TypeDecorator[Sealed]):
    """Text that can only be stored encrypted: binding a plain `str` is an error, so no secret slips in by mistake."""

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


class Word(TypeDecorator[StrEnum]):
    """A value of an enumeration, as text: a new word needs no `ALTER TYPE`. `check_word` names those allowed."""

    impl = String(32)
    cache_ok = True

    def __init__(self, words: type[StrEnum]) -> None:
        super().__init__()
        self.words = words

    def process_bind_param(self, value: StrEnum | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's signature
        return None if value is None else self.words(value).value

    def process_result_value(self, value: Any | None, dialect: Dialect) -> StrEnum | None:  # noqa: ARG002 - SQLAlchemy's signature
        return None if value is None else self.words(value)
