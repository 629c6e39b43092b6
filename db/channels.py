"""Queries on channels and on the routes of notifications. Secrets are sealed here; records hold them as `Locked`."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypedDict, Unpack

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from db import models
from db.base import new_id, parse_id
from db.errors import DuplicateNameError
from db.keys import Keyring, Locked
from db.records.pages import Page
from domain.notification_types import NotificationType
from domain.stored.channels import ChannelSecrets, ChannelSettings
from domain.words import ChannelKind


@dataclass(frozen=True, kw_only=True)
class ChannelRecord:
    """A channel. `locked` opens to its secrets; `former_until` is in the future, or None."""

    id: str
    name: str
    kind: ChannelKind
    settings: ChannelSettings
    locked: Locked
    former_until: datetime | None
    disabled_at: datetime | None
    disabled_because: str | None
    created_at: datetime
    updated_at: datetime

    def secrets(self) -> ChannelSecrets:
        """Opened where they are used, and only there."""
        return ChannelSecrets.from_json(json.loads(self.locked.open()))


@dataclass(frozen=True, kw_only=True)
class RouteRecord:
    """None is all of them; the ids may be of what was deleted since. Types of a newer release are left out."""

    id: str
    channel_id: str
    channel: str
    events: tuple[NotificationType, ...] | None
    applications: tuple[str, ...] | None
    environments: tuple[str, ...] | None
    created_at: datetime
    updated_at: datetime


class ChannelFields(TypedDict, total=False):
    name: str
    settings: ChannelSettings
    secrets: ChannelSecrets
    former_until: datetime | None


class RouteFields(TypedDict, total=False):
    channel_id: str
    events: Collection[NotificationType] | None
    applications: Collection[str] | None
    environments: Collection[str] | None


class Channels:
    def __init__(self, session: AsyncSession, keys: Keyring) -> None:
        self._session = session
        self._keys = keys

    async def list(self, *, limit: int, after: str | None = None) -> Page[ChannelRecord]:
        """A page by name, case-insensitive; `after` is the last name of the previous page."""
        query = select(models.Channel).order_by(func.lower(models.Channel.name)).limit(limit + 1)
        if after is not None:
            query = query.where(func.lower(models.Channel.name) > after.lower())
        rows = (await self._session.scalars(query)).all()
        items = tuple(self._record(row) for row in rows[:limit])
        return Page(items=items, next=items[-1].name if len(rows) > limit else None)

    async def get(self, channel_id: str) -> ChannelRecord | None:
        key = parse_id(channel_id)
        row = await self._session.get(models.Channel, key, populate_existing=True) if key else None
        return self._record(row) if row else None

    async def add(
        self, *, name: str, kind: ChannelKind, settings: ChannelSettings, secrets: ChannelSecrets
    ) -> ChannelRecord:
        """Raises `DuplicateNameError` if another channel has the name."""
        channel_id = new_id()
        self._session.add(
            models.Channel(
                id=channel_id,
                name=name,
                kind=kind,
                settings=settings.to_json(),
                secrets=self._keys.seal(json.dumps(secrets.to_json()), context=_context(channel_id)),
            )
        )
        return await self._written(channel_id, name)

    async def change(self, channel_id: str, **fields: Unpack[ChannelFields]) -> ChannelRecord:
        """Raises `DuplicateNameError` if another channel has the name."""
        row = await self._session.get_one(models.Channel, channel_id, with_for_update=True, populate_existing=True)
        if "name" in fields:
            row.name = fields["name"]
        if "settings" in fields:
            row.settings = fields["settings"].to_json()
        if "secrets" in fields:
            secrets = json.dumps(fields["secrets"].to_json())
            row.secrets = self._keys.seal(secrets, context=_context(channel_id))
        if "former_until" in fields:
            row.former_until = fields["former_until"]
        return await self._written(channel_id, fields.get("name", ""))

    async def switch(self, channel_id: str, *, disabled_because: str | None) -> ChannelRecord:
        """Disable it for this reason, or enable it with None. One that is disabled keeps its first reason."""
        row = await self._session.get_one(models.Channel, channel_id, with_for_update=True, populate_existing=True)
        if disabled_because is None:
            row.disabled_at = row.disabled_because = None
        elif row.disabled_at is None:
            row.disabled_at, row.disabled_because = datetime.now(UTC), disabled_because
        return await self._written(channel_id, "")

    async def delete(self, channel_id: str) -> None:
        """Delete it with its routes and notifications."""
        await self._session.execute(delete(models.Channel).where(models.Channel.id == channel_id))

    async def _written(self, channel_id: str, name: str) -> ChannelRecord:
        try:
            await self._session.flush()
        except IntegrityError:
            raise DuplicateNameError(name) from None
        record = await self.get(channel_id)
        assert record is not None
        return record

    def _record(self, row: models.Channel) -> ChannelRecord:
        rotating = row.former_until is not None and row.former_until > datetime.now(UTC)
        return ChannelRecord(
            id=row.id,
            name=row.name,
            kind=row.kind,
            settings=ChannelSettings.from_json(row.settings),
            locked=Locked(row.secrets, _context(row.id), self._keys),
            former_until=row.former_until if rotating else None,
            disabled_at=row.disabled_at,
            disabled_because=row.disabled_because,
            created_at=row.created_at,
            updated_at=row.updated_at,
        )


class NotificationRoutes:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def list(self, *, limit: int, after: str | None = None) -> Page[RouteRecord]:
        """A page in the order of creation; `after` is the last id of the previous page."""
        table = models.NotificationRoute
        query = _routes().order_by(table.id).limit(limit + 1)
        if after is not None:
            query = query.where(table.id > parse_id(after))
        rows = (await self._session.execute(query)).all()
        items = tuple(_route(row, channel) for row, channel in rows[:limit])
        return Page(items=items, next=items[-1].id if len(rows) > limit else None)

    async def get(self, route_id: str) -> RouteRecord | None:
        key = parse_id(route_id)
        query = _routes().where(models.NotificationRoute.id == key)
        found = (await self._session.execute(query, execution_options={"populate_existing": True})).one_or_none()
        return _route(*found) if found else None

    async def add(self, **fields: Unpack[RouteFields]) -> RouteRecord:
        route_id = new_id()
        self._session.add(models.NotificationRoute(id=route_id, **_columns(fields)))
        return await self._written(route_id)

    async def change(self, route_id: str, **fields: Unpack[RouteFields]) -> RouteRecord:
        row = await self._session.get_one(models.NotificationRoute, route_id)
        for field, value in _columns(fields).items():
            setattr(row, field, value)
        return await self._written(route_id)

    async def delete(self, route_id: str) -> None:
        await self._session.execute(delete(models.NotificationRoute).where(models.NotificationRoute.id == route_id))

    async def application_names(self, routes: Sequence[RouteRecord]) -> dict[str, str]:
        """The names, by id, of the applications of these routes that still exist."""
        ids = {each for route in routes for each in route.applications or ()}
        table = models.Application
        rows = await self._session.execute(select(table.id, table.name).where(table.id.in_(ids)))
        return {row.id: row.name for row in rows}

    async def environment_names(self, routes: Sequence[RouteRecord]) -> dict[str, str]:
        """The names, by id, of the environments of these routes that still exist."""
        ids = {each for route in routes for each in route.environments or ()}
        table = models.Environment
        rows = await self._session.execute(select(table.id, table.name).where(table.id.in_(ids)))
        return {row.id: row.name for row in rows}

    async def _written(self, route_id: str) -> RouteRecord:
        await self._session.flush()
        record = await self.get(route_id)
        assert record is not None
        return record


def _columns(fields: RouteFields) -> dict[str, Any]:
    """The columns' values: lists, where the fields are any collection."""
    return {
        name: value if value is None or isinstance(value, str) else _listed(value) for name, value in fields.items()
    }


def _listed(value: object) -> list[str]:
    assert isinstance(value, Collection)
    return [str(each) for each in value]


def _routes() -> Any:
    return select(models.NotificationRoute, models.Channel.name).join(
        models.Channel, models.Channel.id == models.NotificationRoute.channel_id
    )


def _route(row: models.NotificationRoute, channel: str) -> RouteRecord:
    known = {each.value for each in NotificationType}
    return RouteRecord(
        id=row.id,
        channel_id=row.channel_id,
        channel=channel,
        events=None if row.events is None else tuple(NotificationType(each) for each in row.events if each in known),
        applications=None if row.applications is None else tuple(row.applications),
        environments=None if row.environments is None else tuple(row.environments),
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def _context(channel_id: str) -> str:
    return f"channels.secrets:{channel_id}"
