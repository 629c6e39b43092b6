"""What environments ask for before something is changed there, and the proposals on which people vote."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, Uuid, func
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, WithId, check_word
from db.types import Sealed, SealedText, Word
from domain.actors import ActorKind
from domain.approvals import ProposalState, VoteChoice
from domain.words import OperationKind, SetOrder


class ApprovalPolicy(Base):
    """Changes of these kinds in the environment take this many approvals, one of each group among them."""

    __tablename__ = "approval_policies"

    environment_id: Mapped[str] = mapped_column(ForeignKey("environments.id", ondelete="CASCADE"), primary_key=True)
    needed: Mapped[int]
    groups: Mapped[list[str]] = mapped_column(ARRAY(Text))
    kinds: Mapped[list[str]] = mapped_column(ARRAY(Text))
    expires_after_seconds: Mapped[int]

    __table_args__ = (
        CheckConstraint("needed BETWEEN 1 AND 20", name="needed"),
        CheckConstraint("expires_after_seconds > 0", name="expires_after_seconds"),
        CheckConstraint("kinds <> '{}'", name="kinds"),
    )


class Proposal(WithId, Base):
    """A request that waits for votes, as an operation would store it; `sealed` are values that a person typed in.

    It is of one app environment, or of a promotion set, which has members. The voters may be deleted since.
    """

    __tablename__ = "proposals"

    app_environment_id: Mapped[str | None] = mapped_column(ForeignKey("app_environments.id", ondelete="CASCADE"))
    set_order: Mapped[SetOrder | None] = mapped_column(Word(SetOrder))  # of a promotion set
    group_name: Mapped[str | None] = mapped_column(Text)
    kind: Mapped[OperationKind] = mapped_column(Word(OperationKind))
    request: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    plan: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    plan_digest: Mapped[str] = mapped_column(Text)
    sealed: Mapped[Sealed | None] = mapped_column(SealedText)
    comment: Mapped[str | None] = mapped_column(Text)
    requested_by_kind: Mapped[ActorKind] = mapped_column(Word(ActorKind))
    requested_by_id: Mapped[str] = mapped_column(Text)
    requested_by_name: Mapped[str] = mapped_column(Text)
    state: Mapped[ProposalState] = mapped_column(Word(ProposalState))
    reason: Mapped[str | None] = mapped_column(Text)
    operation_id: Mapped[str | None] = mapped_column(Uuid(as_uuid=False))
    promotion_set_id: Mapped[str | None] = mapped_column(Uuid(as_uuid=False))
    image_pushes: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), server_default="{}")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    __table_args__ = (
        Index("ix_proposals_app_environment_id", "app_environment_id"),
        Index("ix_proposals_waiting", "expires_at", postgresql_where="state = 'waiting'"),
        Index(
            "uq_proposals_automation",
            "app_environment_id",
            unique=True,
            postgresql_where="state = 'waiting' AND requested_by_kind = 'automation'",
        ),
        # Values that were typed in are erased as it ends.
        CheckConstraint("state = 'waiting' OR sealed IS NULL", name="sealed"),
        CheckConstraint("(state = 'approved') = (num_nonnulls(operation_id, promotion_set_id) = 1)", name="started"),
        CheckConstraint("num_nulls(app_environment_id, request, plan) IN (0, 3)", name="whole"),
        CheckConstraint("(app_environment_id IS NULL) = (set_order IS NOT NULL)", name="place"),
        check_word("kind", OperationKind),
        check_word("requested_by_kind", ActorKind),
        check_word("state", ProposalState),
        check_word("set_order", SetOrder),
    )


class ProposalMember(Base):
    """One application of a proposed promotion set, with its part of the request and of the plan."""

    __tablename__ = "proposal_members"

    proposal_id: Mapped[str] = mapped_column(ForeignKey("proposals.id", ondelete="CASCADE"), primary_key=True)
    app_environment_id: Mapped[str] = mapped_column(
        ForeignKey("app_environments.id", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int]
    request: Mapped[dict[str, Any]] = mapped_column(JSON)
    plan: Mapped[dict[str, Any]] = mapped_column(JSON)
    plan_digest: Mapped[str] = mapped_column(Text)

    __table_args__ = (Index("ix_proposal_members_app_environment_id", "app_environment_id"),)


class ProposalVote(WithId, Base):
    """One person's vote on a proposal."""

    __tablename__ = "proposal_votes"

    proposal_id: Mapped[str] = mapped_column(ForeignKey("proposals.id", ondelete="CASCADE"))
    person_id: Mapped[str] = mapped_column(Uuid(as_uuid=False))
    person_name: Mapped[str] = mapped_column(Text)
    choice: Mapped[VoteChoice] = mapped_column(Word(VoteChoice))
    comment: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        UniqueConstraint("proposal_id", "person_id"),
        check_word("choice", VoteChoice),
    )
