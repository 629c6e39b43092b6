"""Which ConfigMaps and Secrets were looked for and are not there; and that expected differences have changed is told.

A process of the former release writes no names, so nothing is known to be missing of what it read.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_NAME = "stagecoach_places_update"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column(
        "configuration_reads", sa.Column("absent", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False)
    )
    _tell_updates("release, unread, absent")
    for event in ("INSERT", "UPDATE", "DELETE"):
        # Only a trigger of a single event may look at the rows: without any, nothing is told.
        looks = event == "DELETE"
        op.execute(f"""
            CREATE TRIGGER stagecoach_places_{event.lower()} AFTER {event} ON expected_differences
            {"REFERENCING OLD TABLE AS deleted" if looks else ""}
            FOR EACH STATEMENT EXECUTE FUNCTION
            {"tell_deleted_rows" if looks else "tell_changed_table"}('stagecoach_places')
        """)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for event in ("insert", "update", "delete"):
        op.execute(f"DROP TRIGGER stagecoach_places_{event} ON expected_differences")
    _tell_updates("release, unread")
    op.drop_column("configuration_reads", "absent")


def _tell_updates(columns: str) -> None:
    op.execute(f"DROP TRIGGER {_NAME} ON configuration_reads")
    op.execute(
        f"CREATE TRIGGER {_NAME} AFTER UPDATE OF {columns} ON configuration_reads "
        "FOR EACH STATEMENT EXECUTE FUNCTION tell_changed_table('stagecoach_places')"
    )
