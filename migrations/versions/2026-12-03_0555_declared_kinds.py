"""Custom kinds of which it is declared where they name images and when they are well."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

_ID = sa.Uuid(as_uuid=False)
_MOMENT = sa.DateTime(timezone=True)
_NOW = sa.text("now()")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "declared_kinds",
        sa.Column("id", _ID, nullable=False),
        sa.Column("api_group", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("declaration", JSONB(), nullable=False),
        sa.Column("created_at", _MOMENT, server_default=_NOW, nullable=False),
        sa.Column("updated_at", _MOMENT, server_default=_NOW, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_declared_kinds")),
        sa.UniqueConstraint("api_group", "kind", name=op.f("uq_declared_kinds_api_group_kind")),
    )
    for event in ("INSERT", "UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER stagecoach_places_{event.lower()} AFTER {event} ON declared_kinds "
            "FOR EACH STATEMENT EXECUTE FUNCTION tell_changed_table('stagecoach_places')"
        )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table("declared_kinds")
