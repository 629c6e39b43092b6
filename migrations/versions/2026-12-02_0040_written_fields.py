"""Fields that Stagecoach wrote, and which of them differ. The former release does not know the tables.

What it brings meanwhile records no fields: what differs from them then counts as drift of the fields of an earlier
release, until the next import or an acceptance.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

_TABLES = ("release_objects", "written_objects", "field_differences")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "release_objects",
        _id("id"),
        _id("app_environment_id"),
        sa.Column("release", sa.Integer(), nullable=False),
        *_object(),
        sa.Column("clusters", postgresql.JSONB(), nullable=False),
        sa.Column("fields", postgresql.JSONB(), nullable=False),
        _of_app_environment("release_objects"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_release_objects")),
    )
    op.create_index(
        "ix_release_objects_object", "release_objects", ["app_environment_id", "api_version", "kind", "name", "release"]
    )
    op.create_table(
        "written_objects",
        _id("app_environment_id"),
        sa.Column("cluster", sa.Text(), nullable=False),
        *_object(),
        sa.Column("fields", postgresql.JSONB(), nullable=False),
        _of_app_environment("written_objects"),
        sa.PrimaryKeyConstraint(
            "app_environment_id", "cluster", "api_version", "kind", "name", name=op.f("pk_written_objects")
        ),
    )
    op.create_table(
        "field_differences",
        _id("app_environment_id"),
        _id("cluster_id"),
        *_object(),
        sa.Column("fields", postgresql.JSONB(), nullable=False),
        _of_app_environment("field_differences"),
        sa.ForeignKeyConstraint(
            ["cluster_id"], ["clusters.id"], name=op.f("fk_field_differences_cluster_id_clusters"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint(
            "app_environment_id", "cluster_id", "api_version", "kind", "name", name=op.f("pk_field_differences")
        ),
    )
    op.create_index("ix_field_differences_cluster_id", "field_differences", ["cluster_id"])
    for event in ("INSERT", "UPDATE", "DELETE"):
        # Only a trigger of a single event may look at the rows: without any, nothing is told.
        looks = event == "DELETE"
        op.execute(f"""
            CREATE TRIGGER stagecoach_places_{event.lower()} AFTER {event} ON field_differences
            {"REFERENCING OLD TABLE AS deleted" if looks else ""}
            FOR EACH STATEMENT EXECUTE FUNCTION
            {"tell_deleted_rows" if looks else "tell_changed_table"}('stagecoach_places')
        """)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table in reversed(_TABLES):
        op.drop_table(table)


def _id(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Uuid(as_uuid=False), nullable=False)


def _object() -> tuple[sa.Column[str], ...]:
    return tuple(sa.Column(name, sa.Text(), nullable=False) for name in ("api_version", "kind", "name"))


def _of_app_environment(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["app_environment_id"],
        ["app_environments.id"],
        name=op.f(f"fk_{table}_app_environment_id_app_environments"),
        ondelete="CASCADE",
    )
