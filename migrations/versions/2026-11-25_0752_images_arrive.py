"""Receivers and what comes to them, pushed images and what becomes of them, registries that are asked."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # A migration that cannot get its lock soon fails instead of holding up everybody behind it.
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "polls",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("repository", sa.Text(), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("seconds >= 10", name=op.f("ck_polls_seconds")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_polls")),
        sa.UniqueConstraint("repository", name=op.f("uq_polls_repository")),
    )
    op.create_index("ix_polls_next_at", "polls", ["next_at"], unique=False)
    op.create_table(
        "registries",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("plain_http", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("username", sa.Text(), nullable=True),
        sa.Column("secret", sa.Text(), nullable=True),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("(kind = 'anonymous') = (secret IS NULL)", name=op.f("ck_registries_secret")),
        sa.CheckConstraint("(kind = 'basic') = (username IS NOT NULL)", name=op.f("ck_registries_username")),
        sa.CheckConstraint("kind IN ('anonymous', 'basic', 'bearer')", name=op.f("ck_registries_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registries")),
        sa.UniqueConstraint("host", name=op.f("uq_registries_host")),
    )
    op.create_table(
        "receivers",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("provider", sa.String(32), nullable=False),
        sa.Column("application_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("settings", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("former_secret", sa.Text(), nullable=True),
        sa.Column("former_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "provider IN ('docker-hub', 'ghcr', 'quay', 'harbor', 'acr', 'ecr', 'ecr-sns', 'google', 'gitlab', 'distribution', 'artifactory', 'nexus', 'gitea', 'cloudevents', 'ci')",
            name=op.f("ck_receivers_provider"),
        ),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["applications.id"],
            name=op.f("fk_receivers_application_id_applications"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receivers")),
    )
    op.create_index("ix_receivers_application_id", "receivers", ["application_id"], unique=False)
    op.create_index("uq_receivers_lower_name", "receivers", [sa.literal_column("lower(name)")], unique=True)
    op.create_table(
        "app_environment_images",
        sa.Column("app_environment_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("api_version", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("container", sa.Text(), nullable=False),
        sa.Column("init", sa.Boolean(), nullable=False),
        sa.Column("repository", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["app_environment_id"],
            ["app_environments.id"],
            name=op.f("fk_app_environment_images_app_environment_id_app_environments"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "app_environment_id", "api_version", "kind", "name", "container", name=op.f("pk_app_environment_images")
        ),
    )
    op.create_index("ix_app_environment_images_repository", "app_environment_images", ["repository"], unique=False)
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("receiver_id", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("provider_key", sa.Text(), nullable=True),
        sa.Column("fate", sa.String(32), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("events", sa.JSON(), nullable=False),
        sa.Column("headers", sa.JSON(), nullable=False),
        sa.Column("body", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "fate IN ('accepted', 'ignored', 'repeated', 'unmatched', 'confirmed', 'unreadable', 'rejected')",
            name=op.f("ck_deliveries_fate"),
        ),
        sa.ForeignKeyConstraint(
            ["receiver_id"], ["receivers.id"], name=op.f("fk_deliveries_receiver_id_receivers"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
    )
    op.create_index("ix_deliveries_received_at", "deliveries", ["received_at"], unique=False)
    op.create_index("ix_deliveries_receiver_id_id", "deliveries", ["receiver_id", "id"], unique=False)
    op.create_index(
        "uq_deliveries_provider_key",
        "deliveries",
        ["receiver_id", "provider_key"],
        unique=True,
        postgresql_where=sa.text("provider_key IS NOT NULL"),
    )
    op.create_table(
        "arrivals",
        sa.Column("push", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("repository", sa.Text(), nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=True),
        sa.Column("media_type", sa.Text(), nullable=True),
        sa.Column("platforms", sa.JSON(), nullable=False),
        sa.Column("built_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("origin", sa.String(32), nullable=False),
        sa.Column("application_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("delivery_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("state", sa.String(32), server_default="waiting", nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("arrived_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("origin IN ('webhook', 'poll', 'baseline')", name=op.f("ck_arrivals_origin")),
        sa.CheckConstraint("state IN ('waiting', 'ready', 'decided', 'void')", name=op.f("ck_arrivals_state")),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["applications.id"],
            name=op.f("fk_arrivals_application_id_applications"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["deliveries.id"], name=op.f("fk_arrivals_delivery_id_deliveries"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("push", name=op.f("pk_arrivals")),
    )
    op.create_index("ix_arrivals_application_id", "arrivals", ["application_id"], unique=False)
    op.create_index("ix_arrivals_delivery_id", "arrivals", ["delivery_id"], unique=False)
    op.create_index(
        "ix_arrivals_open",
        "arrivals",
        ["state", "push"],
        unique=False,
        postgresql_where=sa.text("state IN ('waiting', 'ready')"),
    )
    op.create_index("ix_arrivals_repository_tag_push", "arrivals", ["repository", "tag", "push"], unique=False)
    op.create_table(
        "arrival_verdicts",
        sa.Column("push", sa.BigInteger(), nullable=False),
        sa.Column("app_environment_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("verdict", sa.String(32), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("containers", sa.JSON(), nullable=False),
        sa.Column("by_push", sa.BigInteger(), nullable=True),
        sa.Column("operation_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "verdict IN ('refused', 'offered', 'wanted', 'blocked', 'deploying', 'unchanged', 'superseded')",
            name=op.f("ck_arrival_verdicts_verdict"),
        ),
        sa.ForeignKeyConstraint(
            ["app_environment_id"],
            ["app_environments.id"],
            name=op.f("fk_arrival_verdicts_app_environment_id_app_environments"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["operation_id"],
            ["operations.id"],
            name=op.f("fk_arrival_verdicts_operation_id_operations"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["push"], ["arrivals.push"], name=op.f("fk_arrival_verdicts_push_arrivals"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("push", "app_environment_id", name=op.f("pk_arrival_verdicts")),
    )
    op.create_index(
        "ix_arrival_verdicts_app_environment_id_push", "arrival_verdicts", ["app_environment_id", "push"], unique=False
    )
    op.create_index("ix_arrival_verdicts_operation_id", "arrival_verdicts", ["operation_id"], unique=False)
    op.create_index(
        "ix_arrival_verdicts_wanted",
        "arrival_verdicts",
        ["app_environment_id", "push"],
        unique=False,
        postgresql_where=sa.text("verdict = 'wanted'"),
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index(
        "ix_arrival_verdicts_wanted", table_name="arrival_verdicts", postgresql_where=sa.text("verdict = 'wanted'")
    )
    op.drop_index("ix_arrival_verdicts_operation_id", table_name="arrival_verdicts")
    op.drop_index("ix_arrival_verdicts_app_environment_id_push", table_name="arrival_verdicts")
    op.drop_table("arrival_verdicts")
    op.drop_index("ix_arrivals_repository_tag_push", table_name="arrivals")
    op.drop_index("ix_arrivals_open", table_name="arrivals", postgresql_where=sa.text("state IN ('waiting', 'ready')"))
    op.drop_index("ix_arrivals_delivery_id", table_name="arrivals")
    op.drop_index("ix_arrivals_application_id", table_name="arrivals")
    op.drop_table("arrivals")
    op.drop_index(
        "uq_deliveries_provider_key", table_name="deliveries", postgresql_where=sa.text("provider_key IS NOT NULL")
    )
    op.drop_index("ix_deliveries_receiver_id_id", table_name="deliveries")
    op.drop_index("ix_deliveries_received_at", table_name="deliveries")
    op.drop_table("deliveries")
    op.drop_index("ix_app_environment_images_repository", table_name="app_environment_images")
    op.drop_table("app_environment_images")
    op.drop_index("uq_receivers_lower_name", table_name="receivers")
    op.drop_index("ix_receivers_application_id", table_name="receivers")
    op.drop_table("receivers")
    op.drop_table("registries")
    op.drop_index("ix_polls_next_at", table_name="polls")
    op.drop_table("polls")
