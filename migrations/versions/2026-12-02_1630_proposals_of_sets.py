"""A proposal may be of a promotion set: then it has members in place of one app environment.

A process of the former release does not see such proposals: it looks for the app environment of each.
"""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

_ID = sa.Uuid(as_uuid=False)
_PLACE = ("app_environment_id", "request", "plan")
# What tells of it: the table, the event, and the column that names the proposal.
_TELLING = (
    ("proposals", "UPDATE", "id"),
    ("proposal_votes", "INSERT", "proposal_id"),
    ("proposal_members", "INSERT", "proposal_id"),
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("proposals", sa.Column("set_order", sa.String(32), nullable=True))
    op.add_column("proposals", sa.Column("group_name", sa.Text(), nullable=True))
    op.add_column("proposals", sa.Column("promotion_set_id", _ID, nullable=True))
    for column in _PLACE:
        op.alter_column("proposals", column, nullable=True)
    _check("set_order", "set_order IN ('all-at-once', 'one-by-one')")
    _check("whole", "num_nulls(app_environment_id, request, plan) IN (0, 3)")
    _check("place", "(app_environment_id IS NULL) = (set_order IS NOT NULL)")
    op.drop_constraint(op.f("ck_proposals_operation_id"), "proposals", type_="check")
    _check("started", "(state = 'approved') = (num_nonnulls(operation_id, promotion_set_id) = 1)")
    op.create_table(
        "proposal_members",
        sa.Column("proposal_id", _ID, nullable=False),
        sa.Column("app_environment_id", _ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("request", sa.JSON(), nullable=False),
        sa.Column("plan", sa.JSON(), nullable=False),
        sa.Column("plan_digest", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["proposal_id"],
            ["proposals.id"],
            name=op.f("fk_proposal_members_proposal_id_proposals"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["app_environment_id"],
            ["app_environments.id"],
            name=op.f("fk_proposal_members_app_environment_id_app_environments"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("proposal_id", "app_environment_id", name=op.f("pk_proposal_members")),
    )
    op.create_index("ix_proposal_members_app_environment_id", "proposal_members", ["app_environment_id"])
    _tell_of_members()


def _check(name: str, condition: str) -> None:
    op.create_check_constraint(op.f(f"ck_proposals_{name}"), "proposals", condition)


def _tell_of_members() -> None:
    """That such a proposal has changed is told of each of its places, as of a proposal there."""
    op.execute("""
        CREATE FUNCTION tell_changed_members_of_proposal() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM pg_notify('stagecoach_changes', concat_ws(' ', 'proposals', app_environment_id, proposal_id))
            FROM proposal_members
            WHERE proposal_id = (to_jsonb(NEW) ->> TG_ARGV[0])::uuid;
            RETURN NULL;
        END $$
    """)
    for table, event, column in _TELLING:
        op.execute(
            f"CREATE TRIGGER stagecoach_members_{event.lower()} AFTER {event} ON {table} FOR EACH ROW "
            f"EXECUTE FUNCTION tell_changed_members_of_proposal('{column}')"
        )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table, event, _ in _TELLING:
        op.execute(f"DROP TRIGGER stagecoach_members_{event.lower()} ON {table}")
    op.execute("DROP FUNCTION tell_changed_members_of_proposal()")
    op.drop_table("proposal_members")
    op.execute("DELETE FROM proposals WHERE app_environment_id IS NULL")
    for name in ("started", "place", "whole", "set_order"):
        op.drop_constraint(op.f(f"ck_proposals_{name}"), "proposals", type_="check")
    op.create_check_constraint(
        op.f("ck_proposals_operation_id"), "proposals", "(state = 'approved') = (operation_id IS NOT NULL)"
    )
    for column in _PLACE:
        op.alter_column("proposals", column, nullable=False)
    for column in ("promotion_set_id", "group_name", "set_order"):
        op.drop_column("proposals", column)
