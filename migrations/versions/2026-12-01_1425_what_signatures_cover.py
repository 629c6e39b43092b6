"""Deliveries know the bytes that their signature covers, and image pushes the time that their sender states.

By the first a signed report that is sent again is recognised under another delivery id, by the second a report that is
older than one before it. Both columns are only added: the former release leaves them empty.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # A migration that cannot get its lock soon fails instead of blocking the statements that queue behind it.
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("deliveries", sa.Column("signed_key", sa.Text(), nullable=True))
    op.create_index(
        "ix_deliveries_receiver_id_signed_key",
        "deliveries",
        ["receiver_id", "signed_key"],
        postgresql_where=sa.text("signed_key IS NOT NULL"),
    )
    op.add_column("image_pushes", sa.Column("pushed_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_column("image_pushes", "pushed_at")
    op.drop_index("ix_deliveries_receiver_id_signed_key", table_name="deliveries")
    op.drop_column("deliveries", "signed_key")
