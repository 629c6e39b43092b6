"""Triggers that tell which rows of drift, of registries' reports, of notifications and of people changed, by their ids.

A process of the former release hears of them, and leaves out tables that it does not know.
"""

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_CHANNEL = "stagecoach_changes"

# What is told of a row, by its table: expressions of the row.
_TOLD = {
    "divergences": ("{row}.app_environment_id",),
    "receivers": ("{row}.application_id", "{row}.id"),
    "deliveries": ("(SELECT application_id FROM receivers WHERE id = {row}.receiver_id)", "{row}.receiver_id"),
    "registries": (),
    "polls": (),
    "channels": (),
    "notification_routes": (),
    "outbox": ("{row}.channel_id",),
    "people": (),
    "sign_ins": ("coalesce({row}.person_id, {row}.token_id)",),
    "tokens": (
        "{row}.subject_id",
        "(SELECT owner_id FROM service_accounts WHERE id::text = {row}.subject_id)",
    ),
    "service_accounts": ("{row}.owner_id",),
    "trusts": (),
    "bindings": (),
}

# A worker leases a notification before it sends it, which nobody is shown.
_COUNTS = {"outbox": "UPDATE OF state, attempts, next_try_at, status, error"}


def upgrade() -> None:
    # A migration that cannot get its lock soon fails instead of blocking the statements that queue behind it.
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table in _TOLD:
        op.execute(_function(table))
        for event in ("INSERT", _COUNTS.get(table, "UPDATE"), "DELETE"):
            op.execute(
                f"CREATE TRIGGER {_trigger(event)} AFTER {event} ON {table} FOR EACH ROW "
                f"EXECUTE FUNCTION {_name(table)}()"
            )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table in _TOLD:
        for event in ("INSERT", "UPDATE", "DELETE"):
            op.execute(f"DROP TRIGGER {_trigger(event)} ON {table}")
        op.execute(f"DROP FUNCTION {_name(table)}()")


def _function(table: str) -> str:
    """Tells of the row as it was and as it is: what moved concerns both places. PostgreSQL sends what is equal once."""
    old, new = (
        f"PERFORM pg_notify('{_CHANNEL}', concat_ws(' ', "
        + ", ".join((f"'{table}'", *(f"coalesce(({each.format(row=row)})::text, '-')" for each in _TOLD[table])))
        + "));"
        for row in ("OLD", "NEW")
    )
    return f"""
        CREATE FUNCTION {_name(table)}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP <> 'INSERT' THEN {old} END IF;
            IF TG_OP <> 'DELETE' THEN {new} END IF;
            RETURN NULL;
        END $$
    """


def _name(table: str) -> str:
    return f"tell_changed_row_of_{table}"


def _trigger(event: str) -> str:
    return f"{_CHANNEL}_{event.split()[0].lower()}"
