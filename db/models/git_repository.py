"""Git repositories with their credentials."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, Text, func
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, WithId, WithTimes, check_word
from db.types import Sealed, SealedText, Word
from domain.words import CredentialKind, GitProvider


class GitRepository(WithId, WithTimes, Base):
    """`url` is what it is cloned from over HTTP. `secret` is a password or a token.

    `pull_requests` is whose interface opens them for changes; None where these are pushed to the branch itself.
    """

    __tablename__ = "git_repositories"

    name: Mapped[str] = mapped_column(Text)
    url: Mapped[str] = mapped_column(Text)
    kind: Mapped[CredentialKind] = mapped_column(Word(CredentialKind))
    username: Mapped[str | None] = mapped_column(Text)
    secret: Mapped[Sealed | None] = mapped_column(SealedText)
    pull_requests: Mapped[GitProvider | None] = mapped_column(Word(GitProvider))
    last_seen_at: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (
        Index("uq_git_repositories_name", func.lower(name), unique=True),
        CheckConstraint("(kind = 'anonymous') = (secret IS NULL)", name="secret"),
        CheckConstraint("(kind = 'basic') = (username IS NOT NULL)", name="username"),
        check_word("kind", CredentialKind),
        check_word("pull_requests", GitProvider),
    )
