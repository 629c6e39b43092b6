"""Queries on the operations of app environments: which one is under way, and which one ended last."""

from collections.abc import Collection, Iterable
from contextlib import suppress

from sqlalchemy import Uuid, bindparam, cast, exists, func, select, true
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from db import models
from db.base import parse_id
from db.operations import ACTIVE
from db.records.operations import EndedOperation, ImageOperation
from domain.stored.plans import StoredImagePlan
from domain.stored.versions import UnknownVersionError
from domain.words import OperationKind

OF_IMAGES = (OperationKind.PROMOTION, OperationKind.DEPLOY, OperationKind.ROLLBACK)


class PlaceOperations:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def active(self) -> dict[str, str]:
        """The ids of all operations under way, by app environment."""
        table = models.Operation
        connection = await self._session.connection()
        rows = await connection.execute(select(table.app_environment_id, table.id).where(table.state.in_(ACTIVE)))
        return {row.app_environment_id: row.id for row in rows if row.app_environment_id is not None}

    async def places_of(self, operation_ids: Collection[str]) -> dict[str, str]:
        """The ids of the app environments of these operations, by theirs; an operation that is gone is left out."""
        table = models.Operation
        connection = await self._session.connection()
        keys = [key for each in operation_ids if (key := parse_id(each)) is not None]
        rows = await connection.execute(select(table.id, table.app_environment_id).where(table.id.in_(keys)))
        return {row.id: row.app_environment_id for row in rows if row.app_environment_id is not None}

    async def last_ended(self, app_environment_ids: Collection[str]) -> dict[str, EndedOperation]:
        """The newest operation of each of these app environments, by their ids, of those that have ended."""
        if not app_environment_ids:
            return {}
        connection = await self._session.connection()
        rows = await connection.execute(_LAST_ENDED, {"places": list(app_environment_ids)})
        return {row.place: EndedOperation(id=row.id, kind=row.kind, state=row.state) for row in rows}

    async def newest(self, app_environment_id: str) -> str | None:
        """The id of the newest operation there, under way or ended."""
        table = models.Operation
        query = select(table.id).where(table.app_environment_id == app_environment_id)
        return await self._session.scalar(query.order_by(table.id.desc()).limit(1))

    async def of_images(self, app_environment_id: str, *, limit: int) -> tuple[ImageOperation, ...]:
        """The last operations there that change images and have ended, the newest first.

        Those of a newer release, whose plans cannot be read, are left out.
        """
        table = models.Operation
        rows = await self._session.execute(
            select(
                table.id,
                table.kind,
                table.state,
                table.actor,
                table.actor_kind,
                table.message,
                table.created_at,
                table.plan,
            )
            .where(
                table.app_environment_id == app_environment_id,
                table.state.not_in(ACTIVE),
                table.kind.in_(OF_IMAGES),
            )
            .order_by(table.id.desc())
            .limit(limit)
        )
        found = []
        for row in rows:
            with suppress(UnknownVersionError):
                found.append(
                    ImageOperation(
                        id=row.id,
                        kind=row.kind,
                        state=row.state,
                        actor=row.actor,
                        actor_kind=row.actor_kind,
                        message=row.message,
                        created_at=row.created_at,
                        plan=StoredImagePlan.from_json(row.plan),
                    )
                )
        return tuple(found)

    async def idle(self, app_environment_ids: Iterable[str]) -> dict[str, int]:
        """Those of these app environments in which no operation is under way, with the number of their last release."""
        place, operation = models.AppEnvironment, models.Operation
        underway = exists().where(operation.app_environment_id == place.id, operation.state.in_(ACTIVE))
        query = select(place.id, place.last_release).where(place.id.in_(list(app_environment_ids)), ~underway)
        connection = await self._session.connection()
        return {row.id: row.last_release for row in await connection.execute(query)}


# A step into the index for each place: its whole history may be long.
_UUIDS = ARRAY(Uuid(as_uuid=False))
_PLACES = select(
    func.unnest(cast(bindparam("places", type_=_UUIDS), _UUIDS), type_=Uuid(as_uuid=False)).label("place")
).subquery()
_NEWEST = (
    select(models.Operation.id, models.Operation.kind, models.Operation.state)
    .where(models.Operation.app_environment_id == _PLACES.c.place, models.Operation.state.not_in(ACTIVE))
    .order_by(models.Operation.id.desc())
    .limit(1)
    .lateral()
)
_LAST_ENDED = select(_PLACES.c.place, _NEWEST.c.id, _NEWEST.c.kind, _NEWEST.c.state).join(_NEWEST, true())
