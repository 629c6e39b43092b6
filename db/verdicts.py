"""Queries on verdicts: what becomes of image pushes, app environment by app environment."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from db import models
from db.image_pushes import image_push_record
from db.records.images import ImagePushRecord, VerdictRecord
from db.records.pages import Page
from domain.images import ContainerRef
from domain.words import ImagePushState, Verdict


@dataclass(frozen=True, kw_only=True)
class NewVerdict:
    """A verdict to write; `containers` are those that it concerns, `by_push` is the push that superseded this one."""

    push: int
    verdict: Verdict
    code: str | None = None
    reason: str | None = None
    containers: tuple[ContainerRef, ...] = ()
    by_push: int | None = None


class Verdicts:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def judge(self, app_environment_id: str, verdicts: Sequence[NewVerdict]) -> None:
        """Write verdicts in place of earlier ones, except for pushes that an operation is deploying or has deployed."""
        if not verdicts:
            return
        table = models.ImagePushVerdict
        statement = upsert(table).values(
            [
                {
                    "push": each.push,
                    "app_environment_id": app_environment_id,
                    "verdict": each.verdict,
                    "code": each.code,
                    "reason": each.reason,
                    "containers": [container.to_json() for container in each.containers],
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

    async def deploy(
        self, app_environment_id: str, pushes: Sequence[int], *, operation_id: str, offered: bool = True
    ) -> bool:
        """Assign these to an operation. False if one of them does not wait any more: roll the transaction back then.

        An `offered` push waits for a person; automation passes `offered=False`.
        """
        table = models.ImagePushVerdict
        waiting = [Verdict.PENDING, Verdict.BLOCKED, *([Verdict.OFFERED] if offered else [])]
        taken = await self._session.scalars(
            update(table)
            .where(
                table.app_environment_id == app_environment_id,
                table.push.in_(pushes),
                table.verdict.in_(waiting),
            )
            .values(verdict=Verdict.DEPLOYING, operation_id=operation_id, code=None, reason=None, decided_at=func.now())
            .returning(table.push)
        )
        return set(taken.all()) == set(pushes)

    async def pending(self) -> dict[str, tuple[int, ...]]:
        """The pending push numbers by app environment, in ascending order."""
        table = models.ImagePushVerdict
        rows = await self._session.execute(
            select(table.app_environment_id, table.push).where(table.verdict == Verdict.PENDING).order_by(table.push)
        )
        found: dict[str, list[int]] = {}
        for app_environment_id, push in rows:
            found.setdefault(app_environment_id, []).append(push)
        return {each: tuple(pushes) for each, pushes in found.items()}

    async def blocked(self) -> tuple[str, ...]:
        """The ids of app environments with a blocked push: its plan had problems."""
        table = models.ImagePushVerdict
        return tuple(
            await self._session.scalars(
                select(table.app_environment_id).distinct().where(table.verdict == Verdict.BLOCKED)
            )
        )

    async def of(self, app_environment_id: str, pushes: Iterable[int] | None = None) -> dict[int, VerdictRecord]:
        """The verdicts there by push number: on these pushes, or on all with None."""
        table = models.ImagePushVerdict
        query = select(table).where(table.app_environment_id == app_environment_id)
        if pushes is not None:
            query = query.where(table.push.in_(pushes))
        return {row.push: _verdict(row) for row in await self._session.scalars(query)}

    async def pushes_judged(
        self, app_environment_ids: Sequence[str], verdicts: Sequence[Verdict]
    ) -> dict[str, tuple[tuple[ImagePushRecord, VerdictRecord], ...]]:
        """The pushes that have one of these verdicts, by app environment, the newest first."""
        table = models.ImagePushVerdict
        rows = await self._session.execute(
            select(table, models.ImagePush)
            .join(models.ImagePush, models.ImagePush.push == table.push)
            .where(table.app_environment_id.in_(app_environment_ids), table.verdict.in_(verdicts))
            .order_by(table.push.desc())
        )
        found: dict[str, list[tuple[ImagePushRecord, VerdictRecord]]] = {}
        for row, image_push in rows:
            found.setdefault(row.app_environment_id, []).append((image_push_record(image_push), _verdict(row)))
        return {each: tuple(pairs) for each, pairs in found.items()}

    async def deployed(
        self, app_environment_id: str, *, limit: int
    ) -> tuple[tuple[ImagePushRecord, VerdictRecord], ...]:
        """The pushes that were deployed there, or ran there already when they were judged, the newest first."""
        table = models.ImagePushVerdict
        rows = await self._session.execute(
            select(table, models.ImagePush)
            .join(models.ImagePush, models.ImagePush.push == table.push)
            .where(
                table.app_environment_id == app_environment_id,
                table.verdict.in_([Verdict.DEPLOYING, Verdict.UNCHANGED]),
            )
            .order_by(table.push.desc())
            .limit(limit)
        )
        return tuple((image_push_record(image_push), _verdict(row)) for row, image_push in rows)

    async def unsettled_since(self, moment: datetime) -> tuple[str, ...]:
        """App environments (ids) with an offered, pending or blocked push and an operation that ended since then."""
        table = models.ImagePushVerdict
        return tuple(
            await self._session.scalars(
                select(table.app_environment_id)
                .distinct()
                .join(models.Operation, models.Operation.app_environment_id == table.app_environment_id)
                .where(
                    table.verdict.in_([Verdict.OFFERED, Verdict.PENDING, Verdict.BLOCKED]),
                    models.Operation.ended_at >= moment,
                )
            )
        )

    async def concerning(
        self,
        app_environment_id: str,
        *,
        repositories: Sequence[str],
        application_id: str,
        limit: int,
        after: str | None = None,
    ) -> Page[tuple[ImagePushRecord, VerdictRecord | None]]:
        """The pushes that concern an app environment, judged or not, the newest first.

        `after` is the last push number of the previous page.
        """
        table, image_push = models.ImagePushVerdict, models.ImagePush
        query: Any = (  # of pairs, the second one of which may be missing
            select(image_push, table)
            .outerjoin(table, and_(table.push == image_push.push, table.app_environment_id == app_environment_id))
            .where(
                or_(
                    table.push.is_not(None),
                    and_(
                        image_push.repository.in_(repositories),
                        or_(image_push.application_id.is_(None), image_push.application_id == application_id),
                        image_push.state != ImagePushState.VOID,
                    ),
                )
            )
            .order_by(image_push.push.desc())
            .limit(limit + 1)
        )
        if after is not None:
            query = query.where(image_push.push < int(after))
        rows = (await self._session.execute(query)).all()
        items = tuple(
            (image_push_record(pushed), _verdict(row) if row is not None else None) for pushed, row in rows[:limit]
        )
        return Page(items=items, next=str(items[-1][0].push) if len(rows) > limit else None)


def _verdict(row: models.ImagePushVerdict) -> VerdictRecord:
    return VerdictRecord(
        push=row.push,
        app_environment_id=row.app_environment_id,
        verdict=row.verdict,
        code=row.code,
        reason=row.reason,
        containers=tuple(map(ContainerRef.from_json, row.containers)),
        by_push=row.by_push,
        operation_id=row.operation_id,
        decided_at=row.decided_at,
    )
