"""Rings: an environment's strategy, how far the rings of an operation have come, and what the timeline says of them.

Columns are only added. A process of the former release goes by the waves of an operation's clusters and by its
`on_failure`: it soaks nothing and checks nothing, so end it before you set a strategy.
"""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

_FORMER_EVENTS = (
    "'operation.queued', 'operation.started', 'operation.cancel-requested', 'operation.retried', 'operation.resumed', "
    "'operation.paused', 'operation.continued', 'operation.undo-requested', 'operation.ended', 'cluster.started', "
    "'cluster.ended', 'resource.applied', 'images.changed', 'rollout.progressed', 'undo.started', 'rollback.started'"
)
_NEW_EVENTS = "'soak.started', 'soak.ended', 'check.started', 'check.ended', 'hook.started', 'hook.ended'"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("environments", sa.Column("strategy", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("operations", sa.Column("rings", sa.JSON(none_as_null=True), nullable=True))
    _set_events(f"{_FORMER_EVENTS}, {_NEW_EVENTS}")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(f"DELETE FROM operation_events WHERE type IN ({_NEW_EVENTS})")
    _set_events(_FORMER_EVENTS)
    op.drop_column("operations", "rings")
    op.drop_column("environments", "strategy")


def _set_events(words: str) -> None:
    op.drop_constraint(op.f("ck_operation_events_type"), "operation_events", type_="check")
    op.create_check_constraint(op.f("ck_operation_events_type"), "operation_events", f"type IN ({words})")
