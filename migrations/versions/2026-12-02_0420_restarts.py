"""Restarts are a kind of operation.

A process of the former release does not know the word: until it is gone, it cannot show operations of this kind.
"""

from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

_FORMER = "'adopt', 'configure', 'import', 'promotion', 'deploy', 'rollback'"
_TABLES = ("operations", "releases", "proposals")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    _allow(f"{_FORMER}, 'restart'")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DELETE FROM operations WHERE kind = 'restart'")
    _allow(_FORMER)


def _allow(kinds: str) -> None:
    for table in _TABLES:
        op.drop_constraint(op.f(f"ck_{table}_kind"), table, type_="check")
        op.create_check_constraint(op.f(f"ck_{table}_kind"), table, f"kind IN ({kinds})")
