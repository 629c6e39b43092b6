"""The configuration that releases hold, and whether an environment's releases keep the values of Secrets.

The former release does not know the tables: its releases hold images alone, as all of them did.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column(
        "environments",
        sa.Column("releases_keep_secrets", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.create_table(
        "held_objects",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("app_environment_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("prints", postgresql.JSONB(), nullable=False),
        sa.Column("print", sa.Text(), nullable=False),
        sa.Column("held", sa.String(32), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=True),
        sa.CheckConstraint("held IN ('values', 'fingerprints', 'too-large')", name=op.f("ck_held_objects_held")),
        _of_app_environment("held_objects"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_held_objects")),
    )
    op.create_index(
        "uq_held_objects_state",
        "held_objects",
        ["app_environment_id", "kind", "name", "print", "held"],
        unique=True,
    )
    op.create_table(
        "release_configurations",
        sa.Column("app_environment_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("release", sa.Integer(), nullable=False),
        sa.Column("cluster", sa.Text(), nullable=False),
        sa.Column("objects", postgresql.ARRAY(sa.Uuid(as_uuid=False)), nullable=False),
        sa.Column("unread", postgresql.ARRAY(sa.Text()), nullable=False),
        _of_app_environment("release_configurations"),
        sa.PrimaryKeyConstraint(
            "app_environment_id", "release", "cluster", name=op.f("pk_release_configurations")
        ),
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table("release_configurations")
    op.drop_table("held_objects")
    op.drop_column("environments", "releases_keep_secrets")


def _of_app_environment(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["app_environment_id"],
        ["app_environments.id"],
        name=op.f(f"fk_{table}_app_environment_id_app_environments"),
        ondelete="CASCADE",
    )
