"""App environments get image deliveries; a stored consent to write owned workloads becomes the delivery `as-owner`.

The consents stay as they are, because processes of the former release read them.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column(
        "app_environments", sa.Column("image_deliveries", postgresql.JSONB(none_as_null=True), nullable=True)
    )
    op.execute(
        """
        UPDATE app_environments SET image_deliveries = jsonb_build_object(
            'owned', 'as-owner',
            'workloads', '[]'::jsonb,
            'set_by', consent -> 'given_by',
            'set_at', consent -> 'given_at'
        )
        FROM (
            SELECT app_environments.id AS app_environment_id, stored.value AS consent
            FROM app_environments, jsonb_array_elements(consents) AS stored
            WHERE stored.value ->> 'consent' = 'owned-until-next-upgrade'
        ) AS given
        WHERE given.app_environment_id = app_environments.id
        """
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_column("app_environments", "image_deliveries")
