"""What happened in app environments, and what is remembered of them. The former release does not know the tables."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_CHANNEL = "stagecoach_changes"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    _events()
    _states()
    op.execute(f"""
        CREATE FUNCTION tell_changed_row_of_app_environment_events() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM pg_notify('{_CHANNEL}', 'app_environment_events ' || NEW.app_environment_id);
            RETURN NULL;
        END $$
    """)
    for event in ("INSERT", "UPDATE"):  # what is deleted is too old to be shown
        op.execute(
            f"CREATE TRIGGER {_CHANNEL}_{event.lower()} AFTER {event} ON app_environment_events FOR EACH ROW "
            "EXECUTE FUNCTION tell_changed_row_of_app_environment_events()"
        )


def _events() -> None:
    op.create_table(
        "app_environment_events",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("app_environment_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cluster", sa.Text(), nullable=True),
        sa.Column("api_version", sa.Text(), nullable=True),
        sa.Column("workload_kind", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("container", sa.Text(), nullable=True),
        sa.Column("count", sa.Integer(), server_default="1", nullable=False),
        sa.Column("operation_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("until >= at", name=op.f("ck_app_environment_events_until")),
        sa.CheckConstraint("count > 0", name=op.f("ck_app_environment_events_count")),
        sa.ForeignKeyConstraint(
            ["app_environment_id"],
            ["app_environments.id"],
            name=op.f("fk_app_environment_events_app_environment_id_app_environments"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_app_environment_events")),
    )
    op.create_index(
        "ix_app_environment_events_app_environment_id_at", "app_environment_events", ["app_environment_id", "at", "id"]
    )
    op.create_index(
        "ix_app_environment_events_recorded_at", "app_environment_events", ["app_environment_id", "recorded_at"]
    )
    op.create_index(
        "ix_app_environment_events_under_way",
        "app_environment_events",
        ["app_environment_id"],
        postgresql_where=sa.text("until IS NULL"),
    )


def _states() -> None:
    op.create_table(
        "timeline_states",
        sa.Column("app_environment_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("state", sa.JSON(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["app_environment_id"],
            ["app_environments.id"],
            name=op.f("fk_timeline_states_app_environment_id_app_environments"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("app_environment_id", name=op.f("pk_timeline_states")),
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table("timeline_states")
    op.drop_table("app_environment_events")
    op.execute("DROP FUNCTION tell_changed_row_of_app_environment_events()")
