"""Clusters catch up with operations that did not reach them: a setting of environments, and which attempts these were.

A process of the former release judges such an attempt by all clusters of the operation, and does not know the setting.
"""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("environments", sa.Column("catch_up", sa.Boolean(), server_default=sa.text("true"), nullable=False))
    op.add_column(
        "operation_clusters", sa.Column("catch_up", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.create_index(
        "ix_operation_clusters_unreachable",
        "operation_clusters",
        ["operation_id"],
        postgresql_where=sa.text("outcome = 'unreachable'"),
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index("ix_operation_clusters_unreachable", table_name="operation_clusters")
    op.drop_column("operation_clusters", "catch_up")
    op.drop_column("environments", "catch_up")
