"""Receivers, at which registries report pushed images, and their deliveries."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, Text, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, WithId, WithTimes, check_word
from db.types import Sealed, SealedText, Word
from domain.words import DeliveryFate, Provider


class Receiver(WithTimes, Base):
    """Its id is a part of its address and cannot be guessed. While a secret is being replaced, the previous one is
    valid until `former_until`.
    """

    __tablename__ = "receivers"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    provider: Mapped[Provider] = mapped_column(Word(Provider))
    application_id: Mapped[str | None] = mapped_column(ForeignKey("applications.id", ondelete="CASCADE"))
    settings: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    secret: Mapped[Sealed] = mapped_column(SealedText)
    former_secret: Mapped[Sealed | None] = mapped_column(SealedText)
    former_until: Mapped[datetime | None]

    __table_args__ = (
        Index("uq_receivers_lower_name", func.lower(name), unique=True),
        Index("ix_receivers_application_id", "application_id"),
        check_word("provider", Provider),
    )


class Delivery(WithId, Base):
    """One request. `headers` are those that the format needs, never a proof. `body` is sealed, because it may hold what
    its sender regards as a secret; a request without a valid proof is stored without its body.
    """

    __tablename__ = "deliveries"

    receiver_id: Mapped[str] = mapped_column(ForeignKey("receivers.id", ondelete="CASCADE"))
    received_at: Mapped[datetime]
    provider_key: Mapped[str | None] = mapped_column(
        Text
    )  # the provider's own id, by which a repeated delivery is recognised
    signed_key: Mapped[str | None] = mapped_column(Text)  # a hash of what its signature covers
    fate: Mapped[DeliveryFate] = mapped_column(Word(DeliveryFate))
    code: Mapped[str | None] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)
    events: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    headers: Mapped[dict[str, Any]] = mapped_column(JSON)
    body: Mapped[Sealed | None] = mapped_column(SealedText, deferred=True, deferred_raiseload=True)

    __table_args__ = (
        Index("ix_deliveries_receiver_id_id", "receiver_id", "id"),
        Index("ix_deliveries_received_at", "received_at"),
        Index(
            "uq_deliveries_provider_key",
            "receiver_id",
            "provider_key",
            unique=True,
            postgresql_where=text("provider_key IS NOT NULL"),
        ),
        Index(
            "ix_deliveries_receiver_id_signed_key",
            "receiver_id",
            "signed_key",
            postgresql_where=text("signed_key IS NOT NULL"),
        ),
        check_word("fate", DeliveryFate),
    )
