"""Where notifications go, which of them, and those that are to be sent."""

from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, JSON, BigInteger, CheckConstraint, ForeignKey, Identity, Index, Text, Uuid, func, text
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, WithId, WithTimes, check_word
from db.types import Sealed, SealedText, Word
from domain.words import ChannelKind, OutboxState


class Channel(WithId, WithTimes, Base):
    """`settings` is what may be shown; `secrets` the rest, as JSON: a token, a password, a secret address."""

    __tablename__ = "channels"

    name: Mapped[str] = mapped_column(Text)
    kind: Mapped[ChannelKind] = mapped_column(Word(ChannelKind))
    settings: Mapped[dict[str, Any]] = mapped_column(JSON)
    secrets: Mapped[Sealed] = mapped_column(SealedText)
    former_until: Mapped[datetime | None]  # until when the former secret signs, too
    disabled_at: Mapped[datetime | None]
    disabled_because: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (
        Index("uq_channels_lower_name", func.lower(name), unique=True),
        CheckConstraint("(disabled_at IS NULL) = (disabled_because IS NULL)", name="disabled"),
        check_word("kind", ChannelKind),
    )


class NotificationRoute(WithId, WithTimes, Base):
    """NULL is all of them: all types, all applications, all environments."""

    __tablename__ = "notification_routes"

    channel_id: Mapped[str] = mapped_column(ForeignKey("channels.id", ondelete="CASCADE"), index=True)
    events: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    applications: Mapped[list[str] | None] = mapped_column(ARRAY(Uuid(as_uuid=False)))
    environments: Mapped[list[str] | None] = mapped_column(ARRAY(Uuid(as_uuid=False)))


class OutboxEntry(Base):
    """A notification for one channel. `number` counts up; `event_id` is the same in all channels.

    The types of notifications are no constraint: the next release writes new ones, beside this one.
    """

    __tablename__ = "outbox"

    id: Mapped[str] = mapped_column(Uuid(as_uuid=False), primary_key=True, server_default=func.gen_random_uuid())
    number: Mapped[int] = mapped_column(BigInteger, Identity(), unique=True)
    channel_id: Mapped[str] = mapped_column(ForeignKey("channels.id", ondelete="CASCADE"))
    event_id: Mapped[str] = mapped_column(Uuid(as_uuid=False))
    type: Mapped[str] = mapped_column(Text)
    subject: Mapped[str | None] = mapped_column(Text)
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    state: Mapped[OutboxState] = mapped_column(Word(OutboxState), server_default=OutboxState.WAITING)
    attempts: Mapped[int] = mapped_column(server_default="0")
    next_try_at: Mapped[datetime] = mapped_column(server_default=func.now())
    leased_until: Mapped[datetime | None]  # a worker is sending it
    status: Mapped[int | None]  # HTTP's or SMTP's, of the last try
    error: Mapped[str | None] = mapped_column(Text)
    occurred_at: Mapped[datetime] = mapped_column(server_default=func.now())
    ended_at: Mapped[datetime | None]

    __table_args__ = (
        Index("ix_outbox_waiting", "channel_id", "number", postgresql_where=text("state = 'waiting'")),
        Index("ix_outbox_channel_id_number", "channel_id", "number"),
        Index("ix_outbox_channel_id_subject", "channel_id", "subject"),
        CheckConstraint("(state = 'waiting') = (ended_at IS NULL)", name="ended"),
        check_word("state", OutboxState),
    )


class ChannelMessage(Base):
    """A message that a channel shows of a subject, so that the next notification changes it."""

    __tablename__ = "channel_messages"

    channel_id: Mapped[str] = mapped_column(ForeignKey("channels.id", ondelete="CASCADE"), primary_key=True)
    subject: Mapped[str] = mapped_column(Text, primary_key=True)
    conversation: Mapped[str] = mapped_column(Text)  # where it is, in the other side's words
    message: Mapped[str] = mapped_column(Text)
    number: Mapped[int] = mapped_column(BigInteger)  # of the notification that it shows
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now())
