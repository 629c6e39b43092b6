"""Trusts of CI jobs, and the ids of their tokens that were taken."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, LargeBinary, Text, Uuid, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, WithId, WithTimes, check_word
from db.types import Word
from domain.actors import ActorKind
from domain.trusts import TrustKind


class Trust(WithId, WithTimes, Base):
    """Which CI jobs may act, with the rights of the bindings whose subject the trust is.

    `cluster_id` has no foreign key: without its cluster a trust admits nobody, and stays readable.
    """

    __tablename__ = "trusts"

    name: Mapped[str] = mapped_column(Text)
    kind: Mapped[TrustKind] = mapped_column(Word(TrustKind))
    issuer: Mapped[str] = mapped_column(Text)
    audience: Mapped[str] = mapped_column(Text)
    claims: Mapped[dict[str, Any]] = mapped_column(JSONB)
    cluster_id: Mapped[str | None] = mapped_column(Uuid(as_uuid=False))
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    created_by_kind: Mapped[ActorKind] = mapped_column(Word(ActorKind))
    created_by_id: Mapped[str] = mapped_column(Text)
    created_by_name: Mapped[str] = mapped_column(Text)

    __table_args__ = (
        Index("uq_trusts_lower_name", func.lower(name), unique=True),
        Index("ix_trusts_issuer", "issuer"),
        check_word("kind", TrustKind),
        check_word("created_by_kind", ActorKind),
    )


class UsedJti(Base):
    """A token of a CI job that was exchanged: the SHA-256 of its issuer and its `jti`, until it expires by itself."""

    __tablename__ = "used_jtis"

    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)

    __table_args__ = (CheckConstraint("octet_length(digest) = 32", name="digest"),)
