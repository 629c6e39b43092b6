"""App environments that are gone because their application or environment was deleted: what their history hangs on."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, Text, Uuid, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base


class FormerAppEnvironment(Base):
    """The id is the one that the app environment had. Names and labels are those at the deletion."""

    __tablename__ = "former_app_environments"

    id: Mapped[str] = mapped_column(Uuid(as_uuid=False), primary_key=True)
    application_id: Mapped[str] = mapped_column(Uuid(as_uuid=False))
    application_name: Mapped[str] = mapped_column(Text)
    application_labels: Mapped[dict[str, Any]] = mapped_column(JSONB)
    environment_id: Mapped[str] = mapped_column(Uuid(as_uuid=False))
    environment_name: Mapped[str] = mapped_column(Text)
    deleted_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        Index("ix_former_app_environments_application_id", "application_id"),
        Index("ix_former_app_environments_environment_id", "environment_id"),
    )
