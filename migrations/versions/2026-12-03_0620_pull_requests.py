"""Whose pull requests bring changes to a Git repository."""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

_TABLE = "git_repositories"
_CHECK = "ck_git_repositories_pull_requests"
_WORDS = "'github', 'gitlab', 'gitea', 'bitbucket', 'bitbucket-data-center'"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column(_TABLE, sa.Column("pull_requests", sa.String(32), nullable=True))
    op.create_check_constraint(op.f(_CHECK), _TABLE, f"pull_requests IN ({_WORDS})")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_constraint(op.f(_CHECK), _TABLE, type_="check")
    op.drop_column(_TABLE, "pull_requests")
