"""Which tables a session has changed, as far as the ORM's statements tell: for what this process keeps in memory.

Rows that cascades of the database change are not among them, nor what other processes do: `db.feeds` tell of all that,
a moment after the commit.
"""

from typing import Any, Final

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import ORMExecuteState, Session, UOWTransaction

_CHANGED = "changed tables"
UNTOLD: Final = {"untold": True}
"""Execution options of a statement that changes nothing that anybody keeps, as when somebody was seen last."""


class NotingSession(Session):
    """Notes the tables that its statements and flushes change."""


def changed_tables(session: Session) -> frozenset[str]:
    return frozenset(session.info.get(_CHANGED, ()))


def note_change(session: AsyncSession, table: str) -> None:
    """For a statement that is sent past the session, on its connection or as text."""
    _note(session.sync_session, table)


def _note(session: Session, table: str) -> None:
    session.info.setdefault(_CHANGED, set()).add(table)


@event.listens_for(NotingSession, "do_orm_execute")
def _note_statement(executed: ORMExecuteState) -> None:
    changing = executed.is_insert or executed.is_update or executed.is_delete
    if changing and not executed.execution_options.get("untold"):
        statement: Any = executed.statement
        _note(executed.session, statement.table.name)


@event.listens_for(NotingSession, "after_flush")
def _note_flush(session: Session, _: UOWTransaction) -> None:
    for row in (*session.new, *session.dirty, *session.deleted):
        _note(session, row.__tablename__)
