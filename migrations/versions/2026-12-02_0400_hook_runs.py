"""Runs of hooks and checks, and the entries of timelines about them. The former release does not know the table.

It starts no hook and no check: operations that have some are begun by this release, and a process of the former one
that takes such an operation over goes on without them. Its own operations have none.
"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_FALSE = sa.text("false")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "hook_runs",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("operation_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("ring", sa.Integer(), nullable=False),
        sa.Column("part", sa.String(32), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("cluster", sa.Text(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("retried", sa.Boolean(), server_default=_FALSE, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("state", sa.String(32), server_default="running", nullable=False),
        sa.Column("job", sa.Text(), nullable=True),
        sa.Column("job_uid", sa.Text(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.Column("log", sa.Text(), nullable=True),
        sa.Column("log_cut", sa.Boolean(), server_default=_FALSE, nullable=False),
        sa.Column("begun_at", _MOMENT, nullable=False),
        sa.Column("ended_at", _MOMENT, nullable=True),
        sa.CheckConstraint("(state = 'running') = (ended_at IS NULL)", name=op.f("ck_hook_runs_ended")),
        sa.CheckConstraint("part IN ('before', 'check', 'after')", name=op.f("ck_hook_runs_part")),
        sa.CheckConstraint("kind IN ('job', 'http', 'prometheus')", name=op.f("ck_hook_runs_kind")),
        sa.CheckConstraint(
            "state IN ('running', 'passed', 'failed', 'cancelled', 'lost')", name=op.f("ck_hook_runs_state")
        ),
        sa.ForeignKeyConstraint(
            ["operation_id"], ["operations.id"], name=op.f("fk_hook_runs_operation_id_operations"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hook_runs")),
    )
    op.create_index(
        "uq_hook_runs_key",
        "hook_runs",
        ["operation_id", "ring", "part", "name", sa.text("coalesce(cluster, '')"), "number"],
        unique=True,
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table("hook_runs")
