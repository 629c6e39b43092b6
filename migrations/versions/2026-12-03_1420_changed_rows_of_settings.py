"""Triggers that tell which rows of Git repositories, declared kinds, expected differences, groups and promotion sets
changed, by their ids: pages that show them asked again and again.

A process of the former release hears of them, and leaves out tables that it does not know.
"""

from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

_CHANNEL = "stagecoach_changes"

# What is told of a row, by its table: payloads, each of expressions of the row.
_TOLD = {
    "git_repositories": ((),),
    "declared_kinds": ((),),
    "expected_differences": (
        ("{row}.application_id", "{row}.first_environment_id"),
        ("{row}.application_id", "{row}.second_environment_id"),
    ),
    "application_group_members": (("{row}.application_id",),),
}


def upgrade() -> None:
    # A migration that cannot get its lock soon fails instead of blocking the statements that queue behind it.
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table in _TOLD:
        op.execute(_function(table))
        for event in ("INSERT", "UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {_CHANNEL}_{event.lower()} AFTER {event} ON {table} FOR EACH ROW "
                f"EXECUTE FUNCTION {_name(table)}()"
            )
    # A set is seen where its members are; it comes and goes with them, of which their own rows tell.
    op.execute(f"""
        CREATE FUNCTION {_name("promotion_sets")}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM pg_notify('{_CHANNEL}', concat_ws(' ', 'promotion_sets', app_environment_id))
            FROM operations WHERE promotion_set_id = NEW.id;
            RETURN NULL;
        END $$
    """)
    op.execute(
        f"CREATE TRIGGER {_CHANNEL}_update AFTER UPDATE ON promotion_sets FOR EACH ROW "
        f"EXECUTE FUNCTION {_name('promotion_sets')}()"
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(f"DROP TRIGGER {_CHANNEL}_update ON promotion_sets")
    op.execute(f"DROP FUNCTION {_name('promotion_sets')}()")
    for table in _TOLD:
        for event in ("INSERT", "UPDATE", "DELETE"):
            op.execute(f"DROP TRIGGER {_CHANNEL}_{event.lower()} ON {table}")
        op.execute(f"DROP FUNCTION {_name(table)}()")


def _function(table: str) -> str:
    """Tells of the row as it was and as it is: what moved concerns both places. PostgreSQL sends what is equal once."""
    old, new = ("".join(_notification(table, ids, row=row) for ids in _TOLD[table]) for row in ("OLD", "NEW"))
    return f"""
        CREATE FUNCTION {_name(table)}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP <> 'INSERT' THEN {old} END IF;
            IF TG_OP <> 'DELETE' THEN {new} END IF;
            RETURN NULL;
        END $$
    """


def _notification(table: str, ids: tuple[str, ...], *, row: str) -> str:
    told = ", ".join((f"'{table}'", *(f"({each.format(row=row)})::text" for each in ids)))
    return f"PERFORM pg_notify('{_CHANNEL}', concat_ws(' ', {told}));"


def _name(table: str) -> str:
    return f"tell_changed_row_of_{table}"
