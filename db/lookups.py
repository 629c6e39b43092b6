"""Questions about what is to be looked up at registries: what is due, and what came of asking."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from db import models
from db.image_pushes import ImagePushes, image_push_record
from db.records import ImagePushRecord
from domain.words import ImagePushState


class Lookups:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def due_hosts(self) -> tuple[str, ...]:
        """The registries at which something is to be looked up now."""
        return tuple(await self._session.scalars(select(_HOST).distinct().where(_due())))

    async def due_at(self, host: str, *, limit: int) -> tuple[ImagePushRecord, ...]:
        """What is to be looked up now at a registry, in the order in which it was pushed."""
        query = select(models.ImagePush).where(_due(), _host(host)).order_by(models.ImagePush.push).limit(limit)
        return tuple(image_push_record(row) for row in await self._session.scalars(query))

    async def next_try(self) -> datetime | None:
        """When the next one that waits is to be looked up again."""
        table = models.ImagePush
        return await self._session.scalar(
            select(func.min(table.next_try_at)).where(table.state == ImagePushState.WAITING)
        )

    async def still_due(self, image_pushes: Sequence[ImagePushRecord]) -> frozenset[int]:
        """Those of which nothing has changed since they were read, by number; nobody else changes them from now on."""
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
        """Its registry has said what it is."""
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
        """Its registry is not asked, or cannot be: it goes on with what its sender said."""
        await self._change(pushes, state=ImagePushState.READY, code=code, reason=reason)

    async def put_off(self, push: int, *, until: datetime, code: str, reason: str) -> None:
        """Its registry could not be asked now."""
        await self._change([push], next_try_at=until, attempts=models.ImagePush.attempts + 1, code=code, reason=reason)

    async def put_off_host(self, host: str, *, until: datetime, code: str, reason: str) -> None:
        """Nothing of this registry can be looked up now."""
        await self._session.execute(
            update(models.ImagePush)
            .where(_due(), _host(host))
            .values(next_try_at=until, attempts=models.ImagePush.attempts + 1, code=code, reason=reason)
        )

    async def requeue_after(self, host: str) -> None:
        """The registry is asked with other means from now on: whatever could not be looked up there is looked up now.

        What went on without a digest does so only where it is still the newest of its tag.
        """
        table, newer = models.ImagePush, aliased(models.ImagePush)
        await self._session.execute(
            update(table)
            .where(
                _host(host),
                or_(
                    table.state == ImagePushState.WAITING,
                    and_(
                        table.state.in_([ImagePushState.READY, ImagePushState.DECIDED]),
                        table.code.is_not(None),
                        table.digest.is_(None),
                        ~exists().where(
                            newer.repository == table.repository, newer.tag == table.tag, newer.push > table.push
                        ),
                    ),
                ),
            )
            .values(state=ImagePushState.WAITING, next_try_at=func.now(), attempts=0)
        )
        await ImagePushes(self._session).ring()

    async def _change(self, pushes: Sequence[int], **fields: Any) -> None:
        await self._session.execute(update(models.ImagePush).where(models.ImagePush.push.in_(pushes)).values(**fields))


_HOST = func.split_part(models.ImagePush.repository, "/", 1)


def _host(host: str) -> Any:
    return host == _HOST


def _due() -> Any:
    return and_(models.ImagePush.state == ImagePushState.WAITING, models.ImagePush.next_try_at <= func.now())
