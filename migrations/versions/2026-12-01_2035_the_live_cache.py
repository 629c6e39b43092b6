"""The tables of the live cache, and triggers that tell which tables changed.

A process of the former release notifies as well, since the triggers are the database's. Nothing else changes for it.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

# Channel, then table, then what is told. `UPDATE OF` names the columns that count where others change all the time.
_TOLD = {
    "stagecoach_places": {
        "applications": ("INSERT", "UPDATE", "DELETE"),
        "environments": ("INSERT", "UPDATE", "DELETE"),
        "environment_clusters": ("INSERT", "UPDATE", "DELETE"),
        "environment_namespaces": ("INSERT", "UPDATE", "DELETE"),
        "clusters": ("INSERT", "DELETE"),  # and some updates, below
        "app_environments": ("INSERT", "UPDATE", "DELETE"),
        "app_environment_resources": ("INSERT", "UPDATE", "DELETE"),
        "operations": (
            "INSERT",
            "UPDATE OF app_environment_id, state, attempt, cancel_requested_at, pause, started_at, ended_at",
            "DELETE",
        ),
        "releases": ("INSERT", "UPDATE", "DELETE"),
        "image_push_verdicts": ("INSERT", "UPDATE", "DELETE"),
        "holds": ("INSERT", "UPDATE", "DELETE"),
        "stops": ("INSERT", "UPDATE", "DELETE"),
        "freezes": ("INSERT", "UPDATE", "DELETE"),
        "approval_policies": ("INSERT", "UPDATE", "DELETE"),
        "proposals": ("INSERT", "UPDATE", "DELETE"),
        "proposal_votes": ("INSERT", "UPDATE", "DELETE"),
    },
    "stagecoach_rights": {
        "tokens": (
            "UPDATE OF name, role, hash, subject_kind, subject_id, scope_applications, scope_environments, "
            "expires_at, revoked_at",
            "DELETE",
        ),
        "sign_ins": ("UPDATE", "DELETE"),
        "people": ("UPDATE OF provider, issuer, subject, name, email, groups, disabled_at", "DELETE"),
        "service_accounts": ("UPDATE", "DELETE"),
        "trusts": ("UPDATE OF name, kind, issuer, audience, claims, cluster_id, expires_at", "DELETE"),
        "bindings": ("INSERT", "UPDATE", "DELETE"),
    },
}

# Notifications of one transaction that say the same are one.
_TELL = """
    CREATE FUNCTION tell_changed_table() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM pg_notify(TG_ARGV[0], TG_TABLE_NAME);
        RETURN NULL;
    END $$
"""

# Sign-ins, tokens and others that have expired are deleted beside other work, and mostly there are none.
_TELL_DELETED = """
    CREATE FUNCTION tell_deleted_rows() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF EXISTS (SELECT FROM deleted) THEN
            PERFORM pg_notify(TG_ARGV[0], TG_TABLE_NAME);
        END IF;
        RETURN NULL;
    END $$
"""

# A cluster's row is updated by each probe, which seldom finds something new.
_TELL_CLUSTER = """
    CREATE TRIGGER stagecoach_places_update AFTER UPDATE ON clusters FOR EACH ROW WHEN (
        (OLD.name, OLD.labels, OLD.server, OLD.credential_version, OLD.reachability, OLD.lost_at)
        IS DISTINCT FROM (NEW.name, NEW.labels, NEW.server, NEW.credential_version, NEW.reachability, NEW.lost_at)
    ) EXECUTE FUNCTION tell_changed_table('stagecoach_places')
"""


def upgrade() -> None:
    # A migration that cannot get its lock soon fails instead of blocking the statements that queue behind it.
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(sa.schema.CreateSequence(sa.Sequence("live_epochs", data_type=sa.BigInteger())))
    op.create_table(
        "live_processes",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_live_processes")),
        prefixes=["UNLOGGED"],
        postgresql_with={"fillfactor": 50},
    )
    op.create_table(
        "cluster_watches",
        sa.Column("cluster_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("owner", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("epoch", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("sequence", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("states", postgresql.JSONB(), server_default="[]", nullable=False),
        sa.ForeignKeyConstraint(
            ["cluster_id"], ["clusters.id"], name=op.f("fk_cluster_watches_cluster_id_clusters"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("cluster_id", name=op.f("pk_cluster_watches")),
        prefixes=["UNLOGGED"],
        postgresql_with={"fillfactor": 50},
    )
    op.create_table(
        "live_records",
        sa.Column("cluster_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("api_version", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("namespace", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["cluster_id"],
            ["cluster_watches.cluster_id"],
            name=op.f("fk_live_records_cluster_id_cluster_watches"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "cluster_id", "api_version", "kind", "namespace", "name", name=op.f("pk_live_records")
        ),
        prefixes=["UNLOGGED"],
        postgresql_with={"fillfactor": 70},
    )
    op.execute(_TELL)
    op.execute(_TELL_DELETED)
    for channel, tables in _TOLD.items():
        for table, events in tables.items():
            for event in events:
                _create_trigger(channel, table, event)
    op.execute(_TELL_CLUSTER)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DROP TRIGGER stagecoach_places_update ON clusters")
    for channel, tables in _TOLD.items():
        for table, events in tables.items():
            for event in events:
                op.execute(f"DROP TRIGGER {_trigger(channel, event)} ON {table}")
    op.execute("DROP FUNCTION tell_deleted_rows()")
    op.execute("DROP FUNCTION tell_changed_table()")
    for table in ("live_records", "cluster_watches", "live_processes"):
        op.drop_table(table)
    op.execute("DROP SEQUENCE live_epochs")


def _create_trigger(channel: str, table: str, event: str) -> None:
    # Only a trigger of a single event may look at the rows, and then it may not name columns.
    looks = event == "DELETE"
    op.execute(f"""
        CREATE TRIGGER {_trigger(channel, event)} AFTER {event} ON {table}
        {"REFERENCING OLD TABLE AS deleted" if looks else ""}
        FOR EACH STATEMENT EXECUTE FUNCTION {"tell_deleted_rows" if looks else "tell_changed_table"}('{channel}')
    """)


def _trigger(channel: str, event: str) -> str:
    return f"{channel}_{event.split()[0].lower()}"
