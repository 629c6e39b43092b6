"""What operations brought to app environments: the history, and what a rollback returns to."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, WithId, check_word
from db.types import Word
from domain.words import OperationKind


class Release(WithId, Base):
    __tablename__ = "releases"

    # One of the two: the latter from the deletion of the application or the environment on.
    app_environment_id: Mapped[str | None] = mapped_column(ForeignKey("app_environments.id", ondelete="CASCADE"))
    former_app_environment_id: Mapped[str | None] = mapped_column(ForeignKey("former_app_environments.id"), index=True)
    number: Mapped[int]
    operation_id: Mapped[str | None] = mapped_column(ForeignKey("operations.id", ondelete="SET NULL"))
    kind: Mapped[OperationKind] = mapped_column(Word(OperationKind))
    actor: Mapped[str] = mapped_column(Text)
    images: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    clusters: Mapped[list[str]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        UniqueConstraint("app_environment_id", "number"),
        Index("ix_releases_operation_id", "operation_id"),
        CheckConstraint("num_nonnulls(app_environment_id, former_app_environment_id) = 1", name="place"),
        check_word("kind", OperationKind),
    )
