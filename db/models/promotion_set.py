"""Promotion sets, whose members are operations, and named groups of applications."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, WithId, WithTimes, check_word
from db.types import Word
from domain.actors import ActorKind
from domain.words import OperationKind, OperationState, SetOrder


class PromotionSet(WithId, WithTimes, Base):
    """Environments and the group have the names that they had when it was queued: the set outlives them."""

    __tablename__ = "promotion_sets"

    kind: Mapped[OperationKind] = mapped_column(Word(OperationKind))  # promotion, or rollback
    state: Mapped[OperationState] = mapped_column(Word(OperationState), server_default=OperationState.QUEUED)
    source_environment: Mapped[str | None] = mapped_column(Text)  # of a promotion
    environment: Mapped[str] = mapped_column(Text)
    group: Mapped[str | None] = mapped_column("group_name", Text)
    order: Mapped[SetOrder] = mapped_column("set_order", Word(SetOrder))
    takes_back_id: Mapped[str | None] = mapped_column(ForeignKey("promotion_sets.id"))  # of a rollback
    plan_digest: Mapped[str] = mapped_column(Text)
    actor: Mapped[str] = mapped_column(Text)
    actor_kind: Mapped[ActorKind] = mapped_column(Word(ActorKind))
    actor_id: Mapped[str] = mapped_column(Text)
    token_id: Mapped[str | None] = mapped_column(Uuid(as_uuid=False))
    idempotency_key: Mapped[str | None] = mapped_column(Text)
    idempotency_fingerprint: Mapped[str | None] = mapped_column(Text)
    attempt: Mapped[int] = mapped_column(server_default="1")
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    message: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (
        Index(
            "uq_promotion_sets_idempotency",
            "actor_kind",
            "actor_id",
            "idempotency_key",
            unique=True,
            postgresql_where=text("idempotency_key IS NOT NULL"),
        ),
        Index("ix_promotion_sets_unfinished", "id", postgresql_where=text("state IN ('queued', 'running')")),
        Index("ix_promotion_sets_takes_back_id", "takes_back_id"),
        CheckConstraint("(idempotency_key IS NULL) = (idempotency_fingerprint IS NULL)", name="idempotency"),
        CheckConstraint("(ended_at IS NULL) = (state IN ('queued', 'running'))", name="ended"),
        check_word("kind", OperationKind),
        check_word("state", OperationState),
        check_word("set_order", SetOrder),
        check_word("actor_kind", ActorKind),
    )


class ApplicationGroup(WithId, WithTimes, Base):
    __tablename__ = "application_groups"

    name: Mapped[str] = mapped_column(Text)

    __table_args__ = (Index("uq_application_groups_name", text("lower(name)"), unique=True),)


class ApplicationGroupMember(Base):
    __tablename__ = "application_group_members"

    group_id: Mapped[str] = mapped_column(ForeignKey("application_groups.id", ondelete="CASCADE"), primary_key=True)
    application_id: Mapped[str] = mapped_column(ForeignKey("applications.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int]

    __table_args__ = (Index("ix_application_group_members_application_id", "application_id"),)
