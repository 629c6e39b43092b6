"""Sign-ins of the console: one-time codes, and the sessions that they or tokens turn into. Only hashes are kept."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, Text, Uuid, func, text
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, check_word
from db.types import Word
from domain.words import SignInKind


class SignIn(Base):
    """It lives and dies with its token or its person: revoking the token or disabling the person ends it.

    `sid` is the provider's own name of its session. A code ends with the session that asked for it, its `parent_id`.
    """

    __tablename__ = "sign_ins"

    hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    kind: Mapped[SignInKind] = mapped_column(Word(SignInKind))
    id: Mapped[str] = mapped_column(Uuid(as_uuid=False), unique=True, server_default=text("gen_random_uuid()"))
    token_id: Mapped[str | None] = mapped_column(ForeignKey("tokens.id", ondelete="CASCADE"), index=True)
    person_id: Mapped[str | None] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    parent_id: Mapped[str | None] = mapped_column(ForeignKey("sign_ins.id", ondelete="CASCADE"), index=True)
    provider: Mapped[str | None] = mapped_column(Text)
    sid: Mapped[str | None] = mapped_column(Text)
    address: Mapped[str | None] = mapped_column(Text)
    user_agent: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("octet_length(hash) = 32", name="hash"),
        CheckConstraint("(token_id IS NULL) <> (person_id IS NULL)", name="owner"),
        check_word("kind", SignInKind),
    )
