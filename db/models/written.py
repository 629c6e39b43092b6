"""What Stagecoach wrote of objects, as keyed fingerprints of fields, and what is otherwise on clusters."""

from typing import Any

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, WithId


class ReleaseObject(WithId, Base):
    """An object as operations wrote it up to a release, on these clusters: a row for each way in which it was written.

    What a release says of an object on a cluster is the newest row of it up to that release. `fields` has the form of
    `domain.written`. Release 0 is what was written before the first one.
    """

    __tablename__ = "release_objects"

    app_environment_id: Mapped[str] = mapped_column(ForeignKey("app_environments.id", ondelete="CASCADE"))
    release: Mapped[int]
    api_version: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    clusters: Mapped[list[str]] = mapped_column(JSONB)
    fields: Mapped[dict[str, Any]] = mapped_column(JSONB)

    __table_args__ = (
        Index("ix_release_objects_object", "app_environment_id", "api_version", "kind", "name", "release"),
    )


class WrittenObjectRow(Base):
    """An object that an operation wrote to a cluster and that is of no release yet: it is under way, or has failed."""

    __tablename__ = "written_objects"

    app_environment_id: Mapped[str] = mapped_column(
        ForeignKey("app_environments.id", ondelete="CASCADE"), primary_key=True
    )
    cluster: Mapped[str] = mapped_column(Text, primary_key=True)
    api_version: Mapped[str] = mapped_column(Text, primary_key=True)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    name: Mapped[str] = mapped_column(Text, primary_key=True)
    fields: Mapped[dict[str, Any]] = mapped_column(JSONB)


class FieldDifference(Base):
    """An object that is not as it was written, by the last reading on one cluster; `fields` name what differs."""

    __tablename__ = "field_differences"

    app_environment_id: Mapped[str] = mapped_column(
        ForeignKey("app_environments.id", ondelete="CASCADE"), primary_key=True
    )
    cluster_id: Mapped[str] = mapped_column(ForeignKey("clusters.id", ondelete="CASCADE"), primary_key=True)
    api_version: Mapped[str] = mapped_column(Text, primary_key=True)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    name: Mapped[str] = mapped_column(Text, primary_key=True)
    fields: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)

    __table_args__ = (Index("ix_field_differences_cluster_id", "cluster_id"),)
