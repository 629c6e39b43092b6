"""Image registries with their credentials, and the repositories that are polled."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, WithId, WithTimes, check_word
from db.types import Sealed, SealedText, Word
from domain.words import CredentialKind


class Registry(WithId, WithTimes, Base):
    """`host` is as in image names, lower-case, with its port. `secret` is a password or a token."""

    __tablename__ = "registries"

    host: Mapped[str] = mapped_column(Text, unique=True)
    plain_http: Mapped[bool] = mapped_column(server_default="false")
    kind: Mapped[CredentialKind] = mapped_column(Word(CredentialKind))
    username: Mapped[str | None] = mapped_column(Text)
    secret: Mapped[Sealed | None] = mapped_column(SealedText)
    last_seen_at: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (
        CheckConstraint("(kind = 'anonymous') = (secret IS NULL)", name="secret"),
        CheckConstraint("(kind = 'basic') = (username IS NOT NULL)", name="username"),
        check_word("kind", CredentialKind),
    )


class Poll(WithId, WithTimes, Base):
    """A repository whose tags are listed at an interval, in case its registry sends no deliveries or one is lost."""

    __tablename__ = "polls"

    repository: Mapped[str] = mapped_column(Text, unique=True)
    seconds: Mapped[int]  # between two polls
    next_at: Mapped[datetime]
    last_at: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (
        Index("ix_polls_next_at", "next_at"),
        CheckConstraint("seconds >= 10", name="seconds"),
    )
