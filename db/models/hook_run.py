"""Runs of hooks and checks, with the logs of their Jobs.

The log is of type TEXT and has no NUL character: redaction takes control characters out. Enumerations are
domain.hook_runs'.
"""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, WithId, check_word
from db.types import Word
from domain.hook_runs import RunKind, RunPart, RunState


class HookRunRow(WithId, Base):
    """`retried`: a person asked for the operation to be tried again, so it is history."""

    __tablename__ = "hook_runs"

    operation_id: Mapped[str] = mapped_column(ForeignKey("operations.id", ondelete="CASCADE"))
    ring: Mapped[int]
    part: Mapped[RunPart] = mapped_column(Word(RunPart))
    name: Mapped[str] = mapped_column(Text)
    cluster: Mapped[str | None] = mapped_column(Text)
    number: Mapped[int]
    retried: Mapped[bool] = mapped_column(server_default=text("false"))
    kind: Mapped[RunKind] = mapped_column(Word(RunKind))
    state: Mapped[RunState] = mapped_column(Word(RunState), server_default=RunState.RUNNING)
    job: Mapped[str | None] = mapped_column(Text)
    job_uid: Mapped[str | None] = mapped_column(Text)
    detail: Mapped[str | None] = mapped_column(Text)
    log: Mapped[str | None] = mapped_column(Text, deferred=True, deferred_raiseload=True)
    log_cut: Mapped[bool] = mapped_column(server_default=text("false"))
    begun_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    __table_args__ = (
        Index(
            "uq_hook_runs_key",
            "operation_id",
            "ring",
            "part",
            "name",
            text("coalesce(cluster, '')"),
            "number",
            unique=True,
        ),
        CheckConstraint("(state = 'running') = (ended_at IS NULL)", name="ended"),
        check_word("part", RunPart),
        check_word("kind", RunKind),
        check_word("state", RunState),
    )
