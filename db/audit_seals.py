"""Queries on the seals of the audit, and on what may be sealed."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, delete, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from db import models
from domain.audit import Seal

_NAMESPACE = 0x57A6EC0B  # an arbitrary number, of the advisory lock of whoever seals


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """Numbers up to `seq` were drawn by transactions with ids below `transaction`."""

    seq: int
    transaction: int


class AuditSeals:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def drawn(self, *, beyond: int) -> Drawn | None:
        """Which numbers were drawn until now, by which transactions; None where none is beyond this one.

        The order matters: whoever drew a number had an id before (the table's columns see to it), and this
        transaction gets its own, which is greater, after it has read the last number.
        """
        seq = await self._session.scalar(
            text("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM audit_seq_seq")
        )
        if seq is None or seq <= beyond:
            return None
        own = await self._session.scalar(text("SELECT CAST(CAST(pg_current_xact_id() AS text) AS bigint)"))
        assert own is not None
        return Drawn(seq=seq, transaction=own)

    async def settled(self, drawn: Drawn) -> bool:
        """Whether all those transactions have ended: no further entry can appear among these numbers.

        A transaction that stays open anywhere on the server delays it. Ask in another transaction than `drawn`.
        """
        oldest = await self._session.scalar(
            text("SELECT CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint)")
        )
        assert oldest is not None
        return int(oldest) >= drawn.transaction

    async def lock(self) -> bool:
        """Whether this transaction alone seals and forgets; False where another process does."""
        taken = await self._session.scalar(text("SELECT pg_try_advisory_xact_lock(:space, 0)"), {"space": _NAMESPACE})
        return bool(taken)

    async def last(self) -> Seal | None:
        table = models.AuditSeal
        row = await self._session.execute(select(*_COLUMNS).order_by(table.number.desc()).limit(1))
        found = row.one_or_none()
        return None if found is None else _seal(found)

    async def after(self, number: int, *, limit: int) -> tuple[Seal, ...]:
        """Seals in their order, after this number."""
        table = models.AuditSeal
        rows = await self._session.execute(
            select(*_COLUMNS).where(table.number > number).order_by(table.number).limit(limit)
        )
        return tuple(map(_seal, rows))

    async def add(self, seal: Seal) -> None:
        await self._session.execute(
            insert(models.AuditSeal).values(
                number=seal.number,
                first_seq=seal.first_seq,
                last_seq=seal.last_seq,
                entries=seal.entries,
                form=seal.form,
                digest=seal.digest,
                newest_at=seal.newest_at,
            )
        )

    async def forget(self, *, before: datetime, limit: int) -> int:
        """Delete the entries of the first ranges whose newest entry is older; returns of how many ranges.

        The seals stay. A range is kept while one before it is: what is left is one piece.
        """
        table = models.AuditSeal
        kept = select(table.number).where(table.forgotten.is_(False), table.newest_at >= before)
        first_kept = await self._session.scalar(kept.order_by(table.number).limit(1))
        old = select(table.number).where(table.forgotten.is_(False), table.newest_at < before)
        if first_kept is not None:
            old = old.where(table.number < first_kept)
        numbers = (await self._session.scalars(old.order_by(table.number).limit(limit))).all()
        if not numbers:
            return 0
        await self._session.execute(update(table).where(table.number.in_(numbers)).values(forgotten=True))
        last = await self._session.scalar(select(table.last_seq).where(table.number == numbers[-1]))
        await self._session.execute(delete(models.Audit).where(models.Audit.seq <= last))
        return len(numbers)


_TABLE = models.AuditSeal
_COLUMNS = (
    _TABLE.number,
    _TABLE.first_seq,
    _TABLE.last_seq,
    _TABLE.entries,
    _TABLE.form,
    _TABLE.digest,
    _TABLE.newest_at,
    _TABLE.forgotten,
)


def _seal(row: Row[int, int, int, int, int, bytes, datetime, bool]) -> Seal:
    number, first, last, entries, form, digest, newest_at, forgotten = row
    return Seal(
        number=number,
        first_seq=first,
        last_seq=last,
        entries=entries,
        form=form,
        digest=digest,
        newest_at=newest_at,
        forgotten=forgotten,
    )
