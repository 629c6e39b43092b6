"""Queries on repositories: their known tags, and the digests that each tag had."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, exists, func, or_, select, update
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from db import models
from db.image_pushes import image_push_record
from db.records.images import ImagePushRecord
from domain.words import ImagePushOrigin, ImagePushState

_PART = 1000  # rows


@dataclass(frozen=True, kw_only=True)
class KnownTag:
    """A tag's newest push, and the digest that it was last known to have."""

    push: int
    digest: str | None
    state: ImagePushState
    code: str | None


class KnownTags:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def newest(
        self, repositories: Sequence[str], *, application_id: str, limit: int
    ) -> tuple[ImagePushRecord, ...]:
        """The known tags of these repositories, for an application: each tag's newest push, the newest first."""
        newest = (
            select(func.max(models.ImagePush.push))
            .where(_visible_to(repositories, application_id), models.ImagePush.state != ImagePushState.VOID)
            .group_by(models.ImagePush.repository, models.ImagePush.tag)
        )
        query = (
            select(models.ImagePush)
            .where(models.ImagePush.push.in_(newest))
            .order_by(models.ImagePush.push.desc())
            .limit(limit)
        )
        return tuple(image_push_record(row) for row in await self._session.scalars(query))

    async def of_tag(
        self,
        repositories: Sequence[str],
        tag: str,
        *,
        application_id: str,
        digest: str | None = None,
        limit: int = 50,
    ) -> tuple[ImagePushRecord, ...]:
        """The pushes of a tag, the newest first: of any digest if none is named.

        Where no repository is named, those that were reported for this application alone.
        """
        table = models.ImagePush
        mine = _visible_to(repositories, application_id) if repositories else table.application_id == application_id
        query = select(table).where(table.tag == tag, mine)
        if digest is not None:
            query = query.where(models.ImagePush.digest == digest)
        rows = await self._session.scalars(query.order_by(models.ImagePush.push.desc()).limit(limit))
        return tuple(image_push_record(row) for row in rows)

    async def all(self, repository: str) -> dict[str, KnownTag]:
        """Every tag of the repository that was ever reported or found, by tag."""
        table = models.ImagePush
        newest = (
            select(table.tag, table.push, table.state, table.code)
            .ext(distinct_on(table.tag))
            .where(table.repository == repository)
            .order_by(table.tag, table.push.desc())
        ).subquery()
        with_digest = (
            select(table.tag, table.digest)
            .ext(distinct_on(table.tag))
            .where(table.repository == repository, table.digest.is_not(None))
            .order_by(table.tag, table.push.desc())
        ).subquery()
        known: dict[str, KnownTag] = {}
        rows = await self._session.stream(  # part by part, so that a large repository does not hold up the event loop
            select(newest, with_digest.c.digest).outerjoin(with_digest, with_digest.c.tag == newest.c.tag),
            execution_options={"yield_per": _PART},
        )
        async for part in rows.partitions():
            for row in part:
                known[row.tag] = KnownTag(push=row.push, digest=row.digest, state=row.state, code=row.code)
        return known

    async def previous_digest(self, image_push: ImagePushRecord) -> str | None:
        """The digest that the tag had by its previous push; None if there is none.

        A push that was judged in no app environment does not count: one may run its repository by now, and pushing the
        same image again is how a person gets it deployed there.
        """
        table, verdict = models.ImagePush, models.ImagePushVerdict
        return await self._session.scalar(
            select(table.digest)
            .where(
                or_(
                    table.state == ImagePushState.READY,
                    table.origin == ImagePushOrigin.BASELINE,
                    exists().where(verdict.push == table.push),
                ),
                table.repository == image_push.repository,
                table.tag == image_push.tag,
                table.push < image_push.push,
                table.state.in_([ImagePushState.READY, ImagePushState.DECIDED]),
                table.application_id.is_not_distinct_from(image_push.application_id),
            )
            .order_by(table.push.desc())
            .limit(1)
        )

    async def learn_digest(self, push: int, digest: str) -> None:
        """Add the digest to a push that was stored without it; this is no news."""
        await self._session.execute(update(models.ImagePush).where(models.ImagePush.push == push).values(digest=digest))


def _visible_to(repositories: Sequence[str], application_id: str) -> Any:
    """Condition: of these repositories, and for every application or for this one."""
    table = models.ImagePush
    return and_(
        table.repository.in_(repositories),
        or_(table.application_id.is_(None), table.application_id == application_id),
    )
