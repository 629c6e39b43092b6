"""Questions about what becomes of pushed images, app environment by app environment."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from db import models
from db.arrivals import arrival_record
from db.records import ArrivalRecord, Page, VerdictRecord
from db.words import Verdict


@dataclass(frozen=True, kw_only=True)
class NewVerdict:
    push: int
    verdict: Verdict
    code: str | None = None
    reason: str | None = None
    containers: tuple[dict[str, Any], ...] = ()
    by_push: int | None = None


class Verdicts:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def judge(self, app_environment_id: str, verdicts: Sequence[NewVerdict]) -> None:
        """Write verdicts, in place of earlier ones; what an operation carries out already keeps its own."""
        if not verdicts:
            return
        table = models.ArrivalVerdict
        statement = upsert(table).values(
            [
                {
                    "push": each.push,
                    "app_environment_id": app_environment_id,
                    "verdict": each.verdict,
                    "code": each.code,
                    "reason": each.reason,
                    "containers": list(each.containers),
                    "by_push": each.by_push,
                }
                for each in verdicts
            ]
        )
        given = statement.excluded
        await self._session.execute(
            statement.on_conflict_do_update(
                index_elements=["push", "app_environment_id"],
                set_={
                    "verdict": given.verdict,
                    "code": given.code,
                    "reason": given.reason,
                    "containers": given.containers,
                    "by_push": given.by_push,
                    "decided_at": func.now(),
                },
                where=table.verdict != Verdict.DEPLOYING,
            )
        )

    async def deploy(self, app_environment_id: str, pushes: Sequence[int], *, operation_id: str) -> bool:
        """An operation carries these out from now on. False where one of them is not wanted (or offered) any more."""
        table = models.ArrivalVerdict
        taken = await self._session.scalars(
            update(table)
            .where(
                table.app_environment_id == app_environment_id,
                table.push.in_(pushes),
                table.verdict.in_([Verdict.WANTED, Verdict.OFFERED, Verdict.BLOCKED]),
            )
            .values(verdict=Verdict.DEPLOYING, operation_id=operation_id, code=None, reason=None, decided_at=func.now())
            .returning(table.push)
        )
        return set(taken.all()) == set(pushes)

    async def wanted(self) -> dict[str, tuple[int, ...]]:
        """App environments where something waits to be deployed, and what."""
        table = models.ArrivalVerdict
        rows = await self._session.execute(
            select(table.app_environment_id, table.push).where(table.verdict == Verdict.WANTED).order_by(table.push)
        )
        found: dict[str, list[int]] = {}
        for app_environment_id, push in rows:
            found.setdefault(app_environment_id, []).append(push)
        return {each: tuple(pushes) for each, pushes in found.items()}

    async def of(self, app_environment_id: str, pushes: Iterable[int] | None = None) -> dict[int, VerdictRecord]:
        """By the number of the arrival; None asks for all."""
        table = models.ArrivalVerdict
        query = select(table).where(table.app_environment_id == app_environment_id)
        if pushes is not None:
            query = query.where(table.push.in_(pushes))
        return {row.push: _verdict(row) for row in await self._session.scalars(query)}

    async def standing(
        self, app_environment_ids: Sequence[str], verdicts: Sequence[Verdict]
    ) -> dict[str, tuple[tuple[ArrivalRecord, VerdictRecord], ...]]:
        """The arrivals that have one of these verdicts, by app environment, the newest first."""
        table = models.ArrivalVerdict
        rows = await self._session.execute(
            select(table, models.Arrival)
            .join(models.Arrival, models.Arrival.push == table.push)
            .where(table.app_environment_id.in_(app_environment_ids), table.verdict.in_(verdicts))
            .order_by(table.push.desc())
        )
        found: dict[str, list[tuple[ArrivalRecord, VerdictRecord]]] = {}
        for row, arrival in rows:
            found.setdefault(row.app_environment_id, []).append((arrival_record(arrival), _verdict(row)))
        return {each: tuple(pairs) for each, pairs in found.items()}

    async def list(
        self, app_environment_id: str, *, limit: int, after: str | None = None
    ) -> Page[tuple[ArrivalRecord, VerdictRecord]]:
        """What arrived for it, the newest first; `after` is the number that the last page ended with."""
        table = models.ArrivalVerdict
        query: Select[models.ArrivalVerdict, models.Arrival] = (
            select(table, models.Arrival)
            .join(models.Arrival, models.Arrival.push == table.push)
            .where(table.app_environment_id == app_environment_id)
            .order_by(table.push.desc())
            .limit(limit + 1)
        )
        if after is not None:
            query = query.where(table.push < int(after))
        rows = (await self._session.execute(query)).all()
        items = tuple((arrival_record(arrival), _verdict(row)) for row, arrival in rows[:limit])
        return Page(items=items, next=str(items[-1][0].push) if len(rows) > limit else None)


def _verdict(row: models.ArrivalVerdict) -> VerdictRecord:
    return VerdictRecord(
        push=row.push,
        app_environment_id=row.app_environment_id,
        verdict=row.verdict,
        code=row.code,
        reason=row.reason,
        containers=tuple(row.containers),
        by_push=row.by_push,
        operation_id=row.operation_id,
        decided_at=row.decided_at,
    )
