"""People, service accounts and bindings; rows name actors by kind and id; applications get labels.

Tokens of former releases act as themselves with their role everywhere, as before; the role `operator` is now called
`maintainer` and is still stored in its former spelling. A process of the former release works on these tables.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_ACTORS = "'person', 'service-account', 'ci-job', 'token', 'automation', 'system'"
_SUBJECTS = "'person', 'group', 'service-account', 'trust', 'token'"
_ROLES = "'viewer', 'promoter', 'approver', 'maintainer', 'operator', 'admin'"
_UUIDS = ARRAY(sa.Uuid(as_uuid=False))
_NOW = sa.text("now()")
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    _create_people()
    _create_bindings()
    op.add_column("applications", sa.Column("labels", JSONB(), server_default="{}", nullable=False))
    _widen_tokens()
    _widen_sign_ins()
    op.add_column("operations", sa.Column("actor_kind", sa.String(32), nullable=True))
    op.add_column("operations", sa.Column("actor_id", sa.Text(), nullable=True))
    op.create_check_constraint(op.f("ck_operations_actor_kind"), "operations", f"actor_kind IN ({_ACTORS})")
    # A caller that repeats a request of before the update still gets its first operation.
    op.execute(
        "UPDATE operations SET actor_kind = 'token', actor_id = token_id::text"
        " WHERE token_id IS NOT NULL AND idempotency_key IS NOT NULL"
    )
    op.drop_index("uq_operations_idempotency", table_name="operations")
    op.create_index(
        "uq_operations_idempotency",
        "operations",
        [sa.text("coalesce(actor_kind, '')"), sa.text("coalesce(actor_id, actor)"), "idempotency_key"],
        unique=True,
        postgresql_where=sa.text("idempotency_key IS NOT NULL"),
    )
    for column, kind in (("kind", sa.String(32)), ("id", sa.Text()), ("name", sa.Text())):
        op.add_column("app_environments", sa.Column(f"automation_{column}", kind, nullable=True))
    op.create_check_constraint(
        op.f("ck_app_environments_automation_kind"), "app_environments", f"automation_kind IN ({_ACTORS})"
    )


def _create_people() -> None:
    op.create_table(
        "people",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("groups", ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("groups_at", _MOMENT, nullable=True),
        sa.Column("disabled_at", _MOMENT, nullable=True),
        sa.Column("created_at", _MOMENT, server_default=_NOW, nullable=False),
        sa.Column("last_seen_at", _MOMENT, nullable=True),
        sa.CheckConstraint("subject <> ''", name=op.f("ck_people_subject")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
        sa.UniqueConstraint("issuer", "subject", name=op.f("uq_people_issuer_subject")),
    )
    op.create_table(
        "service_accounts",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("owner_kind", sa.String(32), nullable=False),
        sa.Column("owner_id", sa.Text(), nullable=False),
        sa.Column("owner_name", sa.Text(), nullable=False),
        sa.Column("created_at", _MOMENT, server_default=_NOW, nullable=False),
        sa.Column("disabled_at", _MOMENT, nullable=True),
        sa.CheckConstraint(f"owner_kind IN ({_ACTORS})", name=op.f("ck_service_accounts_owner_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_accounts")),
    )
    op.create_index(
        "uq_service_accounts_lower_name", "service_accounts", [sa.literal_column("lower(name)")], unique=True
    )


def _create_bindings() -> None:
    op.create_table(
        "bindings",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("subject_kind", sa.String(32), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("role", sa.String(32), nullable=False),
        sa.Column("break_glass", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("applications", _UUIDS, nullable=True),
        sa.Column("labels", JSONB(), nullable=True),
        sa.Column("environments", _UUIDS, nullable=True),
        sa.Column("expires_at", _MOMENT, nullable=True),
        sa.Column("created_by_kind", sa.String(32), nullable=False),
        sa.Column("created_by_id", sa.Text(), nullable=False),
        sa.Column("created_by_name", sa.Text(), nullable=False),
        sa.Column("created_at", _MOMENT, server_default=_NOW, nullable=False),
        sa.CheckConstraint("applications <> '{}'", name=op.f("ck_bindings_applications")),
        sa.CheckConstraint("environments <> '{}'", name=op.f("ck_bindings_environments")),
        sa.CheckConstraint("labels <> '{}'", name=op.f("ck_bindings_labels")),
        sa.CheckConstraint("applications IS NULL OR labels IS NULL", name=op.f("ck_bindings_selection")),
        sa.CheckConstraint(f"subject_kind IN ({_SUBJECTS})", name=op.f("ck_bindings_subject_kind")),
        sa.CheckConstraint(f"role IN ({_ROLES})", name=op.f("ck_bindings_role")),
        sa.CheckConstraint(f"created_by_kind IN ({_ACTORS})", name=op.f("ck_bindings_created_by_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bindings")),
    )
    op.create_index("ix_bindings_subject", "bindings", ["subject_kind", "subject_id"])


def _widen_tokens() -> None:
    op.add_column("tokens", sa.Column("subject_kind", sa.String(32), nullable=True))
    op.add_column("tokens", sa.Column("subject_id", sa.Text(), nullable=True))
    op.add_column("tokens", sa.Column("scope_applications", _UUIDS, nullable=True))
    op.add_column("tokens", sa.Column("scope_environments", _UUIDS, nullable=True))
    op.drop_constraint(op.f("ck_tokens_role"), "tokens")
    for name, condition in {
        "role": f"role IN ({_ROLES})",
        "subject": "(subject_kind IS NULL) = (subject_id IS NULL)",
        "subject_kind": f"subject_kind IN ({_SUBJECTS})",
        "scope_applications": "scope_applications <> '{}'",
        "scope_environments": "scope_environments <> '{}'",
    }.items():
        op.create_check_constraint(op.f(f"ck_tokens_{name}"), "tokens", condition)
    op.drop_index("uq_tokens_lower_name", table_name="tokens")
    op.create_index(
        "uq_tokens_lower_name",
        "tokens",
        [sa.text("coalesce(subject_id, '')"), sa.text("lower(name)")],
        unique=True,
        postgresql_where=sa.text("revoked_at IS NULL"),
    )
    op.create_index("ix_tokens_subject", "tokens", ["subject_kind", "subject_id"])


def _widen_sign_ins() -> None:
    op.alter_column("sign_ins", "token_id", nullable=True)
    identity = sa.Column("id", sa.Uuid(as_uuid=False), server_default=sa.text("gen_random_uuid()"), nullable=False)
    op.add_column("sign_ins", identity)
    op.create_unique_constraint(op.f("uq_sign_ins_id"), "sign_ins", ["id"])
    for column, table in (("person_id", "people"), ("parent_id", "sign_ins")):
        op.add_column("sign_ins", sa.Column(column, sa.Uuid(as_uuid=False), nullable=True))
        name = op.f(f"fk_sign_ins_{column}_{table}")
        op.create_foreign_key(name, "sign_ins", table, [column], ["id"], ondelete="CASCADE")
        op.create_index(op.f(f"ix_sign_ins_{column}"), "sign_ins", [column])
    for column in ("provider", "sid", "address", "user_agent"):
        op.add_column("sign_ins", sa.Column(column, sa.Text(), nullable=True))
    op.add_column("sign_ins", sa.Column("created_at", _MOMENT, server_default=_NOW, nullable=False))
    op.create_check_constraint(op.f("ck_sign_ins_owner"), "sign_ins", "(token_id IS NULL) <> (person_id IS NULL)")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for column in ("kind", "id", "name"):
        op.drop_column("app_environments", f"automation_{column}")
    op.drop_index("uq_operations_idempotency", table_name="operations")
    op.create_index(
        "uq_operations_idempotency",
        "operations",
        ["actor", "idempotency_key"],
        unique=True,
        postgresql_where=sa.text("idempotency_key IS NOT NULL"),
    )
    op.drop_column("operations", "actor_id")
    op.drop_column("operations", "actor_kind")
    _narrow_sign_ins()
    _narrow_tokens()
    op.drop_column("applications", "labels")
    op.drop_table("bindings")
    op.drop_table("service_accounts")
    op.drop_table("people")


def _narrow_sign_ins() -> None:
    op.execute("DELETE FROM sign_ins WHERE token_id IS NULL")
    op.drop_constraint(op.f("ck_sign_ins_owner"), "sign_ins")
    for column in ("created_at", "user_agent", "address", "sid", "provider", "parent_id", "person_id", "id"):
        op.drop_column("sign_ins", column)
    op.alter_column("sign_ins", "token_id", nullable=False)


def _narrow_tokens() -> None:
    """What the former release does not know would be read as more than it is, so it goes."""
    op.execute("DELETE FROM tokens WHERE subject_id IS NOT NULL OR role IN ('promoter', 'approver')")
    op.execute("UPDATE tokens SET role = 'operator' WHERE role = 'maintainer'")
    op.drop_index("ix_tokens_subject", table_name="tokens")
    op.drop_index("uq_tokens_lower_name", table_name="tokens")
    for column in ("scope_environments", "scope_applications", "subject_id", "subject_kind"):
        op.drop_column("tokens", column)
    op.drop_constraint(op.f("ck_tokens_role"), "tokens")
    op.create_check_constraint(op.f("ck_tokens_role"), "tokens", "role IN ('viewer', 'operator', 'admin')")
    op.create_index(
        "uq_tokens_lower_name",
        "tokens",
        [sa.text("lower(name)")],
        unique=True,
        postgresql_where=sa.text("revoked_at IS NULL"),
    )
