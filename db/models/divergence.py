"""Divergences that lasted: drift from the last release, and skew between clusters."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, WithId
from db.types import Word
from domain.divergences import DivergenceKind


class DivergenceRow(WithId, Base):
    """A container that differs, or an object whose fields do. Only one is open of each place, kind and container.

    `since` is when it was noticed, `opened_at` when it had lasted for long enough to be told. The kinds are no
    constraint: the next release writes new ones, beside this one.
    """

    __tablename__ = "divergences"

    app_environment_id: Mapped[str] = mapped_column(ForeignKey("app_environments.id", ondelete="CASCADE"))
    kind: Mapped[DivergenceKind] = mapped_column(Word(DivergenceKind))
    api_version: Mapped[str] = mapped_column(Text)
    workload_kind: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    container: Mapped[str] = mapped_column(Text)
    init: Mapped[bool]
    release: Mapped[int]
    found: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    since: Mapped[datetime]
    opened_at: Mapped[datetime] = mapped_column(server_default=func.now())
    closed_at: Mapped[datetime | None]

    __table_args__ = (
        Index(
            "uq_divergences_open",
            "app_environment_id",
            "kind",
            "workload_kind",
            "name",
            "container",
            unique=True,
            postgresql_where=text("closed_at IS NULL"),
        ),
        Index("ix_divergences_app_environment_id", "app_environment_id", "id"),
        CheckConstraint("closed_at >= opened_at", name="closed"),
    )
