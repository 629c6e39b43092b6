"""Approval policies, proposals and votes.

Only tables are added. A process of the former release does not ask for approvals: end it before you rely on a policy.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_ACTORS = "'person', 'service-account', 'ci-job', 'token', 'automation', 'system'"
_KINDS = "'adopt', 'configure', 'import', 'promotion', 'deploy', 'rollback'"
_STATES = "'waiting', 'approved', 'rejected', 'void', 'expired', 'withdrawn', 'replaced'"
_NOW = sa.text("now()")
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "approval_policies",
        sa.Column("environment_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("needed", sa.Integer(), nullable=False),
        sa.Column("groups", ARRAY(sa.Text()), nullable=False),
        sa.Column("kinds", ARRAY(sa.Text()), nullable=False),
        sa.Column("expires_after_seconds", sa.Integer(), nullable=False),
        sa.CheckConstraint("needed BETWEEN 1 AND 20", name=op.f("ck_approval_policies_needed")),
        sa.CheckConstraint("expires_after_seconds > 0", name=op.f("ck_approval_policies_expires_after_seconds")),
        sa.CheckConstraint("kinds <> '{}'", name=op.f("ck_approval_policies_kinds")),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["environments.id"],
            name=op.f("fk_approval_policies_environment_id_environments"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("environment_id", name=op.f("pk_approval_policies")),
    )
    _create_proposals()
    op.create_table(
        "proposal_votes",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("proposal_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("person_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("person_name", sa.Text(), nullable=False),
        sa.Column("choice", sa.String(32), nullable=False),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("created_at", _MOMENT, server_default=_NOW, nullable=False),
        sa.CheckConstraint("choice IN ('approve', 'reject')", name=op.f("ck_proposal_votes_choice")),
        sa.ForeignKeyConstraint(
            ["proposal_id"], ["proposals.id"], name=op.f("fk_proposal_votes_proposal_id_proposals"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposal_votes")),
        sa.UniqueConstraint("proposal_id", "person_id", name=op.f("uq_proposal_votes_proposal_id_person_id")),
    )


def _create_proposals() -> None:
    op.create_table(
        "proposals",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("app_environment_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("request", sa.JSON(), nullable=False),
        sa.Column("plan", sa.JSON(), nullable=False),
        sa.Column("plan_digest", sa.Text(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("requested_by_kind", sa.String(32), nullable=False),
        sa.Column("requested_by_id", sa.Text(), nullable=False),
        sa.Column("requested_by_name", sa.Text(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("operation_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("image_pushes", ARRAY(sa.BigInteger()), server_default="{}", nullable=False),
        sa.Column("created_at", _MOMENT, server_default=_NOW, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.Column("ended_at", _MOMENT, nullable=True),
        sa.CheckConstraint("state = 'waiting' OR sealed IS NULL", name=op.f("ck_proposals_sealed")),
        sa.CheckConstraint(
            "(state = 'approved') = (operation_id IS NOT NULL)", name=op.f("ck_proposals_operation_id")
        ),
        sa.CheckConstraint(f"kind IN ({_KINDS})", name=op.f("ck_proposals_kind")),
        sa.CheckConstraint(f"requested_by_kind IN ({_ACTORS})", name=op.f("ck_proposals_requested_by_kind")),
        sa.CheckConstraint(f"state IN ({_STATES})", name=op.f("ck_proposals_state")),
        sa.ForeignKeyConstraint(
            ["app_environment_id"],
            ["app_environments.id"],
            name=op.f("fk_proposals_app_environment_id_app_environments"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposals")),
    )
    op.create_index("ix_proposals_app_environment_id", "proposals", ["app_environment_id"])
    op.create_index("ix_proposals_waiting", "proposals", ["expires_at"], postgresql_where=sa.text("state = 'waiting'"))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table in ("proposal_votes", "proposals", "approval_policies"):
        op.drop_table(table)
