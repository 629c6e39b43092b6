"""Operations and releases stay when their application or environment is deleted.

They hang on a row of their own then. The former release still deletes them where it deletes an application, and does
not see those that are kept.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_COLUMNS = (("operations", "former"), ("operations", "former_source"), ("releases", "former"))


def upgrade() -> None:
    # A migration that cannot get its lock soon fails instead of blocking the statements that queue behind it.
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "former_app_environments",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("application_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("application_name", sa.Text(), nullable=False),
        sa.Column("application_labels", postgresql.JSONB(), nullable=False),
        sa.Column("environment_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("environment_name", sa.Text(), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_former_app_environments")),
    )
    op.create_index("ix_former_app_environments_application_id", "former_app_environments", ["application_id"])
    op.create_index("ix_former_app_environments_environment_id", "former_app_environments", ["environment_id"])
    for table, prefix in _COLUMNS:
        column = f"{prefix}_app_environment_id"
        op.add_column(table, sa.Column(column, sa.Uuid(as_uuid=False), nullable=True))
        op.create_foreign_key(
            op.f(f"fk_{table}_{column}_former_app_environments"), table, "former_app_environments", [column], ["id"]
        )
        op.create_index(f"ix_{table}_{column}", table, [column])
    for table in ("operations", "releases"):
        op.alter_column(table, "app_environment_id", nullable=True)
        # Not valid at first would be quicker, but both tables are small: an operation is a row, not an event.
        op.create_check_constraint(
            op.f(f"ck_{table}_place"), table, "num_nonnulls(app_environment_id, former_app_environment_id) = 1"
        )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table in ("releases", "operations"):
        op.drop_constraint(op.f(f"ck_{table}_place"), table, type_="check")
        op.execute(f"DELETE FROM {table} WHERE app_environment_id IS NULL")  # noqa: S608 - the names are above
        op.alter_column(table, "app_environment_id", nullable=False)
    for table, prefix in reversed(_COLUMNS):
        op.drop_column(table, f"{prefix}_app_environment_id")
    op.drop_table("former_app_environments")
