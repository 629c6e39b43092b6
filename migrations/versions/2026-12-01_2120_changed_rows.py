"""Triggers that tell which rows changed, by their ids: streams of changes tell each viewer of what it sees alone.

A process of the former release notifies as well, since the triggers are the database's, and listens to none of it.
"""

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_CHANNEL = "stagecoach_changes"

# What is told of a row, by its table: names of columns, or expressions of the row.
_TOLD = {
    "applications": ("{row}.id",),
    "environments": ("{row}.id",),
    "environment_clusters": ("{row}.environment_id",),
    "environment_namespaces": ("{row}.environment_id",),
    "clusters": ("{row}.id",),
    "app_environments": ("{row}.id",),
    "app_environment_resources": ("{row}.app_environment_id",),
    "operations": ("{row}.app_environment_id", "{row}.id"),
    "releases": ("{row}.app_environment_id", "{row}.id"),
    "image_push_verdicts": ("{row}.app_environment_id",),
    "proposals": ("{row}.app_environment_id", "{row}.id"),
    "proposal_votes": (
        "(SELECT app_environment_id FROM proposals WHERE id = {row}.proposal_id)",
        "{row}.proposal_id",
    ),
    "holds": ("{row}.environment_id", "{row}.application_id", "{row}.id"),
    "stops": ("{row}.environment_id", "{row}.cluster_id", "{row}.id"),
    "freezes": ("{row}.id",),
    "approval_policies": ("{row}.environment_id",),
}

# Updates that count, where other columns change all the time.
_COUNTS = {
    "operations": "UPDATE OF app_environment_id, state, attempt, cancel_requested_at, pause, started_at, ended_at",
}
_WHEN = {
    "clusters": """WHEN (
        (OLD.name, OLD.labels, OLD.server, OLD.credential_version, OLD.reachability, OLD.server_version, OLD.last_error,
         OLD.lost_at)
        IS DISTINCT FROM
        (NEW.name, NEW.labels, NEW.server, NEW.credential_version, NEW.reachability, NEW.server_version, NEW.last_error,
         NEW.lost_at)
    )""",
}

# A push concerns whatever runs its repository, and the application that reported it.
_PUSHES = f"""
    CREATE FUNCTION tell_changed_image_push() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM pg_notify('{_CHANNEL}', 'image_pushes ' || app_environment_id) FROM (
            SELECT app_environment_id FROM app_environment_images WHERE repository = NEW.repository
            UNION
            SELECT id FROM app_environments WHERE application_id = NEW.application_id
        ) AS concerned;
        RETURN NULL;
    END $$
"""


def upgrade() -> None:
    # A migration that cannot get its lock soon fails instead of blocking the statements that queue behind it.
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table in _TOLD:
        op.execute(_function(table))
        for event in ("INSERT", _COUNTS.get(table, "UPDATE"), "DELETE"):
            when = _WHEN.get(table, "") if event == "UPDATE" else ""
            op.execute(
                f"CREATE TRIGGER {_trigger(event)} AFTER {event} ON {table} FOR EACH ROW {when} "
                f"EXECUTE FUNCTION {_name(table)}()"
            )
    op.execute(_PUSHES)
    for event in ("INSERT", "UPDATE OF state"):
        op.execute(
            f"CREATE TRIGGER {_trigger(event)} AFTER {event} ON image_pushes FOR EACH ROW "
            "EXECUTE FUNCTION tell_changed_image_push()"
        )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for event in ("INSERT", "UPDATE"):
        op.execute(f"DROP TRIGGER {_trigger(event)} ON image_pushes")
    op.execute("DROP FUNCTION tell_changed_image_push()")
    for table in _TOLD:
        for event in ("INSERT", "UPDATE", "DELETE"):
            op.execute(f"DROP TRIGGER {_trigger(event)} ON {table}")
        op.execute(f"DROP FUNCTION {_name(table)}()")


def _function(table: str) -> str:
    """Tells of the row as it was and as it is: what moved concerns both places. PostgreSQL sends what is equal once."""
    old, new = (
        f"PERFORM pg_notify('{_CHANNEL}', concat_ws(' ', '{table}', "
        + ", ".join(f"coalesce(({each.format(row=row)})::text, '-')" for each in _TOLD[table])
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
