"""Operations: request, plan, the state of each cluster, and the timeline.

Columns of type JSON (not JSONB) hold text that clusters returned: JSONB refuses a NUL character, and PostgreSQL would
parse it at each write. The documents of `request`, `plan`, `before` and `expected` are domain.stored's.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, Text, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from db.base import Base, WithId, WithTimes, check_word
from db.types import ResourceText, Sealed, SealedText, Word
from domain.actors import ActorKind
from domain.resources import ResourceId
from domain.words import ClusterPhase, EventType, OnFailure, OperationKind, OperationState, Outcome, PauseDecision


class Operation(WithId, WithTimes, Base):
    __tablename__ = "operations"

    kind: Mapped[OperationKind] = mapped_column(Word(OperationKind))
    state: Mapped[OperationState] = mapped_column(Word(OperationState), server_default=OperationState.QUEUED)
    # One of the two: the latter from the deletion of the application or the environment on.
    app_environment_id: Mapped[str | None] = mapped_column(ForeignKey("app_environments.id", ondelete="CASCADE"))
    former_app_environment_id: Mapped[str | None] = mapped_column(ForeignKey("former_app_environments.id"), index=True)
    source_app_environment_id: Mapped[str | None] = mapped_column(
        ForeignKey("app_environments.id", ondelete="SET NULL")
    )
    former_source_app_environment_id: Mapped[str | None] = mapped_column(
        ForeignKey("former_app_environments.id"), index=True
    )
    actor: Mapped[str] = mapped_column(Text)  # its name
    actor_kind: Mapped[ActorKind | None] = mapped_column(Word(ActorKind))  # None: a former release queued it
    actor_id: Mapped[str | None] = mapped_column(Text)
    token_id: Mapped[str | None] = mapped_column(Uuid(as_uuid=False))  # no foreign key: history outlives tokens
    request: Mapped[dict[str, Any]] = mapped_column(JSON, deferred=True, deferred_raiseload=True)
    plan: Mapped[dict[str, Any]] = mapped_column(JSON, deferred=True, deferred_raiseload=True)
    plan_digest: Mapped[str] = mapped_column(Text)
    on_failure: Mapped[OnFailure] = mapped_column(Word(OnFailure))
    secret_names: Mapped[list[str]] = mapped_column(JSON)  # of the values typed in, which are in operation_secrets
    idempotency_key: Mapped[str | None] = mapped_column(Text)
    idempotency_fingerprint: Mapped[str | None] = mapped_column(Text)
    attempt: Mapped[int] = mapped_column(server_default="1")
    waves: Mapped[int]
    last_event: Mapped[int] = mapped_column(server_default="0")
    cancel_requested_at: Mapped[datetime | None]
    cancelled_by: Mapped[str | None] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)  # why it passed a gate, as its actor said
    pause: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))  # the gates, while it is paused
    pause_decision: Mapped[PauseDecision | None] = mapped_column(Word(PauseDecision))
    rings: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))  # None: waves, and nothing to prove
    downgrade: Mapped[bool] = mapped_column(server_default=text("false"))  # it brings an older image than what ran
    promotion_set_id: Mapped[str | None] = mapped_column(ForeignKey("promotion_sets.id"))  # whose member it is
    set_stage: Mapped[int | None]  # in which the set changes it, from 0
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    message: Mapped[str | None] = mapped_column(Text)

    clusters: Mapped[list["OperationCluster"]] = relationship(
        lazy="raise", viewonly=True, order_by="OperationCluster.position"
    )
    __table_args__ = (
        # One operation at a time in an app environment.
        Index(
            "uq_operations_active",
            "app_environment_id",
            unique=True,
            postgresql_where=text("state IN ('queued', 'running')"),
        ),
        Index(
            "uq_operations_idempotency",
            text("coalesce(actor_kind, '')"),
            text("coalesce(actor_id, actor)"),
            "idempotency_key",
            unique=True,
            postgresql_where=text("idempotency_key IS NOT NULL"),
        ),
        Index("ix_operations_app_environment_id_id", "app_environment_id", "id"),
        Index("ix_operations_source_app_environment_id", "source_app_environment_id"),
        Index(
            "ix_operations_promotion_set_id",
            "promotion_set_id",
            postgresql_where=text("promotion_set_id IS NOT NULL"),
        ),
        CheckConstraint("(idempotency_key IS NULL) = (idempotency_fingerprint IS NULL)", name="idempotency"),
        CheckConstraint("num_nonnulls(app_environment_id, former_app_environment_id) = 1", name="place"),
        CheckConstraint("(promotion_set_id IS NULL) = (set_stage IS NULL)", name="stage"),
        CheckConstraint("(ended_at IS NULL) = (state IN ('queued', 'running'))", name="ended"),
        check_word("actor_kind", ActorKind),
        check_word("kind", OperationKind),
        check_word("state", OperationState),
        check_word("on_failure", OnFailure),
        check_word("pause_decision", PauseDecision),
    )


class OperationCluster(Base):
    __tablename__ = "operation_clusters"

    operation_id: Mapped[str] = mapped_column(ForeignKey("operations.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    cluster_id: Mapped[str | None] = mapped_column(ForeignKey("clusters.id", ondelete="SET NULL"))
    cluster_name: Mapped[str] = mapped_column(Text)  # its name when the operation was queued
    wave: Mapped[int]
    phase: Mapped[ClusterPhase] = mapped_column(Word(ClusterPhase), server_default=ClusterPhase.WAITING)
    outcome: Mapped[Outcome | None] = mapped_column(Word(Outcome))
    code: Mapped[str | None] = mapped_column(Text)
    detail: Mapped[str | None] = mapped_column(Text)
    resource: Mapped[ResourceId | None] = mapped_column(ResourceText)
    before: Mapped[dict[str, Any] | None] = mapped_column(
        JSON(none_as_null=True)
    )  # what undoing needs, written before anything is changed
    expected: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON(none_as_null=True))  # the rollouts to watch
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    catch_up: Mapped[bool] = mapped_column(server_default=text("false"))  # its last attempt was on such clusters alone

    __table_args__ = (
        Index("ix_operation_clusters_cluster_id", "cluster_id"),
        Index("ix_operation_clusters_unreachable", "operation_id", postgresql_where=text("outcome = 'unreachable'")),
        CheckConstraint("(phase = 'ended') = (outcome IS NOT NULL)", name="ended"),
        check_word("phase", ClusterPhase),
        check_word("outcome", Outcome),
    )


class OperationEvent(Base):
    """`seq` counts from 1 without gaps, in the order of commits: a reader that has n can have all before n."""

    __tablename__ = "operation_events"

    operation_id: Mapped[str] = mapped_column(ForeignKey("operations.id", ondelete="CASCADE"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    type: Mapped[EventType] = mapped_column(Word(EventType))
    cluster_name: Mapped[str | None] = mapped_column(Text)
    resource: Mapped[ResourceId | None] = mapped_column(ResourceText)
    data: Mapped[dict[str, Any]] = mapped_column(JSON)

    __table_args__ = (check_word("type", EventType),)


class OperationSecrets(Base):
    """Values that a person typed in, encrypted; the row is deleted in the transaction that ends the operation."""

    __tablename__ = "operation_secrets"

    operation_id: Mapped[str] = mapped_column(ForeignKey("operations.id", ondelete="CASCADE"), primary_key=True)
    sealed: Mapped[Sealed] = mapped_column(SealedText)
