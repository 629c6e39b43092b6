"""Bearer tokens: only their hashes."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, LargeBinary, Text, func, text
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, WithId, check_word
from db.types import Word
from domain.words import Role


class Token(WithId, Base):
    __tablename__ = "tokens"

    name: Mapped[str] = mapped_column(Text)
    role: Mapped[Role] = mapped_column(Word(Role))
    hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)  # SHA-256: the token has 256 random bits, so no salt
    created_by: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    __table_args__ = (
        # A name says who did something, so no two tokens that work bear the same.
        Index("uq_tokens_lower_name", func.lower(name), unique=True, postgresql_where=text("revoked_at IS NULL")),
        CheckConstraint("octet_length(hash) = 32", name="hash"),
        check_word("role", Role),
    )
