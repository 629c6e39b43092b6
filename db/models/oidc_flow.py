"""Sign-ins with OpenID Connect that are under way: a person is at the provider, and has not come back."""

from datetime import datetime

from sqlalchemy import CheckConstraint, LargeBinary, Text, func
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, WithId
from db.types import Sealed, SealedText


class OidcFlow(WithId, Base):
    """It lives for some minutes and is taken once, by the browser that began it.

    Of `state` and of the browser's cookie only the SHA-256 is kept: who reads the table cannot finish a sign-in.
    """

    __tablename__ = "oidc_flows"

    state: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    browser: Mapped[bytes] = mapped_column(LargeBinary)
    provider: Mapped[str] = mapped_column(Text)
    verifier: Mapped[Sealed] = mapped_column(SealedText)
    nonce: Mapped[str] = mapped_column(Text)
    return_to: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("octet_length(state) = 32", name="state"),
        CheckConstraint("octet_length(browser) = 32", name="browser"),
    )
