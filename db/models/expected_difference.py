"""Fields that somebody expects to differ between two environments of an application."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, WithId, check_word
from db.types import Word
from domain.actors import ActorKind


class ExpectedDifference(WithId, Base):
    """A mark on a field of an object. The pair has no direction; both are one environment for clusters of it."""

    __tablename__ = "expected_differences"

    application_id: Mapped[str] = mapped_column(ForeignKey("applications.id", ondelete="CASCADE"))
    first_environment_id: Mapped[str] = mapped_column(ForeignKey("environments.id", ondelete="CASCADE"))
    second_environment_id: Mapped[str] = mapped_column(ForeignKey("environments.id", ondelete="CASCADE"))
    api_group: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    path: Mapped[str] = mapped_column(Text)  # empty: the object as a whole
    reason: Mapped[str | None] = mapped_column(Text)
    by_kind: Mapped[ActorKind] = mapped_column(Word(ActorKind))
    by_id: Mapped[str] = mapped_column(Text)
    by_name: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        UniqueConstraint(
            "application_id",
            "first_environment_id",
            "second_environment_id",
            "api_group",
            "kind",
            "name",
            "path",
            name="uq_expected_differences_field",
        ),
        Index("ix_expected_differences_first_environment_id", "first_environment_id"),
        Index("ix_expected_differences_second_environment_id", "second_environment_id"),
        CheckConstraint("first_environment_id <= second_environment_id", name="pair"),
        check_word("by_kind", ActorKind),
    )
