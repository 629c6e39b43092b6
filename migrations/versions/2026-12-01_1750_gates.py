"""Freezes, holds and stops; operations that a gate has paused.

Tables and columns are only added. The new types of events are written only for operations that a gate has paused, which
the former release does not do: it goes on with such an operation, for it does not ask.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_ACTORS = "'person', 'service-account', 'ci-job', 'token', 'automation', 'system'"
_UUIDS = ARRAY(sa.Uuid(as_uuid=False))
_NOW = sa.text("now()")
_MOMENT = sa.DateTime(timezone=True)
_FORMER_EVENTS = (
    "'operation.queued', 'operation.started', 'operation.cancel-requested', 'operation.retried', 'operation.resumed', "
)
_NEW_EVENTS = "'operation.paused', 'operation.continued', 'operation.undo-requested', "
_OTHER_EVENTS = (
    "'operation.ended', 'cluster.started', 'cluster.ended', 'resource.applied', 'images.changed', "
    "'rollout.progressed', 'undo.started', 'rollback.started'"
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    _create_freezes()
    _create_holds_and_stops()
    op.add_column("operations", sa.Column("reason", sa.Text(), nullable=True))
    op.add_column("operations", sa.Column("pause", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("operations", sa.Column("pause_decision", sa.String(32), nullable=True))
    op.create_check_constraint(
        op.f("ck_operations_pause_decision"), "operations", "pause_decision IN ('continue', 'undo', 'cancel')"
    )
    _set_events(_FORMER_EVENTS + _NEW_EVENTS + _OTHER_EVENTS)


def _set_events(words: str) -> None:
    op.drop_constraint(op.f("ck_operation_events_type"), "operation_events", type_="check")
    op.create_check_constraint(op.f("ck_operation_events_type"), "operation_events", f"type IN ({words})")


def _create_freezes() -> None:
    op.create_table(
        "freezes",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("effect", sa.String(32), nullable=False),
        sa.Column("starts", sa.DateTime(timezone=False), nullable=False),
        sa.Column("ends", sa.DateTime(timezone=False), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("rrule", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("applications", _UUIDS, nullable=True),
        sa.Column("labels", JSONB(), nullable=True),
        sa.Column("environments", _UUIDS, nullable=True),
        sa.Column("created_by_kind", sa.String(32), nullable=False),
        sa.Column("created_by_id", sa.Text(), nullable=False),
        sa.Column("created_by_name", sa.Text(), nullable=False),
        sa.Column("created_at", _MOMENT, server_default=_NOW, nullable=False),
        sa.Column("updated_at", _MOMENT, server_default=_NOW, nullable=False),
        sa.CheckConstraint("ends > starts", name=op.f("ck_freezes_span")),
        sa.CheckConstraint("applications <> '{}'", name=op.f("ck_freezes_applications")),
        sa.CheckConstraint("environments <> '{}'", name=op.f("ck_freezes_environments")),
        sa.CheckConstraint("labels <> '{}'", name=op.f("ck_freezes_labels")),
        sa.CheckConstraint("effect IN ('deny', 'allow')", name=op.f("ck_freezes_effect")),
        sa.CheckConstraint(f"created_by_kind IN ({_ACTORS})", name=op.f("ck_freezes_created_by_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_freezes")),
    )
    op.create_index("uq_freezes_lower_name", "freezes", [sa.literal_column("lower(name)")], unique=True)


def _create_holds_and_stops() -> None:
    op.create_table(
        "holds",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("environment_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("application_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("until", _MOMENT, nullable=True),
        sa.Column("operation_id", sa.Uuid(as_uuid=False), nullable=True),
        *_by("holds"),
        sa.ForeignKeyConstraint(
            ["application_id"], ["applications.id"], name=op.f("fk_holds_application_id_applications"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["environment_id"], ["environments.id"], name=op.f("fk_holds_environment_id_environments"), ondelete="CASCADE"
        ),
    )
    op.create_index("ix_holds_application_id", "holds", ["application_id"])
    op.create_index("ix_holds_environment_id", "holds", ["environment_id"])
    op.create_table(
        "stops",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("environment_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("cluster_id", sa.Uuid(as_uuid=False), nullable=True),
        *_by("stops"),
        sa.CheckConstraint("environment_id IS NULL OR cluster_id IS NULL", name=op.f("ck_stops_scope")),
        sa.ForeignKeyConstraint(
            ["cluster_id"], ["clusters.id"], name=op.f("fk_stops_cluster_id_clusters"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["environment_id"], ["environments.id"], name=op.f("fk_stops_environment_id_environments"), ondelete="CASCADE"
        ),
    )
    op.create_index("ix_stops_cluster_id", "stops", ["cluster_id"])
    op.create_index("ix_stops_environment_id", "stops", ["environment_id"])


def _by(table: str) -> tuple[sa.schema.SchemaItem, ...]:
    """Why, by whom and when."""
    return (
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by_kind", sa.String(32), nullable=False),
        sa.Column("by_id", sa.Text(), nullable=False),
        sa.Column("by_name", sa.Text(), nullable=False),
        sa.Column("created_at", _MOMENT, server_default=_NOW, nullable=False),
        sa.CheckConstraint(f"by_kind IN ({_ACTORS})", name=op.f(f"ck_{table}_by_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    # Not deleted: readers rely on numbers without gaps.
    op.execute("UPDATE operation_events SET type = 'operation.resumed' WHERE type IN (" + _NEW_EVENTS.rstrip(", ") + ")")
    _set_events(_FORMER_EVENTS + _OTHER_EVENTS)
    op.drop_constraint(op.f("ck_operations_pause_decision"), "operations", type_="check")
    for column in ("pause_decision", "pause", "reason"):
        op.drop_column("operations", column)
    for table in ("stops", "holds", "freezes"):
        op.drop_table(table)
