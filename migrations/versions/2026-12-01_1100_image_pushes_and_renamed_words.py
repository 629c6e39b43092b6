"""Tables and words get the names of the glossary; what the former release reads and writes goes on working.

The former names of the tables are views, through which PostgreSQL reads and writes the tables. The CHECK constraints
allow both spellings of a word. docs/decisions/words-change-in-two-steps.md says when the former ones go.
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_TABLES = {
    "arrivals": "image_pushes",
    "arrival_verdicts": "image_push_verdicts",
    "house_keys": "installation_keys",
}
_INDEXES = {
    "ix_arrivals_application_id": "ix_image_pushes_application_id",
    "ix_arrivals_delivery_id": "ix_image_pushes_delivery_id",
    "ix_arrivals_open": "ix_image_pushes_open",
    "ix_arrivals_repository_tag_push": "ix_image_pushes_repository_tag_push",
    "ix_arrival_verdicts_app_environment_id_push": "ix_image_push_verdicts_app_environment_id_push",
    "ix_arrival_verdicts_operation_id": "ix_image_push_verdicts_operation_id",
}
_CONSTRAINTS = (  # by the table's present name
    ("image_pushes", "pk_arrivals", "pk_image_pushes"),
    ("image_pushes", "ck_arrivals_origin", "ck_image_pushes_origin"),
    ("image_pushes", "ck_arrivals_state", "ck_image_pushes_state"),
    ("image_pushes", "fk_arrivals_application_id_applications", "fk_image_pushes_application_id_applications"),
    ("image_pushes", "fk_arrivals_delivery_id_deliveries", "fk_image_pushes_delivery_id_deliveries"),
    ("image_push_verdicts", "pk_arrival_verdicts", "pk_image_push_verdicts"),
    ("image_push_verdicts", "ck_arrival_verdicts_verdict", "ck_image_push_verdicts_verdict"),
    (
        "image_push_verdicts",
        "fk_arrival_verdicts_app_environment_id_app_environments",
        "fk_image_push_verdicts_app_environment_id_app_environments",
    ),
    (
        "image_push_verdicts",
        "fk_arrival_verdicts_operation_id_operations",
        "fk_image_push_verdicts_operation_id_operations",
    ),
    ("image_push_verdicts", "fk_arrival_verdicts_push_arrivals", "fk_image_push_verdicts_push_image_pushes"),
    ("installation_keys", "pk_house_keys", "pk_installation_keys"),
)
_VERDICTS = "'refused', 'offered', {}, 'blocked', 'deploying', 'unchanged', 'superseded'"
_PHASES = "'waiting', {}, 'watching', 'undoing', 'ended'"
_EVENT_TYPES = (
    "'operation.queued', 'operation.started', 'operation.cancel-requested', 'operation.retried', 'operation.resumed', "
    "'operation.ended', 'cluster.started', 'cluster.ended', 'resource.applied', 'images.changed', "
    "'rollout.progressed', {}"
)
_WORDS = (  # table, column, all words, the new spelling, the former one
    ("image_push_verdicts", "verdict", _VERDICTS, "pending", "wanted"),
    ("operation_clusters", "phase", _PHASES, "applying", "acting"),
    ("operation_events", "type", _EVENT_TYPES, "undo.started", "rollback.started"),
)


def upgrade() -> None:
    # A migration that cannot get its lock soon fails instead of blocking the statements that queue behind it.
    op.execute("SET LOCAL lock_timeout = '5s'")
    for former, new in _TABLES.items():
        op.rename_table(former, new)
    for former, new in _INDEXES.items():
        op.execute(f"ALTER INDEX {former} RENAME TO {new}")
    for table, former, new in _CONSTRAINTS:
        op.execute(f"ALTER TABLE {table} RENAME CONSTRAINT {former} TO {new}")
    op.execute("ALTER SEQUENCE arrivals_push_seq RENAME TO image_pushes_push_seq")
    op.alter_column("image_pushes", "arrived_at", new_column_name="discovered_at")
    for table, column, words, new, former in _WORDS:
        _allow(table, column, words.format(f"'{new}', '{former}'"))
    _index_of_what_waits("ix_image_push_verdicts_pending", "verdict IN ('pending', 'wanted')")
    op.drop_index("ix_arrival_verdicts_wanted", table_name="image_push_verdicts")
    op.execute("""
        CREATE VIEW arrivals AS SELECT
            push, repository, tag, digest, media_type, platforms, built_at, origin, application_id, delivery_id, state,
            code, reason, attempts, next_try_at, discovered_at AS arrived_at, resolved_at
        FROM image_pushes
    """)
    op.execute("""
        CREATE VIEW arrival_verdicts AS SELECT
            push, app_environment_id, verdict, code, reason, containers, by_push, operation_id, decided_at
        FROM image_push_verdicts
    """)
    op.execute("CREATE VIEW house_keys AS SELECT purpose, sealed FROM installation_keys")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for view in _TABLES:
        op.execute(f"DROP VIEW {view}")
    for table, column, words, new, former in _WORDS:
        op.execute(f"UPDATE {table} SET {column} = '{former}' WHERE {column} = '{new}'")
        _allow(table, column, words.format(f"'{former}'"))
    op.drop_index("ix_image_push_verdicts_pending", table_name="image_push_verdicts")
    _index_of_what_waits("ix_arrival_verdicts_wanted", "verdict = 'wanted'")
    op.alter_column("image_pushes", "discovered_at", new_column_name="arrived_at")
    op.execute("ALTER SEQUENCE image_pushes_push_seq RENAME TO arrivals_push_seq")
    for table, former, new in _CONSTRAINTS:
        op.execute(f"ALTER TABLE {table} RENAME CONSTRAINT {new} TO {former}")
    for former, new in _INDEXES.items():
        op.execute(f"ALTER INDEX {new} RENAME TO {former}")
    for former, new in _TABLES.items():
        op.rename_table(new, former)


def _allow(table: str, column: str, words: str) -> None:
    op.drop_constraint(op.f(f"ck_{table}_{column}"), table, type_="check")
    op.create_check_constraint(op.f(f"ck_{table}_{column}"), table, f"{column} IN ({words})")


def _index_of_what_waits(name: str, condition: str) -> None:
    op.execute(f"CREATE INDEX {name} ON image_push_verdicts (app_environment_id, push) WHERE {condition}")
