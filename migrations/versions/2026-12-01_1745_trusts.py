"""CI jobs are trusted by the claims of their own tokens, each of which is taken once.

Both tables are new: the former release does not know them.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_ACTORS = "'person', 'service-account', 'ci-job', 'token', 'automation', 'system'"
_KINDS = "'github', 'gitlab', 'buildkite', 'circleci', 'kubernetes', 'google', 'azure'"
_NOW = sa.text("now()")
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "trusts",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("claims", JSONB(), nullable=False),
        sa.Column("cluster_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("expires_at", _MOMENT, nullable=True),
        sa.Column("last_used_at", _MOMENT, nullable=True),
        sa.Column("created_by_kind", sa.String(32), nullable=False),
        sa.Column("created_by_id", sa.Text(), nullable=False),
        sa.Column("created_by_name", sa.Text(), nullable=False),
        sa.Column("created_at", _MOMENT, server_default=_NOW, nullable=False),
        sa.Column("updated_at", _MOMENT, server_default=_NOW, nullable=False),
        sa.CheckConstraint(f"kind IN ({_KINDS})", name=op.f("ck_trusts_kind")),
        sa.CheckConstraint(f"created_by_kind IN ({_ACTORS})", name=op.f("ck_trusts_created_by_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trusts")),
    )
    op.create_index("uq_trusts_lower_name", "trusts", [sa.literal_column("lower(name)")], unique=True)
    op.create_index("ix_trusts_issuer", "trusts", ["issuer"])
    op.create_table(
        "used_jtis",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.CheckConstraint("octet_length(digest) = 32", name=op.f("ck_used_jtis_digest")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_used_jtis")),
    )
    op.create_index(op.f("ix_used_jtis_expires_at"), "used_jtis", ["expires_at"])


def downgrade() -> None:
    """Tokens of CI jobs act for a trust, so they go with the trusts."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DELETE FROM tokens WHERE subject_kind = 'trust'")
    op.execute("DELETE FROM bindings WHERE subject_kind = 'trust'")
    op.drop_table("used_jtis")
    op.drop_table("trusts")
