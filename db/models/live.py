"""Which process watches which cluster, and what was last seen on clusters.

These tables are unlogged: PostgreSQL empties all of them after a crash, and where a standby takes over.
What they hold is read from the clusters again, and writing it costs no write-ahead log. The epochs come from a sequence
that is logged, so that an epoch never comes twice (docs/decisions/the-live-cache.md).
"""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, LargeBinary, Sequence, Text, Uuid, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base

# Room on each page for new versions of its rows: then no index has to change with them.
_HALF = {"prefixes": ["UNLOGGED"], "postgresql_with": {"fillfactor": 50}}
_ROOMY = {"prefixes": ["UNLOGGED"], "postgresql_with": {"fillfactor": 70}}

LIVE_EPOCHS = Sequence("live_epochs", data_type=BigInteger, metadata=Base.metadata)


class LiveProcess(Base):
    """A process that watches clusters; it is counted until `expires_at`, so that all have equal shares."""

    __tablename__ = "live_processes"

    id: Mapped[str] = mapped_column(Uuid(as_uuid=False), primary_key=True)
    expires_at: Mapped[datetime]

    __table_args__ = (_HALF,)


class ClusterWatch(Base):
    """The lease on a cluster. `owner` is a process; each new owner has a higher `epoch`, and counts its batches from 1.

    `states` are those of the streams, as the owner told them last.
    """

    __tablename__ = "cluster_watches"

    cluster_id: Mapped[str] = mapped_column(ForeignKey("clusters.id", ondelete="CASCADE"), primary_key=True)
    owner: Mapped[str | None] = mapped_column(Uuid(as_uuid=False))
    expires_at: Mapped[datetime | None]
    epoch: Mapped[int] = mapped_column(BigInteger, server_default="0")
    sequence: Mapped[int] = mapped_column(BigInteger, server_default="0")
    states: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default="[]")

    __table_args__ = (_HALF,)


class LiveRecord(Base):
    """An object of a cluster, reduced to what is shown. No `body`: it is gone, which followers have to learn.

    `epoch` and `sequence` are those of the batch that wrote it; by them followers find what is new.
    """

    __tablename__ = "live_records"

    cluster_id: Mapped[str] = mapped_column(
        ForeignKey("cluster_watches.cluster_id", ondelete="CASCADE"), primary_key=True
    )
    api_version: Mapped[str] = mapped_column(Text, primary_key=True)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    namespace: Mapped[str] = mapped_column(Text, primary_key=True)
    name: Mapped[str] = mapped_column(Text, primary_key=True)
    epoch: Mapped[int] = mapped_column(BigInteger)
    sequence: Mapped[int] = mapped_column(BigInteger)
    written_at: Mapped[datetime] = mapped_column(server_default=func.now())
    body: Mapped[bytes | None] = mapped_column(LargeBinary)

    __table_args__ = (_ROOMY,)
