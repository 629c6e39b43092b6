"""What keeps changes from being written for a while: freezes, holds and stops."""

from datetime import datetime

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, Text, Uuid, func
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, WithId, WithTimes, check_word
from db.types import Word
from domain.actors import ActorKind
from domain.gates import FreezeEffect


class Freeze(WithId, WithTimes, Base):
    """A window. `starts` and `ends` are times of the wall clock in `zone`.

    NULL for applications, labels or environments stands for all. The arrays hold ids without foreign keys: a freeze of
    what was deleted concerns nothing, and stays readable.
    """

    __tablename__ = "freezes"

    name: Mapped[str] = mapped_column(Text)
    effect: Mapped[FreezeEffect] = mapped_column(Word(FreezeEffect))
    starts: Mapped[datetime] = mapped_column(DateTime(timezone=False))
    ends: Mapped[datetime] = mapped_column(DateTime(timezone=False))
    zone: Mapped[str] = mapped_column(Text)
    rrule: Mapped[str | None] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    applications: Mapped[list[str] | None] = mapped_column(ARRAY(Uuid(as_uuid=False)))
    labels: Mapped[dict[str, str] | None] = mapped_column(JSONB(none_as_null=True))
    environments: Mapped[list[str] | None] = mapped_column(ARRAY(Uuid(as_uuid=False)))
    announced_at: Mapped[datetime | None]  # when the opening began of which people were told last
    created_by_kind: Mapped[ActorKind] = mapped_column(Word(ActorKind))
    created_by_id: Mapped[str] = mapped_column(Text)
    created_by_name: Mapped[str] = mapped_column(Text)

    __table_args__ = (
        Index("uq_freezes_lower_name", func.lower(name), unique=True),
        CheckConstraint("ends > starts", name="span"),
        CheckConstraint("applications <> '{}'", name="applications"),
        CheckConstraint("environments <> '{}'", name="environments"),
        CheckConstraint("labels <> '{}'", name="labels"),
        check_word("effect", FreezeEffect),
        check_word("created_by_kind", ActorKind),
    )


class Hold(WithId, Base):
    """Automation leaves an environment, or one application in it, alone. A lifted hold has no row."""

    __tablename__ = "holds"

    environment_id: Mapped[str] = mapped_column(ForeignKey("environments.id", ondelete="CASCADE"))
    application_id: Mapped[str | None] = mapped_column(ForeignKey("applications.id", ondelete="CASCADE"))
    reason: Mapped[str] = mapped_column(Text)
    until: Mapped[datetime | None]
    operation_id: Mapped[str | None] = mapped_column(Uuid(as_uuid=False))  # the roll-back whose request set it
    by_kind: Mapped[ActorKind] = mapped_column(Word(ActorKind))
    by_id: Mapped[str] = mapped_column(Text)
    by_name: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        Index("ix_holds_environment_id", "environment_id"),
        Index("ix_holds_application_id", "application_id"),
        check_word("by_kind", ActorKind),
    )


class Stop(WithId, Base):
    """Nobody writes: to the clusters of one environment, to one cluster, or (both NULL) at all. Lifting deletes it."""

    __tablename__ = "stops"

    environment_id: Mapped[str | None] = mapped_column(ForeignKey("environments.id", ondelete="CASCADE"))
    cluster_id: Mapped[str | None] = mapped_column(ForeignKey("clusters.id", ondelete="CASCADE"))
    reason: Mapped[str] = mapped_column(Text)
    by_kind: Mapped[ActorKind] = mapped_column(Word(ActorKind))
    by_id: Mapped[str] = mapped_column(Text)
    by_name: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        Index("ix_stops_environment_id", "environment_id"),
        Index("ix_stops_cluster_id", "cluster_id"),
        CheckConstraint("environment_id IS NULL OR cluster_id IS NULL", name="scope"),
        check_word("by_kind", ActorKind),
    )
