"""Git repositories in which images are changed, with their sealed credentials."""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

_ID = sa.Uuid(as_uuid=False)
_MOMENT = sa.DateTime(timezone=True)
_NOW = sa.text("now()")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "git_repositories",
        sa.Column("id", _ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("username", sa.Text(), nullable=True),
        sa.Column("secret", sa.Text(), nullable=True),
        sa.Column("last_seen_at", _MOMENT, nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("created_at", _MOMENT, server_default=_NOW, nullable=False),
        sa.Column("updated_at", _MOMENT, server_default=_NOW, nullable=False),
        sa.CheckConstraint("(kind = 'anonymous') = (secret IS NULL)", name=op.f("ck_git_repositories_secret")),
        sa.CheckConstraint("(kind = 'basic') = (username IS NOT NULL)", name=op.f("ck_git_repositories_username")),
        sa.CheckConstraint("kind IN ('anonymous', 'basic', 'bearer')", name=op.f("ck_git_repositories_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_git_repositories")),
    )
    op.create_index("uq_git_repositories_name", "git_repositories", [sa.text("lower(name)")], unique=True)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table("git_repositories")
