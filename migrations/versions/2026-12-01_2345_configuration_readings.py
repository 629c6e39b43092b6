"""Keys of ConfigMaps and Secrets as they were read last. The former release does not know the tables."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_TABLES = ("configuration_readings", "configuration_reads")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "configuration_readings",
        *_place(),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("keys", postgresql.JSONB(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        *_constraints("configuration_readings", "kind", "name"),
    )
    op.create_table(
        "configuration_reads",
        *_place(),
        sa.Column("release", sa.Integer(), nullable=False),
        sa.Column("unread", postgresql.JSONB(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        *_constraints("configuration_reads"),
    )
    for table in _TABLES:
        op.create_index(f"ix_{table}_cluster_id", table, ["cluster_id"])
        # That a reading has found nothing new changes `read_at` alone, and is not told.
        updates = "UPDATE" if table == "configuration_readings" else "UPDATE OF release, unread"
        for event in ("INSERT", updates, "DELETE"):
            # Only a trigger of a single event may look at the rows: without any, nothing is told.
            looks = event == "DELETE"
            op.execute(f"""
                CREATE TRIGGER stagecoach_places_{event.split()[0].lower()} AFTER {event} ON {table}
                {"REFERENCING OLD TABLE AS deleted" if looks else ""}
                FOR EACH STATEMENT EXECUTE FUNCTION
                {"tell_deleted_rows" if looks else "tell_changed_table"}('stagecoach_places')
            """)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table in _TABLES:
        op.drop_table(table)


def _place() -> tuple[sa.Column[str], ...]:
    return (
        sa.Column("app_environment_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("cluster_id", sa.Uuid(as_uuid=False), nullable=False),
    )


def _constraints(table: str, *key: str) -> tuple[sa.Constraint, ...]:
    return (
        sa.ForeignKeyConstraint(
            ["app_environment_id"],
            ["app_environments.id"],
            name=op.f(f"fk_{table}_app_environment_id_app_environments"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["cluster_id"], ["clusters.id"], name=op.f(f"fk_{table}_cluster_id_clusters"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("app_environment_id", "cluster_id", *key, name=op.f(f"pk_{table}")),
    )
