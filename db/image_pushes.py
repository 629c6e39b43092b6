"""Queries on image pushes: which were discovered, and their states.

A transaction that adds one notifies the topic `IMAGE_PUSHES` when it commits; the process that holds the worker's lock
listens. `db.lookups` has the queries on what registries are to be asked, `db.known_tags` those on repositories.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, case, delete, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from db import models
from db.base import Base
from db.events import CHANNEL
from db.image_push_retention import is_spent
from db.records.images import ImagePushRecord
from domain.words import ImagePushOrigin, ImagePushState

# The payload of the notifications. It keeps the table's former name: processes of two releases notify each other.
IMAGE_PUSHES = "arrivals"
TAG_UNKNOWN = "tag-unknown"  # the registry does not have the tag
UNVERIFIED = "unverified"  # the registry could not be asked: only the report says that it is an image

_NOTIFY = text("SELECT pg_notify(:channel, :key)")
# Built once, and without the ORM, because every delivery needs them.
_TABLE = Base.metadata.tables[models.ImagePush.__tablename__]
_ADD = insert(_TABLE).returning(_TABLE.c.push, sort_by_parameter_order=True)
_NEWEST = (
    select(_TABLE.c.push, _TABLE.c.digest, _TABLE.c.state, _TABLE.c.code, _TABLE.c.discovered_at)
    .where(
        _TABLE.c.repository == bindparam("repository"),
        _TABLE.c.tag == bindparam("tag"),
        _TABLE.c.application_id.is_not_distinct_from(bindparam("application")),
    )
    .order_by(_TABLE.c.push.desc())
    .limit(1)
)


@dataclass(frozen=True, kw_only=True)
class NewImagePush:
    """A tag that was pushed; `application_id` None means: for every application that runs its repository."""

    repository: str
    tag: str
    digest: str | None
    origin: ImagePushOrigin
    media_type: str | None = None
    pushed_at: datetime | None = None  # as its sender says
    application_id: str | None = None
    state: ImagePushState = ImagePushState.WAITING


class ImagePushes:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def notify(self) -> None:
        """Wake the worker of image pushes when this transaction commits."""
        await self._session.execute(_NOTIFY, {"channel": CHANNEL, "key": IMAGE_PUSHES})

    async def add(self, image_pushes: Sequence[NewImagePush]) -> tuple[int, ...]:
        """Add them; returns their push numbers in the same order."""
        if not image_pushes:
            return ()
        pushes = await self._session.scalars(_ADD, [vars(image_push) for image_push in image_pushes])
        await self.notify()
        return tuple(pushes.all())

    async def was_just_reported(self, image_push: NewImagePush, *, since: datetime) -> bool:
        """Whether the same was reported since that moment: that digest or, without one, a push still to look up.

        In the latter case the worker may be asking the registry now, and get an answer that is older than this push. So
        the row is marked, and the worker asks again (`Lookups.still_due`).
        """
        tag = {
            "repository": image_push.repository,
            "tag": image_push.tag,
            "application": image_push.application_id,
        }
        # Only the newest counts: a tag that moved to another image and back is news.
        row = (await self._session.execute(_NEWEST, tag)).one_or_none()
        if row is None or row.discovered_at < since:
            return False
        if row.state is ImagePushState.VOID and row.code == TAG_UNKNOWN:
            return False
        return row.digest == image_push.digest if image_push.digest else await self._ask_again(row.push)

    async def is_outdated(self, image_push: NewImagePush) -> bool:
        """Whether a later push of the tag was reported before, by the times that the senders state."""
        table = models.ImagePush
        if image_push.pushed_at is None:
            return False
        last = await self._session.scalar(
            select(func.max(table.pushed_at)).where(
                table.repository == image_push.repository,
                table.tag == image_push.tag,
                table.application_id.is_not_distinct_from(image_push.application_id),
            )
        )
        return last is not None and image_push.pushed_at < last

    async def _ask_again(self, push: int) -> bool:
        """Have its registry asked after this moment. False if it is not to be looked up any more, or its row is locked.

        SKIP LOCKED: a delivery that waited for the worker's lock, and the worker for the delivery's, would deadlock.
        """
        table = models.ImagePush
        waiting = (
            select(table.push)
            .where(table.push == push, table.state == ImagePushState.WAITING)
            .with_for_update(skip_locked=True)
            .scalar_subquery()
        )
        now = func.clock_timestamp()
        asked = await self._session.scalar(
            update(table)
            .where(table.push == waiting)
            .values(next_try_at=case((table.next_try_at <= now, now), else_=table.next_try_at))
            .returning(table.push)
        )
        return asked is not None

    async def ready(self, *, limit: int) -> tuple[ImagePushRecord, ...]:
        """Those that are to be judged, in the order of their push numbers."""
        table = models.ImagePush
        query = select(table).where(table.state == ImagePushState.READY).order_by(table.push).limit(limit)
        return tuple(image_push_record(row) for row in await self._session.scalars(query))

    async def void(self, pushes: Sequence[int], *, code: str, reason: str) -> None:
        """These are no news, or no images: they are judged nowhere."""
        await self._change(pushes, state=ImagePushState.VOID, code=code, reason=reason)

    async def decided(self, pushes: Sequence[int]) -> None:
        """These were judged, except for those that have left `ready` since, because they are to be looked up again."""
        table = models.ImagePush
        await self._session.execute(
            update(table)
            .where(table.push.in_(pushes), table.state == ImagePushState.READY)
            .values(state=ImagePushState.DECIDED)
        )

    async def some(self, pushes: Iterable[int]) -> dict[int, ImagePushRecord]:
        """Those of these pushes that exist, by push number."""
        rows = await self._session.scalars(select(models.ImagePush).where(models.ImagePush.push.in_(pushes)))
        return {row.push: image_push_record(row) for row in rows}

    async def forget(self, *, before: datetime) -> int:
        """Delete what was discovered before that moment and is not needed any more; returns the number of rows."""
        deleted = await self._session.scalars(
            delete(models.ImagePush).where(is_spent(before)).returning(models.ImagePush.push)
        )
        return len(deleted.all())

    async def _change(self, pushes: Sequence[int], **fields: Any) -> None:
        await self._session.execute(update(models.ImagePush).where(models.ImagePush.push.in_(pushes)).values(**fields))


def image_push_record(row: models.ImagePush) -> ImagePushRecord:
    """The row as a frozen record."""
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
