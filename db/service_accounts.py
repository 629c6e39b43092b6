"""Queries on service accounts."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from db import models
from db.base import new_id, parse_id
from db.errors import DuplicateNameError
from db.records.pages import Page
from domain.actors import ActorRef


@dataclass(frozen=True, kw_only=True)
class ServiceAccountRecord:
    """A program that acts by tokens of its own. `owner` answers for it; once it is disabled its tokens are refused."""

    id: str
    name: str
    description: str
    owner: ActorRef
    created_at: datetime
    disabled_at: datetime | None


class ServiceAccounts:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def list(
        self, *, limit: int, after: str | None = None, owner: ActorRef | None = None
    ) -> Page[ServiceAccountRecord]:
        """A page by name, case-insensitive, of one owner or of all; `after` is the last name of the previous page."""
        table = models.ServiceAccount
        query = select(table).order_by(func.lower(table.name)).limit(limit + 1)
        if owner is not None:
            query = query.where(table.owner_kind == owner.kind, table.owner_id == owner.id)
        if after is not None:
            query = query.where(func.lower(table.name) > after.lower())
        found = [_record(row) for row in await self._session.scalars(query)]
        return Page(items=tuple(found[:limit]), next=found[limit - 1].name if len(found) > limit else None)

    async def get(self, account_id: str) -> ServiceAccountRecord | None:
        return await self._one(models.ServiceAccount.id == parse_id(account_id))

    async def add(self, *, name: str, description: str, owner: ActorRef) -> ServiceAccountRecord:
        """Raises `DuplicateNameError` for a name in use."""
        account_id = new_id()
        self._session.add(
            models.ServiceAccount(
                id=account_id,
                name=name,
                description=description,
                owner_kind=owner.kind,
                owner_id=owner.id,
                owner_name=owner.name,
            )
        )
        return await self._flushed(account_id, name)

    async def change(
        self, account_id: str, *, name: str, description: str, disabled_at: datetime | None
    ) -> ServiceAccountRecord:
        """Change an account that exists. Raises `DuplicateNameError` for a name in use."""
        row = await self._session.get_one(models.ServiceAccount, account_id)
        row.name, row.description, row.disabled_at = name, description, disabled_at
        return await self._flushed(account_id, name)

    async def remove(self, account_id: str) -> bool:
        """Delete it; False if it did not exist."""
        table = models.ServiceAccount
        removed = await self._session.scalars(delete(table).where(table.id == parse_id(account_id)).returning(table.id))
        return removed.one_or_none() is not None

    async def _one(self, condition: ColumnElement[bool]) -> ServiceAccountRecord | None:
        query = select(models.ServiceAccount).where(condition).execution_options(populate_existing=True)
        row = (await self._session.scalars(query)).one_or_none()
        return _record(row) if row else None

    async def _flushed(self, account_id: str, name: str) -> ServiceAccountRecord:
        try:
            await self._session.flush()
        except IntegrityError:
            raise DuplicateNameError(name) from None
        return _record(await self._session.get_one(models.ServiceAccount, account_id, populate_existing=True))


def _record(row: models.ServiceAccount) -> ServiceAccountRecord:
    return ServiceAccountRecord(
        id=row.id,
        name=row.name,
        description=row.description,
        owner=ActorRef(kind=row.owner_kind, id=row.owner_id, name=row.owner_name),
        created_at=row.created_at,
        disabled_at=row.disabled_at,
    )
