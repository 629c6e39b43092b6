"""Promotion sets, and named groups of applications.

A process of the former release takes a member of a set for an operation of its own, and cannot read its request: it
says so, and a process of this release goes on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_NOW = sa.text("now()")
_ID = sa.Uuid(as_uuid=False)
_KINDS = "'adopt', 'configure', 'import', 'promotion', 'deploy', 'rollback', 'restart'"
_STATES = "'queued', 'running', 'succeeded', 'failed', 'cancelled'"
_ACTORS = "'person', 'service-account', 'ci-job', 'token', 'automation', 'system'"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    _create_sets()
    _create_groups()
    op.add_column("operations", sa.Column("promotion_set_id", _ID, nullable=True))
    op.add_column("operations", sa.Column("set_stage", sa.Integer(), nullable=True))
    op.create_foreign_key(
        op.f("fk_operations_promotion_set_id_promotion_sets"),
        "operations",
        "promotion_sets",
        ["promotion_set_id"],
        ["id"],
    )
    op.create_check_constraint(
        op.f("ck_operations_stage"), "operations", "(promotion_set_id IS NULL) = (set_stage IS NULL)"
    )
    op.create_index(
        "ix_operations_promotion_set_id",
        "operations",
        ["promotion_set_id"],
        postgresql_where=sa.text("promotion_set_id IS NOT NULL"),
    )


def _create_sets() -> None:
    op.create_table(
        "promotion_sets",
        sa.Column("id", _ID, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("state", sa.String(32), server_default="queued", nullable=False),
        sa.Column("source_environment", sa.Text(), nullable=True),
        sa.Column("environment", sa.Text(), nullable=False),
        sa.Column("group_name", sa.Text(), nullable=True),
        sa.Column("set_order", sa.String(32), nullable=False),
        sa.Column("takes_back_id", _ID, nullable=True),
        sa.Column("plan_digest", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("actor_kind", sa.String(32), nullable=False),
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.Column("token_id", _ID, nullable=True),
        sa.Column("idempotency_key", sa.Text(), nullable=True),
        sa.Column("idempotency_fingerprint", sa.Text(), nullable=True),
        sa.Column("attempt", sa.Integer(), server_default="1", nullable=False),
        sa.Column("started_at", _MOMENT, nullable=True),
        sa.Column("ended_at", _MOMENT, nullable=True),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("created_at", _MOMENT, server_default=_NOW, nullable=False),
        sa.Column("updated_at", _MOMENT, server_default=_NOW, nullable=False),
        sa.CheckConstraint(
            "(idempotency_key IS NULL) = (idempotency_fingerprint IS NULL)", name=op.f("ck_promotion_sets_idempotency")
        ),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (state IN ('queued', 'running'))", name=op.f("ck_promotion_sets_ended")
        ),
        sa.CheckConstraint(f"kind IN ({_KINDS})", name=op.f("ck_promotion_sets_kind")),
        sa.CheckConstraint(f"state IN ({_STATES})", name=op.f("ck_promotion_sets_state")),
        sa.CheckConstraint("set_order IN ('all-at-once', 'one-by-one')", name=op.f("ck_promotion_sets_set_order")),
        sa.CheckConstraint(f"actor_kind IN ({_ACTORS})", name=op.f("ck_promotion_sets_actor_kind")),
        sa.ForeignKeyConstraint(
            ["takes_back_id"], ["promotion_sets.id"], name=op.f("fk_promotion_sets_takes_back_id_promotion_sets")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promotion_sets")),
    )
    op.create_index(
        "uq_promotion_sets_idempotency",
        "promotion_sets",
        ["actor_kind", "actor_id", "idempotency_key"],
        unique=True,
        postgresql_where=sa.text("idempotency_key IS NOT NULL"),
    )
    op.create_index(
        "ix_promotion_sets_unfinished",
        "promotion_sets",
        ["id"],
        postgresql_where=sa.text("state IN ('queued', 'running')"),
    )
    op.create_index("ix_promotion_sets_takes_back_id", "promotion_sets", ["takes_back_id"])


def _create_groups() -> None:
    op.create_table(
        "application_groups",
        sa.Column("id", _ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", _MOMENT, server_default=_NOW, nullable=False),
        sa.Column("updated_at", _MOMENT, server_default=_NOW, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application_groups")),
    )
    op.create_index("uq_application_groups_name", "application_groups", [sa.text("lower(name)")], unique=True)
    op.create_table(
        "application_group_members",
        sa.Column("group_id", _ID, nullable=False),
        sa.Column("application_id", _ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["application_groups.id"],
            name=op.f("fk_application_group_members_group_id_application_groups"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["applications.id"],
            name=op.f("fk_application_group_members_application_id_applications"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("group_id", "application_id", name=op.f("pk_application_group_members")),
    )
    op.create_index(
        "ix_application_group_members_application_id", "application_group_members", ["application_id"]
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index("ix_operations_promotion_set_id", table_name="operations")
    op.drop_constraint(op.f("ck_operations_stage"), "operations", type_="check")
    op.drop_constraint(op.f("fk_operations_promotion_set_id_promotion_sets"), "operations", type_="foreignkey")
    op.drop_column("operations", "set_stage")
    op.drop_column("operations", "promotion_set_id")
    op.drop_table("application_group_members")
    op.drop_table("application_groups")
    op.drop_table("promotion_sets")
