"""The first tables."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    # A migration that cannot get its lock soon fails instead of holding up everybody behind it.
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "applications",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_applications")),
    )
    op.create_index("uq_applications_lower_name", "applications", [sa.literal_column("lower(name)")], unique=True)
    op.create_table(
        "clusters",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("labels", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("server", sa.Text(), nullable=True),
        sa.Column("credential", sa.Text(), nullable=True),
        sa.Column("credential_version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("reachability", sa.String(32), server_default="unknown", nullable=False),
        sa.Column("server_version", sa.Text(), nullable=True),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "reachability IN ('unknown', 'reachable', 'unreachable', 'refused')", name=op.f("ck_clusters_reachability")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clusters")),
    )
    op.create_index("uq_clusters_lower_name", "clusters", [sa.literal_column("lower(name)")], unique=True)
    op.create_table(
        "environments",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("default_namespace", sa.Text(), nullable=True),
        sa.Column("deploy_mode", sa.String(32), server_default="manual", nullable=False),
        sa.Column("pin", sa.String(32), server_default="digest", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("deploy_mode IN ('manual', 'auto')", name=op.f("ck_environments_deploy_mode")),
        sa.CheckConstraint("pin IN ('digest', 'tag')", name=op.f("ck_environments_pin")),
        sa.CheckConstraint("rank > 0", name=op.f("ck_environments_rank")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_environments")),
        sa.UniqueConstraint("rank", deferrable=True, initially="DEFERRED", name=op.f("uq_environments_rank")),
    )
    op.create_index("uq_environments_lower_name", "environments", [sa.literal_column("lower(name)")], unique=True)
    op.create_table(
        "house_keys",
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("purpose", name=op.f("pk_house_keys")),
    )
    op.create_table(
        "tokens",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.String(32), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("role IN ('viewer', 'operator', 'admin')", name=op.f("ck_tokens_role")),
        sa.CheckConstraint("octet_length(hash) = 32", name=op.f("ck_tokens_hash")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tokens")),
        sa.UniqueConstraint("hash", name=op.f("uq_tokens_hash")),
    )
    op.create_index(
        "uq_tokens_lower_name",
        "tokens",
        [sa.literal_column("lower(name)")],
        unique=True,
        postgresql_where=sa.text("revoked_at IS NULL"),
    )
    op.create_table(
        "app_environments",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("application_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("environment_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("namespace", sa.Text(), nullable=True),
        sa.Column("deploy_mode", sa.String(32), nullable=False),
        sa.Column("pin", sa.String(32), nullable=False),
        sa.Column("image_policies", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("configured_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_release", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("deploy_mode IN ('manual', 'auto')", name=op.f("ck_app_environments_deploy_mode")),
        sa.CheckConstraint("pin IN ('digest', 'tag')", name=op.f("ck_app_environments_pin")),
        sa.CheckConstraint(
            "configured_at IS NULL OR namespace IS NOT NULL", name=op.f("ck_app_environments_configured")
        ),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["applications.id"],
            name=op.f("fk_app_environments_application_id_applications"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["environments.id"],
            name=op.f("fk_app_environments_environment_id_environments"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_app_environments")),
        sa.UniqueConstraint(
            "application_id", "environment_id", name=op.f("uq_app_environments_application_id_environment_id")
        ),
    )
    op.create_index("ix_app_environments_environment_id", "app_environments", ["environment_id"], unique=False)
    op.create_table(
        "environment_clusters",
        sa.Column("environment_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("cluster_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.CheckConstraint("position >= 0", name=op.f("ck_environment_clusters_position")),
        sa.ForeignKeyConstraint(
            ["cluster_id"],
            ["clusters.id"],
            name=op.f("fk_environment_clusters_cluster_id_clusters"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["environments.id"],
            name=op.f("fk_environment_clusters_environment_id_environments"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("environment_id", "cluster_id", name=op.f("pk_environment_clusters")),
        sa.UniqueConstraint("environment_id", "position", name=op.f("uq_environment_clusters_environment_id_position")),
    )
    op.create_index("ix_environment_clusters_cluster_id", "environment_clusters", ["cluster_id"], unique=False)
    op.create_table(
        "sign_ins",
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("token_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('code', 'session')", name=op.f("ck_sign_ins_kind")),
        sa.CheckConstraint("octet_length(hash) = 32", name=op.f("ck_sign_ins_hash")),
        sa.ForeignKeyConstraint(
            ["token_id"], ["tokens.id"], name=op.f("fk_sign_ins_token_id_tokens"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_sign_ins")),
    )
    op.create_index(op.f("ix_sign_ins_token_id"), "sign_ins", ["token_id"], unique=False)
    op.create_table(
        "app_environment_resources",
        sa.Column("app_environment_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("api_version", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["app_environment_id"],
            ["app_environments.id"],
            name=op.f("fk_app_environment_resources_app_environment_id_app_environments"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "app_environment_id", "api_version", "kind", "name", name=op.f("pk_app_environment_resources")
        ),
    )
    op.create_table(
        "operations",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("state", sa.String(32), server_default="queued", nullable=False),
        sa.Column("app_environment_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("source_app_environment_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("token_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("request", sa.JSON(), nullable=False),
        sa.Column("plan", sa.JSON(), nullable=False),
        sa.Column("plan_digest", sa.Text(), nullable=False),
        sa.Column("on_failure", sa.String(32), nullable=False),
        sa.Column("secret_names", sa.JSON(), nullable=False),
        sa.Column("idempotency_key", sa.Text(), nullable=True),
        sa.Column("idempotency_fingerprint", sa.Text(), nullable=True),
        sa.Column("attempt", sa.Integer(), server_default="1", nullable=False),
        sa.Column("waves", sa.Integer(), nullable=False),
        sa.Column("last_event", sa.Integer(), server_default="0", nullable=False),
        sa.Column("cancel_requested_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_by", sa.Text(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("(ended_at IS NULL) = (state IN ('queued', 'running'))", name=op.f("ck_operations_ended")),
        sa.CheckConstraint(
            "kind IN ('adopt', 'configure', 'import', 'promotion', 'deploy', 'rollback')",
            name=op.f("ck_operations_kind"),
        ),
        sa.CheckConstraint("on_failure IN ('stay', 'roll-back')", name=op.f("ck_operations_on_failure")),
        sa.CheckConstraint(
            "state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')", name=op.f("ck_operations_state")
        ),
        sa.CheckConstraint(
            "(idempotency_key IS NULL) = (idempotency_fingerprint IS NULL)", name=op.f("ck_operations_idempotency")
        ),
        sa.ForeignKeyConstraint(
            ["app_environment_id"],
            ["app_environments.id"],
            name=op.f("fk_operations_app_environment_id_app_environments"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["source_app_environment_id"],
            ["app_environments.id"],
            name=op.f("fk_operations_source_app_environment_id_app_environments"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operations")),
    )
    op.create_index("ix_operations_app_environment_id_id", "operations", ["app_environment_id", "id"], unique=False)
    op.create_index(
        "ix_operations_source_app_environment_id", "operations", ["source_app_environment_id"], unique=False
    )
    op.create_index(
        "uq_operations_active",
        "operations",
        ["app_environment_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('queued', 'running')"),
    )
    op.create_index(
        "uq_operations_idempotency",
        "operations",
        ["actor", "idempotency_key"],
        unique=True,
        postgresql_where=sa.text("idempotency_key IS NOT NULL"),
    )
    op.create_table(
        "operation_clusters",
        sa.Column("operation_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("cluster_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("cluster_name", sa.Text(), nullable=False),
        sa.Column("wave", sa.Integer(), nullable=False),
        sa.Column("phase", sa.String(32), server_default="waiting", nullable=False),
        sa.Column("outcome", sa.String(32), nullable=True),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.Column("resource", sa.Text(), nullable=True),
        sa.Column("before", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("expected", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(phase = 'ended') = (outcome IS NOT NULL)", name=op.f("ck_operation_clusters_ended")),
        sa.CheckConstraint(
            "outcome IN ('succeeded', 'unchanged', 'failed', 'rolled-back', 'skipped', 'unreachable')",
            name=op.f("ck_operation_clusters_outcome"),
        ),
        sa.CheckConstraint(
            "phase IN ('waiting', 'acting', 'watching', 'undoing', 'ended')", name=op.f("ck_operation_clusters_phase")
        ),
        sa.ForeignKeyConstraint(
            ["cluster_id"], ["clusters.id"], name=op.f("fk_operation_clusters_cluster_id_clusters"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["operation_id"],
            ["operations.id"],
            name=op.f("fk_operation_clusters_operation_id_operations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("operation_id", "position", name=op.f("pk_operation_clusters")),
    )
    op.create_index("ix_operation_clusters_cluster_id", "operation_clusters", ["cluster_id"], unique=False)
    op.create_table(
        "operation_events",
        sa.Column("operation_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("type", sa.String(32), nullable=False),
        sa.Column("cluster_name", sa.Text(), nullable=True),
        sa.Column("resource", sa.Text(), nullable=True),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.CheckConstraint(
            "type IN ('operation.queued', 'operation.started', 'operation.cancel-requested', 'operation.retried', 'operation.resumed', 'operation.ended', 'cluster.started', 'cluster.ended', 'resource.applied', 'images.changed', 'rollout.progressed', 'rollback.started')",
            name=op.f("ck_operation_events_type"),
        ),
        sa.ForeignKeyConstraint(
            ["operation_id"],
            ["operations.id"],
            name=op.f("fk_operation_events_operation_id_operations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("operation_id", "seq", name=op.f("pk_operation_events")),
    )
    op.create_table(
        "operation_secrets",
        sa.Column("operation_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["operation_id"],
            ["operations.id"],
            name=op.f("fk_operation_secrets_operation_id_operations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("operation_id", name=op.f("pk_operation_secrets")),
    )
    op.create_table(
        "releases",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("app_environment_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("operation_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("images", sa.JSON(), nullable=False),
        sa.Column("clusters", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "kind IN ('adopt', 'configure', 'import', 'promotion', 'deploy', 'rollback')", name=op.f("ck_releases_kind")
        ),
        sa.ForeignKeyConstraint(
            ["app_environment_id"],
            ["app_environments.id"],
            name=op.f("fk_releases_app_environment_id_app_environments"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["operation_id"], ["operations.id"], name=op.f("fk_releases_operation_id_operations"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_releases")),
        sa.UniqueConstraint("app_environment_id", "number", name=op.f("uq_releases_app_environment_id_number")),
    )
    op.create_index("ix_releases_operation_id", "releases", ["operation_id"], unique=False)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index("ix_releases_operation_id", table_name="releases")
    op.drop_table("releases")
    op.drop_table("operation_secrets")
    op.drop_table("operation_events")
    op.drop_index("ix_operation_clusters_cluster_id", table_name="operation_clusters")
    op.drop_table("operation_clusters")
    op.drop_index(
        "uq_operations_idempotency", table_name="operations", postgresql_where=sa.text("idempotency_key IS NOT NULL")
    )
    op.drop_index(
        "uq_operations_active", table_name="operations", postgresql_where=sa.text("state IN ('queued', 'running')")
    )
    op.drop_index("ix_operations_source_app_environment_id", table_name="operations")
    op.drop_index("ix_operations_app_environment_id_id", table_name="operations")
    op.drop_table("operations")
    op.drop_table("app_environment_resources")
    op.drop_index(op.f("ix_sign_ins_token_id"), table_name="sign_ins")
    op.drop_table("sign_ins")
    op.drop_index("ix_environment_clusters_cluster_id", table_name="environment_clusters")
    op.drop_table("environment_clusters")
    op.drop_index("ix_app_environments_environment_id", table_name="app_environments")
    op.drop_table("app_environments")
    op.drop_index("uq_tokens_lower_name", table_name="tokens", postgresql_where=sa.text("revoked_at IS NULL"))
    op.drop_table("tokens")
    op.drop_table("house_keys")
    op.drop_index("uq_environments_lower_name", table_name="environments")
    op.drop_table("environments")
    op.drop_index("uq_clusters_lower_name", table_name="clusters")
    op.drop_table("clusters")
    op.drop_index("uq_applications_lower_name", table_name="applications")
    op.drop_table("applications")
