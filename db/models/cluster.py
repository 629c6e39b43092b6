"""Registered Kubernetes API servers."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, WithId, WithTimes, check_word
from db.types import Sealed, SealedText, Word
from domain.words import Reachability


class Cluster(WithId, WithTimes, Base):
    __tablename__ = "clusters"

    name: Mapped[str] = mapped_column(Text)
    labels: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    server: Mapped[str | None] = mapped_column(Text)
    # The vetted kubeconfig; NULL for the cluster that Stagecoach itself runs in.
    credential: Mapped[Sealed | None] = mapped_column(SealedText)
    credential_version: Mapped[int] = mapped_column(server_default="1")
    reachability: Mapped[Reachability] = mapped_column(Word(Reachability), server_default=Reachability.UNKNOWN)
    server_version: Mapped[str | None] = mapped_column(Text)
    last_seen_at: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(Text)
    missed_since: Mapped[datetime | None]  # no probe has succeeded since this one
    lost_at: Mapped[datetime | None]  # people were told that it is lost, and not yet that it is back

    __table_args__ = (
        Index("uq_clusters_lower_name", func.lower(name), unique=True),
        check_word("reachability", Reachability),
    )


class ClusterArgoCd(WithTimes, Base):
    """Where the Argo CD of a cluster runs, if not on itself: on `hub_id`, where the cluster is `called` so."""

    __tablename__ = "cluster_argocd"

    cluster_id: Mapped[str] = mapped_column(ForeignKey("clusters.id", ondelete="CASCADE"), primary_key=True)
    hub_id: Mapped[str] = mapped_column(ForeignKey("clusters.id", ondelete="RESTRICT"), index=True)
    namespace: Mapped[str] = mapped_column(Text)
    called: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (CheckConstraint("hub_id <> cluster_id", name="elsewhere"),)
