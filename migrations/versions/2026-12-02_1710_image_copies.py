"""The timeline tells of images that are copied to the registry that an environment pulls from.

A process of the former release leaves operations alone whose plans have such copies.
"""

from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

_FORMER_EVENTS = (
    "'operation.queued', 'operation.started', 'operation.cancel-requested', 'operation.retried', 'operation.resumed', "
    "'operation.paused', 'operation.continued', 'operation.undo-requested', 'operation.ended', 'cluster.started', "
    "'cluster.ended', 'resource.applied', 'images.changed', 'rollout.progressed', 'undo.started', 'rollback.started', "
    "'soak.started', 'soak.ended', 'check.started', 'check.ended', 'hook.started', 'hook.ended'"
)
_NEW_EVENTS = "'image-copy.started', 'image-copy.progressed', 'image-copy.ended'"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    _set_events(f"{_FORMER_EVENTS}, {_NEW_EVENTS}")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(f"DELETE FROM operation_events WHERE type IN ({_NEW_EVENTS})")
    _set_events(_FORMER_EVENTS)


def _set_events(words: str) -> None:
    op.drop_constraint(op.f("ck_operation_events_type"), "operation_events", type_="check")
    op.create_check_constraint(op.f("ck_operation_events_type"), "operation_events", f"type IN ({words})")
