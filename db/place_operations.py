"""Queries on the operations of app environments: which one is under way, and which one ended last."""

from collections.abc import Collection, Iterable

from sqlalchemy import Uuid, bindparam, cast, exists, func, select, true
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from db import models
from db.operations import ACTIVE
from db.records.operations import EndedOperation


class PlaceOperations:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def active(self) -> dict[str, str]:
        """The ids of all operations under way, by app environment."""
        table = models.Operation
        connection = await self._session.connection()
        rows = await connection.execute(select(table.app_environment_id, table.id).where(table.state.in_(ACTIVE)))
        return {row.app_environment_id: row.id for row in rows if row.app_environment_id is not None}

    async def last_ended(self, app_environment_ids: Collection[str]) -> dict[str, EndedOperation]:
        """The newest operation of each of these app environments, by their ids, of those that have ended."""
        if not app_environment_ids:
            return {}
        connection = await self._session.connection()
        rows = await connection.execute(_LAST_ENDED, {"places": list(app_environment_ids)})
        return {row.place: EndedOperation(id=row.id, kind=row.kind, state=row.state) for row in rows}

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
