"""What was seen to happen in app environments, and what is remembered so that each thing is told once."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, Uuid, func, text
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, WithId


class AppEnvironmentEvent(WithId, Base):
    """One event; `until` NULL: it goes on. `detail` holds text that clusters returned, so it is not JSONB.

    Kinds are no constraint: the next release writes new ones, beside this one. `operation_id` is no foreign key: what
    happened outlives operations.
    """

    __tablename__ = "app_environment_events"

    app_environment_id: Mapped[str] = mapped_column(ForeignKey("app_environments.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(32))
    at: Mapped[datetime]
    until: Mapped[datetime | None]
    cluster: Mapped[str | None] = mapped_column(Text)  # its name then
    api_version: Mapped[str | None] = mapped_column(Text)
    workload_kind: Mapped[str | None] = mapped_column(Text)
    name: Mapped[str | None] = mapped_column(Text)
    container: Mapped[str | None] = mapped_column(Text)
    count: Mapped[int] = mapped_column(server_default="1")
    operation_id: Mapped[str | None] = mapped_column(Uuid(as_uuid=False))
    detail: Mapped[dict[str, Any]] = mapped_column(JSON)
    recorded_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        Index("ix_app_environment_events_app_environment_id_at", "app_environment_id", "at", "id"),
        Index("ix_app_environment_events_recorded_at", "app_environment_id", "recorded_at"),
        Index(
            "ix_app_environment_events_under_way", "app_environment_id", postgresql_where=text("until IS NULL")
        ),
        CheckConstraint("until >= at", name="until"),
        CheckConstraint("count > 0", name="count"),
    )  # fmt: skip


class TimelineState(Base):
    """What the process that records an app environment's events remembers of it, for the next one."""

    __tablename__ = "timeline_states"

    app_environment_id: Mapped[str] = mapped_column(
        ForeignKey("app_environments.id", ondelete="CASCADE"), primary_key=True
    )
    state: Mapped[dict[str, Any]] = mapped_column(JSON)
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
