"""Queries on receivers. Their secrets are sealed and opened here, and nowhere else."""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any, TypedDict, Unpack

from sqlalchemy import and_, bindparam, delete, func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from db import models
from db.bindings import visible
from db.errors import DuplicateNameError
from db.keys import Keyring
from db.records.pages import Page
from db.records.registries import ReceiverRecord
from domain.rights import Scope
from domain.stored.receivers import ReceiverSettings
from domain.words import Provider


class ReceiverFields(TypedDict, total=False):
    name: str
    application_id: str | None
    settings: ReceiverSettings


class Receivers:
    def __init__(self, session: AsyncSession, keys: Keyring) -> None:
        self._session = session
        self._keys = keys

    async def list(
        self, *, limit: int, after: str | None = None, scopes: Collection[Scope], of_all_applications: bool
    ) -> Page[ReceiverRecord]:
        """A page of those for applications that a scope covers, by name, case-insensitive.

        `after` is the last name of the previous page. `of_all_applications` adds those that are for all.
        """
        seen = and_(models.Receiver.application_id.is_not(None), visible(scopes))
        if of_all_applications:
            seen = or_(seen, models.Receiver.application_id.is_(None))
        query = _receivers().where(seen).order_by(func.lower(models.Receiver.name)).limit(limit + 1)
        if after is not None:
            query = query.where(func.lower(models.Receiver.name) > after.lower())
        rows = (await self._session.execute(query)).all()
        items = tuple(self._record(row, application) for row, application in rows[:limit])
        return Page(items=items, next=items[-1].name if len(rows) > limit else None)

    async def get(self, receiver_id: str) -> ReceiverRecord | None:
        rows = await self._session.execute(
            _BY_ID, {"receiver": receiver_id}, execution_options={"populate_existing": True}
        )
        found = rows.one_or_none()
        return self._record(*found) if found else None

    async def add(
        self,
        *,
        receiver_id: str,
        name: str,
        provider: Provider,
        application_id: str | None,
        settings: ReceiverSettings,
        secret: str,
    ) -> ReceiverRecord:
        """Raises `DuplicateNameError` if another receiver has the name."""
        self._session.add(
            models.Receiver(
                id=receiver_id,
                name=name,
                provider=provider,
                application_id=application_id,
                settings=settings.to_json(),
                secret=self._keys.seal(secret, context=_context("secret", receiver_id)),
            )
        )
        return await self._written(receiver_id, name)

    async def change(self, receiver_id: str, **fields: Unpack[ReceiverFields]) -> ReceiverRecord:
        """Raises `DuplicateNameError` if another receiver has the name."""
        row = await self._session.get_one(models.Receiver, receiver_id)
        for field, value in fields.items():
            setattr(row, field, value.to_json() if isinstance(value, ReceiverSettings) else value)
        return await self._written(receiver_id, fields.get("name", ""))

    async def rotate(self, receiver_id: str, *, secret: str, former_until: datetime | None) -> ReceiverRecord:
        """Replace the secret. The present one is valid until `former_until` (None: it ends now); an older one ends."""
        row = await self._session.get_one(models.Receiver, receiver_id, with_for_update=True, populate_existing=True)
        if former_until is None:
            row.former_secret = None
        else:
            former = self._keys.open(row.secret, context=_context("secret", receiver_id))
            row.former_secret = self._keys.seal(former, context=_context("former_secret", receiver_id))
        row.former_until = former_until
        row.secret = self._keys.seal(secret, context=_context("secret", receiver_id))
        return await self._written(receiver_id, "")

    async def delete(self, receiver_id: str) -> None:
        """Delete it with its deliveries. The image pushes that it reported stay."""
        await self._session.execute(delete(models.Receiver).where(models.Receiver.id == receiver_id))

    async def _written(self, receiver_id: str, name: str) -> ReceiverRecord:
        try:
            await self._session.flush()
        except IntegrityError:
            raise DuplicateNameError(name) from None
        record = await self.get(receiver_id)
        assert record is not None
        return record

    def _record(self, row: models.Receiver, application: str | None) -> ReceiverRecord:
        secrets = [self._keys.open(row.secret, context=_context("secret", row.id))]
        rotating = row.former_until is not None and row.former_until > datetime.now(UTC)
        if rotating and row.former_secret is not None:
            secrets.append(self._keys.open(row.former_secret, context=_context("former_secret", row.id)))
        return ReceiverRecord(
            id=row.id,
            name=row.name,
            provider=row.provider,
            application_id=row.application_id,
            application=application,
            settings=ReceiverSettings.from_json(row.settings),
            secrets=tuple(secrets),
            former_until=row.former_until if rotating else None,
            created_at=row.created_at,
            updated_at=row.updated_at,
        )


def _receivers() -> Any:
    return select(models.Receiver, models.Application.name).outerjoin(
        models.Application, models.Application.id == models.Receiver.application_id
    )


# Built once, because every delivery needs it.
_BY_ID = _receivers().where(models.Receiver.id == bindparam("receiver"))


def _context(column: str, receiver_id: str) -> str:
    return f"receivers.{column}:{receiver_id}"
