"""Queries on applications."""

from collections.abc import Collection
from typing import TypedDict, Unpack

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from db import models
from db.base import new_id, parse_id
from db.bindings import visible
from db.environment_namespaces import forget_application
from db.errors import DuplicateNameError, StillUsedError
from db.former import keep_history
from db.records.inventory import ApplicationRecord
from db.records.pages import Page
from domain.rights import Scope
from domain.words import OperationState


class ApplicationFields(TypedDict, total=False):
    name: str
    description: str
    labels: dict[str, str]


class Applications:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def list(
        self, *, limit: int, after: str | None = None, search: str | None = None, scopes: Collection[Scope]
    ) -> Page[ApplicationRecord]:
        """A page of those that a scope covers, by name, case-insensitive.

        `after` is the last name of the previous page, `search` a part of names.
        """
        name = func.lower(models.Application.name)
        query = select(models.Application).where(visible(scopes)).order_by(name).limit(limit + 1)
        if after is not None:
            query = query.where(name > after.lower())
        if search:
            query = query.where(name.contains(search.lower(), autoescape=True))
        rows = (await self._session.scalars(query)).all()
        items = tuple(application_record(row) for row in rows[:limit])
        return Page(items=items, next=items[-1].name if len(rows) > limit else None)

    async def all(self) -> tuple[ApplicationRecord, ...]:
        """All of them, by name, case-insensitive."""
        rows = await self._session.scalars(select(models.Application).order_by(func.lower(models.Application.name)))
        return tuple(map(application_record, rows))

    async def find(self, name: str) -> ApplicationRecord | None:
        query = select(models.Application).where(func.lower(models.Application.name) == name.lower())
        row = (await self._session.scalars(query)).one_or_none()
        return application_record(row) if row else None

    async def get(self, application_id: str) -> ApplicationRecord | None:
        key = parse_id(application_id)
        row = await self._session.get(models.Application, key, populate_existing=True) if key else None
        return application_record(row) if row else None

    async def some(self, application_ids: Collection[str]) -> tuple[ApplicationRecord, ...]:
        """Those of these that exist."""
        rows = await self._session.scalars(select(models.Application).where(models.Application.id.in_(application_ids)))
        return tuple(map(application_record, rows))

    async def add(self, *, name: str, description: str = "", labels: dict[str, str] | None = None) -> ApplicationRecord:
        """Raises `DuplicateNameError` if another application has the name."""
        application_id = new_id()
        self._session.add(
            models.Application(id=application_id, name=name, description=description, labels=labels or {})
        )
        return await self._written(application_id, name)

    async def change(self, application_id: str, **fields: Unpack[ApplicationFields]) -> ApplicationRecord:
        """Raises `DuplicateNameError` if another application has the name."""
        row = await self._session.get_one(models.Application, application_id)
        for field, value in fields.items():
            setattr(row, field, value)
        return await self._written(application_id, fields.get("name", ""))

    async def lock(self, application_id: str) -> None:
        """Lock it until the transaction ends; what refers to it can still be written."""
        query = select(models.Application.id).where(models.Application.id == application_id)
        await self._session.execute(query.with_for_update(key_share=True))

    async def delete(self, application_id: str) -> None:
        """Delete it with its settings; its history stays, and clusters are not changed.

        Raises `StillUsedError` while one of its operations is under way.
        """
        active = await self._session.scalars(
            select(models.Operation.id)
            .join(models.AppEnvironment, models.AppEnvironment.id == models.Operation.app_environment_id)
            .where(
                models.AppEnvironment.application_id == application_id,
                models.Operation.state.in_([OperationState.QUEUED, OperationState.RUNNING]),
            )
        )
        users = tuple(f"operation {each}" for each in active)
        if users:
            raise StillUsedError(users)
        await forget_application(self._session, application_id)
        await keep_history(self._session, "application", application_id)
        await self._session.execute(delete(models.Application).where(models.Application.id == application_id))

    async def _written(self, application_id: str, name: str) -> ApplicationRecord:
        try:
            await self._session.flush()
        except IntegrityError:
            raise DuplicateNameError(name) from None
        row = await self._session.get_one(models.Application, application_id, populate_existing=True)
        return application_record(row)


def application_record(row: models.Application) -> ApplicationRecord:
    return ApplicationRecord(
        id=row.id,
        name=row.name,
        description=row.description,
        labels=row.labels,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
