"""One proposal of automation waits in an app environment at most. Only an index is added: no release has filed any."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_index(
        "uq_proposals_automation",
        "proposals",
        ["app_environment_id"],
        unique=True,
        postgresql_where=sa.text("state = 'waiting' AND requested_by_kind = 'automation'"),
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index("uq_proposals_automation", table_name="proposals")
