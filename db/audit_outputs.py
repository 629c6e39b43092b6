"""How far the audit was sent to where it is streamed."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from db import models


@dataclass(frozen=True, kw_only=True)
class Lease:
    """This process sends what follows `position`; `failures` is how often sending it has failed in a row."""

    name: str
    position: int
    failures: int


class AuditOutputs:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def position(self, name: str) -> int:
        """Up to which number entries have arrived; 0 where none has."""
        table = models.AuditOutput
        return await self._session.scalar(select(table.position).where(table.name == name)) or 0

    async def lease(self, name: str, *, lasts: timedelta) -> Lease | None:
        """The right to send, for so long; None where another process has it, or the next try is not due."""
        table = models.AuditOutput
        await self._session.execute(upsert(table).values(name=name).on_conflict_do_nothing())
        row = (
            await self._session.execute(
                update(table)
                .where(
                    table.name == name,
                    or_(table.leased_until.is_(None), table.leased_until < func.now()),
                    table.next_try_at <= func.now(),
                )
                .values(leased_until=func.now() + lasts)
                .returning(table.position, table.failures)
            )
        ).one_or_none()
        return None if row is None else Lease(name=name, position=row.position, failures=row.failures)

    async def sent(self, lease: Lease, position: int) -> None:
        """Entries up to `position` have arrived; others may send now. Without effect where another has sent more."""
        await self._end(lease, position=position, failures=0, error=None, next_try_at=func.now())

    async def failed(self, lease: Lease, *, error: str, wait: timedelta) -> None:
        await self._end(lease, failures=lease.failures + 1, error=error, next_try_at=func.now() + wait)

    async def error(self, name: str) -> str | None:
        """Why the last try failed; None where it did not."""
        table = models.AuditOutput
        return await self._session.scalar(select(table.error).where(table.name == name))

    async def _end(self, lease: Lease, **fields: object) -> None:
        table = models.AuditOutput
        await self._session.execute(
            update(table)
            .where(table.name == lease.name, table.position == lease.position)
            .values(leased_until=None, **fields)
        )
