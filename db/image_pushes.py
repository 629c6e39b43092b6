"""Queries on image pushes: which came, and what state they are in.

A transaction that adds one notifies the topic `IMAGE_PUSHES` when it commits, for the one process whose worker deploys.
`db.lookups` says what is to be asked at registries, `db.known_tags` what is known of a repository.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from db import models
from db.events import CHANNEL
from db.image_push_retention import is_spent
from db.records import ImagePushRecord
from domain.words import ImagePushOrigin, ImagePushState

# The payload of the notifications. It keeps the table's former name: processes of two releases notify each other.
IMAGE_PUSHES = "arrivals"
TAG_UNKNOWN = "tag-unknown"  # the code of what its registry does not know

_RING = text("SELECT pg_notify(:channel, :key)")


@dataclass(frozen=True, kw_only=True)
class NewImagePush:
    """A tag that was pushed; `application_id` None means for whoever runs it."""

    repository: str
    tag: str
    digest: str | None
    origin: ImagePushOrigin
    media_type: str | None = None
    application_id: str | None = None
    delivery_id: str | None = None
    state: ImagePushState = ImagePushState.WAITING


class ImagePushes:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def ring(self) -> None:
        """Let whoever looks after arrivals look."""
        await self._session.execute(_RING, {"channel": CHANNEL, "key": IMAGE_PUSHES})

    async def add(self, image_pushes: Sequence[NewImagePush]) -> tuple[int, ...]:
        """Their numbers, in their order."""
        if not image_pushes:
            return ()
        pushes = await self._session.scalars(
            insert(models.ImagePush).returning(models.ImagePush.push, sort_by_parameter_order=True),
            [vars(each) for each in image_pushes],
        )
        await self.ring()
        return tuple(pushes.all())

    async def came_lately(self, image_push: NewImagePush, *, since: datetime) -> bool:
        """Whether the same was reported since then: that digest or, where none is named, one still to be looked up.

        In the latter case its registry may be being asked right now, and have answered before this push. So it is
        marked: whoever asks has to ask again (`Lookups.still_due`).
        """
        table = models.ImagePush
        newest = (
            select(table.push, table.digest, table.state, table.code, table.discovered_at)
            .where(
                table.repository == image_push.repository,
                table.tag == image_push.tag,
                table.application_id.is_not_distinct_from(image_push.application_id),
            )
            .order_by(table.push.desc())
            .limit(1)
        )
        # Only the newest counts: a tag that was moved away and back is news.
        row = (await self._session.execute(newest)).one_or_none()
        if row is None or row.discovered_at < since:
            return False
        if row.state is ImagePushState.VOID and row.code == TAG_UNKNOWN:
            return False
        return row.digest == image_push.digest if image_push.digest else await self._mark(row.push)

    async def _mark(self, push: int) -> bool:
        """Have it asked for after this moment. False where it is not to be looked up any more, or just being written:
        whoever writes is not waited for, so that nobody waits in a circle.
        """
        table = models.ImagePush
        waiting = (
            select(table.next_try_at)
            .where(table.push == push, table.state == ImagePushState.WAITING)
            .with_for_update(skip_locked=True)
        )
        due = await self._session.scalar(waiting)
        if due is not None and due <= datetime.now(UTC):
            await self._change([push], next_try_at=func.clock_timestamp())
        return due is not None

    async def ready(self, *, limit: int) -> tuple[ImagePushRecord, ...]:
        """Those that are to be decided upon, in the order in which they were pushed."""
        table = models.ImagePush
        query = select(table).where(table.state == ImagePushState.READY).order_by(table.push).limit(limit)
        return tuple(image_push_record(row) for row in await self._session.scalars(query))

    async def void(self, pushes: Sequence[int], *, code: str, reason: str) -> None:
        """No news, or no image."""
        await self._change(pushes, state=ImagePushState.VOID, code=code, reason=reason)

    async def decided(self, pushes: Sequence[int]) -> None:
        """But for those that are to be looked up again since they were ready."""
        table = models.ImagePush
        await self._session.execute(
            update(table)
            .where(table.push.in_(pushes), table.state == ImagePushState.READY)
            .values(state=ImagePushState.DECIDED)
        )

    async def some(self, pushes: Iterable[int]) -> dict[int, ImagePushRecord]:
        """Those of these that there are, by number."""
        rows = await self._session.scalars(select(models.ImagePush).where(models.ImagePush.push.in_(pushes)))
        return {row.push: image_push_record(row) for row in rows}

    async def forget(self, *, before: datetime) -> int:
        """Delete what arrived before that moment and counts for nothing any more; gives how many."""
        gone = await self._session.scalars(
            delete(models.ImagePush).where(is_spent(before)).returning(models.ImagePush.push)
        )
        return len(gone.all())

    async def _change(self, pushes: Sequence[int], **fields: Any) -> None:
        await self._session.execute(update(models.ImagePush).where(models.ImagePush.push.in_(pushes)).values(**fields))


def image_push_record(row: models.ImagePush) -> ImagePushRecord:
    return ImagePushRecord(
        push=row.push,
        repository=row.repository,
        tag=row.tag,
        digest=row.digest,
        resolved=row.resolved_at is not None,
        media_type=row.media_type,
        platforms=tuple(row.platforms),
        built_at=row.built_at,
        origin=row.origin,
        application_id=row.application_id,
        delivery_id=row.delivery_id,
        state=row.state,
        code=row.code,
        reason=row.reason,
        attempts=row.attempts,
        next_try_at=row.next_try_at,
        discovered_at=row.discovered_at,
    )
