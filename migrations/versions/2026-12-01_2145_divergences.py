"""Drift and skew that lasted. The former release does not know the table."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "divergences",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("app_environment_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("api_version", sa.Text(), nullable=False),
        sa.Column("workload_kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("container", sa.Text(), nullable=False),
        sa.Column("init", sa.Boolean(), nullable=False),
        sa.Column("release", sa.Integer(), nullable=False),
        sa.Column("found", postgresql.JSONB(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("closed_at >= opened_at", name=op.f("ck_divergences_closed")),
        sa.ForeignKeyConstraint(
            ["app_environment_id"],
            ["app_environments.id"],
            name=op.f("fk_divergences_app_environment_id_app_environments"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_divergences")),
    )
    op.create_index(
        "uq_divergences_open",
        "divergences",
        ["app_environment_id", "kind", "workload_kind", "name", "container"],
        unique=True,
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_index("ix_divergences_app_environment_id", "divergences", ["app_environment_id", "id"])
    for event in ("INSERT", "UPDATE", "DELETE"):
        # Only a trigger of a single event may look at the rows: without any, nothing is told.
        looks = event == "DELETE"
        op.execute(f"""
            CREATE TRIGGER stagecoach_places_{event.lower()} AFTER {event} ON divergences
            {"REFERENCING OLD TABLE AS deleted" if looks else ""}
            FOR EACH STATEMENT EXECUTE FUNCTION
            {"tell_deleted_rows" if looks else "tell_changed_table"}('stagecoach_places')
        """)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table("divergences")
