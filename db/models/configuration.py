"""What was read of the ConfigMaps and Secrets of app environments: keys, and keyed fingerprints of their values."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Text, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base


class ConfigurationReadingRow(Base):
    """A ConfigMap or Secret that is there. One that is not has no row; `ConfigurationRead` says that it was sought.

    `keys`: key → fingerprint of its value, under a key of the installation. `read_at` is when these were read first.
    """

    __tablename__ = "configuration_readings"

    app_environment_id: Mapped[str] = mapped_column(
        ForeignKey("app_environments.id", ondelete="CASCADE"), primary_key=True
    )
    cluster_id: Mapped[str] = mapped_column(ForeignKey("clusters.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    name: Mapped[str] = mapped_column(Text, primary_key=True)
    keys: Mapped[dict[str, str]] = mapped_column(JSONB)
    read_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (Index("ix_configuration_readings_cluster_id", "cluster_id"),)


class ConfigurationRead(Base):
    """The last reading on one cluster. `unread` are kinds that the credential may not read.

    `absent` are the objects that were looked for and are not there, as `ConfigMap/web`.

    `release` is the number of the last release at that time, with which the objects were compared.
    """

    __tablename__ = "configuration_reads"

    app_environment_id: Mapped[str] = mapped_column(
        ForeignKey("app_environments.id", ondelete="CASCADE"), primary_key=True
    )
    cluster_id: Mapped[str] = mapped_column(ForeignKey("clusters.id", ondelete="CASCADE"), primary_key=True)
    release: Mapped[int]
    unread: Mapped[list[str]] = mapped_column(JSONB)
    absent: Mapped[list[str]] = mapped_column(JSONB, server_default=text("'[]'"))
    read_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (Index("ix_configuration_reads_cluster_id", "cluster_id"),)
