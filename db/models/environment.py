"""Environments in their order, and the clusters of each."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, Uuid, func, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, WithId, WithTimes, check_word
from db.types import Word
from domain.words import STORED_DEPLOY_MODES, DeployMode, Pin


class Environment(WithId, WithTimes, Base):
    __tablename__ = "environments"

    name: Mapped[str] = mapped_column(Text)
    rank: Mapped[int]
    default_namespace: Mapped[str | None] = mapped_column(Text)
    deploy_mode: Mapped[DeployMode] = mapped_column(Word(DeployMode), server_default=DeployMode.MANUAL)
    pin: Mapped[Pin] = mapped_column(Word(Pin), server_default=Pin.DIGEST)
    allowed_dangers: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    releases_keep_secrets: Mapped[bool] = mapped_column(server_default=text("false"))
    catch_up: Mapped[bool] = mapped_column(server_default=text("true"))
    image_mappings: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default="[]")
    strategy: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))  # domain.stored.strategies

    __table_args__ = (
        Index("uq_environments_lower_name", func.lower(name), unique=True),
        # Deferred, so that one statement can reorder all of them.
        UniqueConstraint("rank", deferrable=True, initially="DEFERRED"),
        CheckConstraint("rank > 0", name="rank"),
        check_word("deploy_mode", STORED_DEPLOY_MODES),
        check_word("pin", Pin),
    )


class EnvironmentCluster(Base):
    """Position 0 is the primary cluster."""

    __tablename__ = "environment_clusters"

    environment_id: Mapped[str] = mapped_column(ForeignKey("environments.id", ondelete="CASCADE"), primary_key=True)
    cluster_id: Mapped[str] = mapped_column(ForeignKey("clusters.id", ondelete="RESTRICT"), primary_key=True)
    position: Mapped[int]

    __table_args__ = (
        UniqueConstraint("environment_id", "position"),
        CheckConstraint("position >= 0", name="position"),
        Index("ix_environment_clusters_cluster_id", "cluster_id"),
    )


class EnvironmentNamespace(WithId, Base):
    """Namespaces that applications may use on the environment's clusters; NULL for applications stands for all.

    The array holds ids without foreign keys: what was deleted is given nothing.
    """

    __tablename__ = "environment_namespaces"

    environment_id: Mapped[str] = mapped_column(ForeignKey("environments.id", ondelete="CASCADE"))
    pattern: Mapped[str] = mapped_column(Text)
    applications: Mapped[list[str] | None] = mapped_column(ARRAY(Uuid(as_uuid=False)))
    given_by: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        UniqueConstraint("environment_id", "pattern"),
        CheckConstraint("cardinality(applications) > 0", name="applications"),
    )
