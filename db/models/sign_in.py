"""Sign-ins of the console: one-time codes, and the sessions that they or tokens turn into. Only hashes are kept."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, check_word
from db.types import Word
from domain.words import SignInKind


class SignIn(Base):
    """It lives and dies with its token: revoking the token ends it."""

    __tablename__ = "sign_ins"

    hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    kind: Mapped[SignInKind] = mapped_column(Word(SignInKind))
    token_id: Mapped[str] = mapped_column(ForeignKey("tokens.id", ondelete="CASCADE"), index=True)
    expires_at: Mapped[datetime]

    __table_args__ = (CheckConstraint("octet_length(hash) = 32", name="hash"), check_word("kind", SignInKind))
