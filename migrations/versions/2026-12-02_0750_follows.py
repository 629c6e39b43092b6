"""An app environment can follow its application in another environment.

Its deploy mode stays `manual`, which a process of the former release knows: it offers pushed images there, and promotes
nothing by itself.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

_TABLE = "app_environments"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column(_TABLE, sa.Column("follow_environment_id", sa.Uuid(as_uuid=False), nullable=True))
    op.add_column(_TABLE, sa.Column("follow_terms", postgresql.JSONB(none_as_null=True), nullable=True))
    op.add_column(_TABLE, sa.Column("follow_standing", postgresql.JSONB(none_as_null=True), nullable=True))
    op.create_foreign_key(
        op.f("fk_app_environments_follow_environment_id_environments"),
        _TABLE,
        "environments",
        ["follow_environment_id"],
        ["id"],
    )
    op.create_index("ix_app_environments_follow_environment_id", _TABLE, ["follow_environment_id"])
    op.create_check_constraint(
        op.f("ck_app_environments_follow"), _TABLE, "(follow_environment_id IS NULL) = (follow_terms IS NULL)"
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_constraint(op.f("ck_app_environments_follow"), _TABLE, type_="check")
    op.drop_index("ix_app_environments_follow_environment_id", table_name=_TABLE)
    op.drop_constraint(op.f("fk_app_environments_follow_environment_id_environments"), _TABLE, type_="foreignkey")
    for column in ("follow_standing", "follow_terms", "follow_environment_id"):
        op.drop_column(_TABLE, column)
