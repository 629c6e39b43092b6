"""The index of running images knows which images pods keep, where these are not those of the templates.

By it the list of releases marks what runs, and not what is only written. The column is only added: the former release
leaves it empty, which reads as "pods run the template".
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # A migration that cannot get its lock soon fails instead of blocking the statements that queue behind it.
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("app_environment_images", sa.Column("kept", postgresql.JSONB(), nullable=True))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_column("app_environment_images", "kept")
