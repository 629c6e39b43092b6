"""What every table shares: the declarative base, names of constraints, ids, and times in UTC."""

import secrets
import time
import uuid
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import CheckConstraint, DateTime, MetaData, Uuid, func
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from db.types import spellings

NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING_CONVENTION)
    type_annotation_map: ClassVar[dict[Any, Any]] = {datetime: DateTime(timezone=True)}


def new_id() -> str:
    """A UUID of version 7: its order is the order of creation, to within a fraction of a millisecond."""
    milliseconds, rest = divmod(time.time_ns(), 1_000_000)
    fraction = rest * 4096 // 1_000_000  # RFC 9562, section 6.2, method 3: the 12 bits after the milliseconds
    bits = (milliseconds & 0xFFFF_FFFF_FFFF) << 80 | 0x7 << 76 | fraction << 64 | 0b10 << 62 | secrets.randbits(62)
    return str(uuid.UUID(int=bits))


def parse_id(text: str) -> str | None:
    """The id in canonical form; None if the text is no UUID."""
    try:
        return str(uuid.UUID(text))
    except ValueError:
        return None


class WithId:
    id: Mapped[str] = mapped_column(Uuid(as_uuid=False), primary_key=True, default=new_id, sort_order=-1)


class WithTimes:
    created_at: Mapped[datetime] = mapped_column(server_default=func.now(), sort_order=100)
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now(), sort_order=101)


def check_word(column: str, words: Iterable[StrEnum]) -> CheckConstraint:
    """Only these words of an enumeration, in all their spellings (or NULL where the column allows it)."""
    listed = ", ".join(f"'{spelling}'" for word in words for spelling in spellings(word))
    return CheckConstraint(f"{column} IN ({listed})", name=column)
