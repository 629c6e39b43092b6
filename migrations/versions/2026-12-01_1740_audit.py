"""The audit, its seals, and how far it was streamed.

Triggers refuse to change what was written. They also bind the owner of the tables, who could only take them away. The
former release writes no entries.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

# Entries may go when they belong to a seal that was marked as forgotten.
_GUARD_ENTRIES = """
    CREATE FUNCTION guard_audit() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'DELETE' THEN
            IF EXISTS (
                SELECT FROM audit_seals AS seal
                WHERE seal.forgotten AND OLD.seq BETWEEN seal.first_seq AND seal.last_seq
            ) THEN
                RETURN OLD;
            END IF;
        END IF;
        RAISE EXCEPTION 'Entries of the audit cannot be changed or deleted.' USING ERRCODE = 'insufficient_privilege';
    END $$
"""

# A seal changes only once: to forgotten, when its newest entry is at least 30 days old.
_GUARD_SEALS = """
    CREATE FUNCTION guard_audit_seals() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'UPDATE' THEN
            IF NEW.forgotten AND NOT OLD.forgotten AND OLD.newest_at < now() - interval '30 days'
                AND (NEW.number, NEW.first_seq, NEW.last_seq, NEW.entries, NEW.form, NEW.digest, NEW.newest_at,
                     NEW.sealed_at)
                IS NOT DISTINCT FROM
                    (OLD.number, OLD.first_seq, OLD.last_seq, OLD.entries, OLD.form, OLD.digest, OLD.newest_at,
                     OLD.sealed_at)
            THEN
                RETURN NEW;
            END IF;
        END IF;
        RAISE EXCEPTION 'Seals of the audit cannot be changed or deleted.' USING ERRCODE = 'insufficient_privilege';
    END $$
"""


def upgrade() -> None:
    # A migration that cannot get its lock soon fails instead of blocking the statements that queue behind it.
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "audit",
        # Before `seq`: PostgreSQL evaluates defaults in this order.
        sa.Column(
            "transaction",
            sa.BigInteger(),
            server_default=sa.text("CAST(CAST(pg_current_xact_id() AS text) AS bigint)"),
            nullable=False,
        ),
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("actor_kind", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("via", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("targets", postgresql.JSONB(), nullable=False),
        sa.Column("application_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("environment_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("before", postgresql.JSONB(), nullable=True),
        sa.Column("after", postgresql.JSONB(), nullable=True),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit")),
    )
    op.create_index("ix_audit_at", "audit", ["at"])
    op.create_index("ix_audit_actor_kind_actor_id_seq", "audit", ["actor_kind", "actor_id", "seq"])
    op.create_index("ix_audit_application_id_seq", "audit", ["application_id", "seq"])
    op.create_index("ix_audit_environment_id_seq", "audit", ["environment_id", "seq"])
    op.create_index("ix_audit_action_seq", "audit", ["action", "seq"])
    op.create_index(
        "ix_audit_targets",
        "audit",
        ["targets"],
        postgresql_using="gin",
        postgresql_ops={"targets": "jsonb_path_ops"},
    )
    op.create_table(
        "audit_seals",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("first_seq", sa.BigInteger(), nullable=False),
        sa.Column("last_seq", sa.BigInteger(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("form", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("newest_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("forgotten", sa.Boolean(), server_default="false", nullable=False),
        sa.CheckConstraint("octet_length(digest) = 32", name=op.f("ck_audit_seals_digest")),
        sa.CheckConstraint("first_seq <= last_seq AND entries > 0", name=op.f("ck_audit_seals_range")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit_seals")),
    )
    op.create_index("uq_audit_seals_last_seq", "audit_seals", ["last_seq"], unique=True)
    op.create_table(
        "audit_outputs",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_audit_outputs")),
    )
    op.execute(_GUARD_ENTRIES)
    op.execute(_GUARD_SEALS)
    for table in ("audit", "audit_seals"):
        op.execute(
            f"CREATE TRIGGER guard_rows BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION guard_{table}()"
        )
        op.execute(
            f"CREATE TRIGGER guard_table BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION guard_{table}()"
        )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table in ("audit_outputs", "audit_seals", "audit"):
        op.drop_table(table)
    op.execute("DROP FUNCTION guard_audit()")
    op.execute("DROP FUNCTION guard_audit_seals()")
