"""The audit: what everybody did. Rows outlive what they speak of, so there are no foreign keys.

Triggers of the migration refuse every change of what was written (docs/decisions/the-audit-is-chained-by-ranges.md).
Words are no constraints: the next release writes new ones, beside this one.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Identity, Index, LargeBinary, Text, Uuid, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base

CURRENT_TRANSACTION = text("CAST(CAST(pg_current_xact_id() AS text) AS bigint)")


class Audit(Base):
    """`seq` has gaps where transactions were rolled back, and its order is not that of the commits.

    `transaction` stands before `seq`, so PostgreSQL evaluates its default first: whoever has drawn a number has had an
    id of a transaction by then, by which the seals know that no smaller number can still appear.
    """

    __tablename__ = "audit"

    transaction: Mapped[int] = mapped_column(BigInteger, server_default=CURRENT_TRANSACTION)
    seq: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    actor_kind: Mapped[str] = mapped_column(Text)
    actor_id: Mapped[str] = mapped_column(Text)
    actor_name: Mapped[str] = mapped_column(Text)
    via: Mapped[str] = mapped_column(Text)
    address: Mapped[str | None] = mapped_column(Text)
    request_id: Mapped[str | None] = mapped_column(Text)
    action: Mapped[str] = mapped_column(Text)
    targets: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    application_id: Mapped[str | None] = mapped_column(Uuid(as_uuid=False))
    environment_id: Mapped[str | None] = mapped_column(Uuid(as_uuid=False))
    outcome: Mapped[str] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)
    before: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    after: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))

    __table_args__ = (
        Index("ix_audit_at", "at"),
        Index("ix_audit_actor_kind_actor_id_seq", "actor_kind", "actor_id", "seq"),
        Index("ix_audit_application_id_seq", "application_id", "seq"),
        Index("ix_audit_environment_id_seq", "environment_id", "seq"),
        Index("ix_audit_action_seq", "action", "seq"),
        Index("ix_audit_targets", "targets", postgresql_using="gin", postgresql_ops={"targets": "jsonb_path_ops"}),
    )


class AuditSeal(Base):
    """A range of entries that is complete, and the digest of the former seal's digest and of these entries.

    `form` is the version of the text that was hashed. Where `forgotten`, the entries were deleted when their time had
    passed; the seal stays, so that the chain goes on.
    """

    __tablename__ = "audit_seals"

    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    first_seq: Mapped[int] = mapped_column(BigInteger)  # one more than the former seal's last
    last_seq: Mapped[int] = mapped_column(BigInteger)
    entries: Mapped[int]
    form: Mapped[int]
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    newest_at: Mapped[datetime]
    sealed_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    forgotten: Mapped[bool] = mapped_column(Boolean, server_default="false")

    __table_args__ = (
        CheckConstraint("octet_length(digest) = 32", name="digest"),
        CheckConstraint("first_seq <= last_seq AND entries > 0", name="range"),
        Index("uq_audit_seals_last_seq", "last_seq", unique=True),
    )


class AuditOutput(Base):
    """How far the audit was sent to where it is streamed. One process at a time sends: it holds the lease."""

    __tablename__ = "audit_outputs"

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger, server_default="0")
    leased_until: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(server_default="0")
    next_try_at: Mapped[datetime] = mapped_column(server_default=func.now())
    error: Mapped[str | None] = mapped_column(Text)
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now())
