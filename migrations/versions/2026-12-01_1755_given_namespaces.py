"""Environments list the namespaces that applications may use, and the dangers that are allowed for good.

What is used already is given: every default namespace to all applications, and the namespace of every app environment,
and of every operation under way, to its application. A former process gives nothing; what it configures in the meantime an
administrator has to give.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("environments", sa.Column("allowed_dangers", ARRAY(sa.Text()), server_default="{}", nullable=False))
    op.create_table(
        "environment_namespaces",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("environment_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("pattern", sa.Text(), nullable=False),
        sa.Column("applications", ARRAY(sa.Uuid(as_uuid=False)), nullable=True),
        sa.Column("given_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("cardinality(applications) > 0", name=op.f("ck_environment_namespaces_applications")),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["environments.id"],
            name=op.f("fk_environment_namespaces_environment_id_environments"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_environment_namespaces")),
        sa.UniqueConstraint(
            "environment_id", "pattern", name=op.f("uq_environment_namespaces_environment_id_pattern")
        ),
    )
    op.execute("""
        INSERT INTO environment_namespaces (id, environment_id, pattern, applications, given_by)
        SELECT gen_random_uuid(), id, default_namespace, NULL, 'upgrade'
        FROM environments WHERE default_namespace IS NOT NULL
    """)
    op.execute("""
        INSERT INTO environment_namespaces (id, environment_id, pattern, applications, given_by)
        SELECT gen_random_uuid(), used.environment_id, used.namespace, array_agg(DISTINCT used.application_id), 'upgrade'
        FROM (
            SELECT environment_id, application_id, namespace FROM app_environments WHERE namespace IS NOT NULL
            UNION
            SELECT app.environment_id, app.application_id, operations.plan->>'namespace'
            FROM operations JOIN app_environments app ON app.id = operations.app_environment_id
            WHERE operations.state IN ('queued', 'running')
        ) used
        WHERE used.namespace IS NOT NULL
        GROUP BY used.environment_id, used.namespace
        ON CONFLICT (environment_id, pattern) DO NOTHING
    """)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table("environment_namespaces")
    op.drop_column("environments", "allowed_dangers")
