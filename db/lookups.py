"""Queries on what registries are to be asked: which image pushes are due, and the results."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from db import models
from db.image_pushes import TAG_UNKNOWN, UNVERIFIED, ImagePushes, image_push_record
from db.records.images import ImagePushRecord
from domain.words import ImagePushState

_LATELY = timedelta(days=1)


class Lookups:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def due_hosts(self) -> tuple[str, ...]:
        """The hosts of the registries at which an image push is due."""
        return tuple(await self._session.scalars(select(_HOST).distinct().where(_due())))

    async def due_at(self, host: str, *, limit: int) -> tuple[ImagePushRecord, ...]:
        """The image pushes that are due at a registry, in the order of their push numbers."""
        query = select(models.ImagePush).where(_due(), _host(host)).order_by(models.ImagePush.push).limit(limit)
        return tuple(image_push_record(row) for row in await self._session.scalars(query))

    async def next_due_in(self) -> timedelta | None:
        """The time until the next image push is due, apart from those that are due already; None if no other waits."""
        next_try, state = models.ImagePush.next_try_at, models.ImagePush.state
        wait: timedelta | None = await self._session.scalar(
            select(func.min(next_try) - func.now()).where(state == ImagePushState.WAITING, next_try > func.now())
        )
        return wait

    async def still_due(self, image_pushes: Sequence[ImagePushRecord]) -> frozenset[int]:
        """The push numbers of those that have not changed since they were read. Locks their rows."""
        table = models.ImagePush
        rows = await self._session.execute(
            select(table.push, table.next_try_at)
            .where(table.push.in_([each.push for each in image_pushes]), table.state == ImagePushState.WAITING)
            .order_by(table.push)
            .with_for_update()
        )
        now = {row.push: row.next_try_at for row in rows}
        return frozenset(each.push for each in image_pushes if now.get(each.push) == each.next_try_at)

    async def resolved(
        self,
        push: int,
        *,
        digest: str,
        media_type: str | None,
        platforms: Sequence[str],
        built_at: datetime | None,
    ) -> None:
        """The registry has answered: the push is ready to be judged."""
        await self._change(
            [push],
            digest=digest,
            media_type=media_type,
            platforms=list(platforms),
            built_at=built_at,
            resolved_at=func.now(),
            state=ImagePushState.READY,
            code=None,
            reason=None,
        )

    async def unresolved(self, pushes: Sequence[int], *, code: str | None, reason: str | None) -> None:
        """The registry is not asked: these are ready to be judged with what their senders reported."""
        await self._change(pushes, state=ImagePushState.READY, code=code, reason=reason)

    async def put_off(self, push: int, *, until: datetime, code: str, reason: str) -> None:
        """The registry gave no answer for this push; ask again at `until`."""
        await self._change([push], next_try_at=until, attempts=models.ImagePush.attempts + 1, code=code, reason=reason)

    async def put_off_host(self, host: str, *, until: datetime, code: str, reason: str) -> None:
        """The registry answers nothing now: whatever is due there is asked again at `until`."""
        await self._session.execute(
            update(models.ImagePush)
            .where(_due(), _host(host))
            .values(next_try_at=until, attempts=models.ImagePush.attempts + 1, code=code, reason=reason)
        )

    async def ask_again(self, host: str) -> None:
        """The registry's credential has changed: whatever waits there, or could not be asked for, is due now.

        What was judged without the registry's answer, and what the registry said it did not have (many say so to
        strangers), only if it is still the newest push of its tag; the latter if it came within the last day.
        """
        table, newer = models.ImagePush, aliased(models.ImagePush)
        is_newest = ~exists().where(
            newer.repository == table.repository, newer.tag == table.tag, newer.push > table.push
        )
        await self._session.execute(
            update(table)
            .where(
                _host(host),
                or_(
                    table.state == ImagePushState.WAITING,
                    and_(
                        table.state.in_([ImagePushState.READY, ImagePushState.DECIDED]),
                        table.code.is_not(None),
                        or_(table.digest.is_(None), table.code == UNVERIFIED),
                        is_newest,
                    ),
                    and_(
                        table.state == ImagePushState.VOID,
                        table.code == TAG_UNKNOWN,
                        table.discovered_at > func.now() - _LATELY,
                        is_newest,
                    ),
                ),
            )
            .values(state=ImagePushState.WAITING, next_try_at=func.now(), attempts=0)
        )
        await ImagePushes(self._session).notify()

    async def _change(self, pushes: Sequence[int], **fields: Any) -> None:
        await self._session.execute(update(models.ImagePush).where(models.ImagePush.push.in_(pushes)).values(**fields))


_HOST = func.split_part(models.ImagePush.repository, "/", 1)


def _host(host: str) -> Any:
    return host == _HOST


def _due() -> Any:
    return and_(models.ImagePush.state == ImagePushState.WAITING, models.ImagePush.next_try_at <= func.now())
