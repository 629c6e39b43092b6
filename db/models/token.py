"""Bearer tokens: only their hashes.

A token without a subject acts as itself, with its role everywhere. Another one acts for a person or a service account,
with at most its role in its scope.
"""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, LargeBinary, Text, Uuid, func, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, WithId, check_word
from db.types import Word
from domain.rights import SubjectKind
from domain.words import Role


class Token(WithId, Base):
    __tablename__ = "tokens"

    name: Mapped[str] = mapped_column(Text)
    role: Mapped[Role] = mapped_column(Word(Role))
    hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)  # SHA-256: the token has 256 random bits, so no salt
    subject_kind: Mapped[SubjectKind | None] = mapped_column(Word(SubjectKind))
    subject_id: Mapped[str | None] = mapped_column(Text)
    scope_applications: Mapped[list[str] | None] = mapped_column(ARRAY(Uuid(as_uuid=False)))
    scope_environments: Mapped[list[str] | None] = mapped_column(ARRAY(Uuid(as_uuid=False)))
    created_by: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    __table_args__ = (
        # A name says who did something, so no two tokens of one subject that work bear the same.
        Index(
            "uq_tokens_lower_name",
            func.coalesce(subject_id, ""),
            func.lower(name),
            unique=True,
            postgresql_where=text("revoked_at IS NULL"),
        ),
        Index("ix_tokens_subject", "subject_kind", "subject_id"),
        CheckConstraint("(subject_kind IS NULL) = (subject_id IS NULL)", name="subject"),
        CheckConstraint("scope_applications <> '{}'", name="scope_applications"),
        CheckConstraint("scope_environments <> '{}'", name="scope_environments"),
        check_word("subject_kind", SubjectKind),
        CheckConstraint("octet_length(hash) = 32", name="hash"),
        check_word("role", Role),
    )
