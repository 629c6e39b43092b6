"""Queries on declared kinds. Those of an app environment come with its record (`db.app_environments`)."""

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from db import models
from db.base import new_id
from db.errors import DuplicateNameError
from db.records.declared_kinds import DeclaredKindRecord, KindUse
from domain.declared_kinds import Declaration
from domain.declared_kinds import DeclaredKinds as Declarations
from domain.rights import ApplicationRef, EnvironmentRef

_table = models.DeclaredKind


class DeclaredKinds:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def all(self) -> tuple[DeclaredKindRecord, ...]:
        """By group and kind; there are few."""
        rows = await self._session.scalars(select(_table).order_by(_table.api_group, _table.kind))
        return tuple(map(_record, rows))

    async def declarations(self) -> Declarations:
        """All of them, by group and kind."""
        return Declarations(by_kind={(each.group, each.kind): each.declaration for each in await self.all()})

    async def find(self, group: str, kind: str) -> DeclaredKindRecord | None:
        row = await self._row(group, kind)
        return _record(row) if row is not None else None

    async def put(self, group: str, kind: str, declaration: Declaration) -> DeclaredKindRecord:
        """Add it, or replace what was declared. Raises `DuplicateNameError` where another transaction adds it now."""
        row = await self._row(group, kind)
        if row is None:
            row = _table(id=new_id(), api_group=group, kind=kind)
            self._session.add(row)
        row.declaration = declaration.to_json()
        try:
            await self._session.flush()
        except IntegrityError:
            raise DuplicateNameError(f"{kind}.{group}") from None
        record = await self.find(group, kind)
        assert record is not None
        return record

    async def delete(self, kind_id: str) -> None:
        await self._session.execute(delete(_table).where(_table.id == kind_id))

    async def uses(self, group: str, kind: str) -> tuple[KindUse, ...]:
        """The app environments that have resources of the kind, by the names of application and environment."""
        resource, place = models.AppEnvironmentResource, models.AppEnvironment
        of_the_kind = select(resource.app_environment_id).where(
            resource.kind == kind, func.split_part(resource.api_version, "/", 1) == group
        )
        found = await self._session.execute(
            select(models.Application, models.Environment)
            .join(place, place.application_id == models.Application.id)
            .join(models.Environment, models.Environment.id == place.environment_id)
            .where(place.id.in_(of_the_kind))
            .order_by(models.Application.name, models.Environment.rank)
        )
        return tuple(
            KindUse(
                application=ApplicationRef(id=application.id, name=application.name),
                environment=EnvironmentRef(id=environment.id, name=environment.name),
            )
            for application, environment in found
        )

    async def _row(self, group: str, kind: str) -> models.DeclaredKind | None:
        query = select(_table).where(_table.api_group == group, _table.kind == kind)
        return (await self._session.scalars(query, execution_options={"populate_existing": True})).one_or_none()


def _record(row: models.DeclaredKind) -> DeclaredKindRecord:
    return DeclaredKindRecord(
        id=row.id,
        group=row.api_group,
        kind=row.kind,
        declaration=Declaration.from_json(row.declaration),
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
