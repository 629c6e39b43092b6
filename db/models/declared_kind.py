"""Custom kinds of which an administrator has declared where they name images and when they are well."""

from typing import Any

from sqlalchemy import Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, WithId, WithTimes


class DeclaredKind(WithId, WithTimes, Base):
    """`declaration` is that of a group and a kind, whichever versions clusters serve."""

    __tablename__ = "declared_kinds"

    api_group: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    declaration: Mapped[dict[str, Any]] = mapped_column(JSONB)

    __table_args__ = (UniqueConstraint("api_group", "kind"),)
