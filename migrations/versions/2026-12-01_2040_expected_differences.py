"""Fields that are expected to differ between two environments. The former release does not know the table."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_ACTORS = "'person', 'service-account', 'ci-job', 'token', 'automation', 'system'"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "expected_differences",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("application_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("first_environment_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("second_environment_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("api_group", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("by_kind", sa.String(32), nullable=False),
        sa.Column("by_id", sa.Text(), nullable=False),
        sa.Column("by_name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "first_environment_id <= second_environment_id", name=op.f("ck_expected_differences_pair")
        ),
        sa.CheckConstraint(f"by_kind IN ({_ACTORS})", name=op.f("ck_expected_differences_by_kind")),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["applications.id"],
            name=op.f("fk_expected_differences_application_id_applications"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["first_environment_id"],
            ["environments.id"],
            name=op.f("fk_expected_differences_first_environment_id_environments"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["second_environment_id"],
            ["environments.id"],
            name=op.f("fk_expected_differences_second_environment_id_environments"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_expected_differences")),
        sa.UniqueConstraint(
            "application_id",
            "first_environment_id",
            "second_environment_id",
            "api_group",
            "kind",
            "name",
            "path",
            name="uq_expected_differences_field",
        ),
    )
    for column in ("first_environment_id", "second_environment_id"):
        op.create_index(op.f(f"ix_expected_differences_{column}"), "expected_differences", [column])


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table("expected_differences")
