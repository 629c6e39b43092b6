"""Queries on releases."""

from collections.abc import Collection, Sequence

from sqlalchemy import and_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db import models
from db.base import new_id, parse_id
from db.held_configuration import HeldConfigurations
from db.keys import Keyring
from db.records.inventory import ReleaseRecord
from db.records.pages import Page
from domain.images import ContainerImage
from domain.words import OperationKind


class Releases:
    def __init__(self, session: AsyncSession, keys: Keyring) -> None:
        self._session = session
        self.held = HeldConfigurations(session, keys)

    async def add(
        self,
        app_environment_id: str,
        *,
        operation_id: str | None,
        kind: OperationKind,
        actor: str,
        images: Sequence[ContainerImage],
        clusters: Sequence[str],
    ) -> ReleaseRecord:
        """Add the next release of the app environment. Its row is locked until commit, so numbers have no gap."""
        number = await self._session.scalar(
            update(models.AppEnvironment)
            .where(models.AppEnvironment.id == app_environment_id)
            .values(last_release=models.AppEnvironment.last_release + 1)
            .returning(models.AppEnvironment.last_release)
        )
        row = models.Release(
            id=new_id(),
            app_environment_id=app_environment_id,
            number=number,
            operation_id=operation_id,
            kind=kind,
            actor=actor,
            images=[image.to_json() for image in images],
            clusters=list(clusters),
        )
        self._session.add(row)
        await self._session.flush()
        await self._session.refresh(row)
        return _record(row)

    async def list(self, app_environment_id: str, *, limit: int, after: str | None = None) -> Page[ReleaseRecord]:
        """The newest first; `after` is the last number of the previous page."""
        table = models.Release
        query = select(table).where(table.app_environment_id == app_environment_id)
        if after is not None:
            query = query.where(table.number < int(after))
        rows = (await self._session.scalars(query.order_by(table.number.desc()).limit(limit + 1))).all()
        items = tuple(_record(row) for row in rows[:limit])
        return Page(items=items, next=str(items[-1].number) if len(rows) > limit else None)

    async def get(self, app_environment_id: str, number: int) -> ReleaseRecord | None:
        row = (
            await self._session.scalars(
                select(models.Release).where(
                    models.Release.app_environment_id == app_environment_id, models.Release.number == number
                )
            )
        ).one_or_none()
        return _record(row) if row else None

    async def last_of(self, app_environment_ids: Collection[str]) -> dict[str, ReleaseRecord]:
        """The last release of each of these app environments, by their ids. One query."""
        table, place = models.Release, models.AppEnvironment
        query = (
            select(table)
            .join(place, and_(place.id == table.app_environment_id, place.last_release == table.number))
            .where(place.id.in_(list(app_environment_ids)))
        )
        return {record.app_environment_id: record for record in map(_record, await self._session.scalars(query))}

    async def of_operation(self, operation_id: str) -> ReleaseRecord | None:
        """What the operation brought, also where its application was deleted since; None where it recorded none."""
        table = models.Release
        row = (await self._session.scalars(select(table).where(table.operation_id == parse_id(operation_id)))).first()
        return _record(row) if row else None

    async def numbers_of(self, operation_ids: Collection[str]) -> dict[str, int]:
        """The numbers of the releases that these operations recorded, by operation."""
        table = models.Release
        rows = await self._session.execute(
            select(table.operation_id, table.number).where(table.operation_id.in_(list(operation_ids)))
        )
        return {row.operation_id: row.number for row in rows}


def _record(row: models.Release) -> ReleaseRecord:
    return ReleaseRecord(
        id=row.id,
        app_environment_id=row.app_environment_id or row.former_app_environment_id or "",
        number=row.number,
        operation_id=row.operation_id,
        kind=row.kind,
        actor=row.actor,
        images=tuple(map(ContainerImage.from_json, row.images)),
        clusters=tuple(row.clusters),
        created_at=row.created_at,
    )
