"""Queries on freezes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from db import models
from db.base import new_id, parse_id
from db.errors import DuplicateNameError
from domain.actors import ActorRef
from domain.gates import Freeze, FreezeEffect, Window
from domain.rights import ApplicationRef, EnvironmentRef, Scope

Ref = TypeVar("Ref", ApplicationRef, EnvironmentRef)


@dataclass(frozen=True, kw_only=True)
class FreezeRecord:
    """A stored freeze, who made it, and what its scope names and still exists, by name (None: all)."""

    freeze: Freeze
    applications: tuple[ApplicationRef, ...] | None
    environments: tuple[EnvironmentRef, ...] | None
    created_by: ActorRef
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, kw_only=True)
class FreezeFields:
    """All that a person says of a freeze."""

    name: str
    effect: FreezeEffect
    window: Window
    reason: str
    scope: Scope


class Freezes:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def all(self) -> tuple[Freeze, ...]:
        """Every freeze, over or not, for decisions."""
        rows = await self._session.scalars(select(models.Freeze).order_by(models.Freeze.id))
        return tuple(_freeze(row) for row in rows)

    async def list(self) -> tuple[FreezeRecord, ...]:
        """Every freeze by name, for people."""
        rows = list(await self._session.scalars(select(models.Freeze).order_by(func.lower(models.Freeze.name))))
        return await self._records(rows)

    async def get(self, freeze_id: str) -> FreezeRecord | None:
        key = parse_id(freeze_id)
        row = await self._session.get(models.Freeze, key, populate_existing=True) if key else None
        return (await self._records([row]))[0] if row else None

    async def add(self, fields: FreezeFields, *, by: ActorRef) -> FreezeRecord:
        """Raises `DuplicateNameError`."""
        row = models.Freeze(id=new_id(), created_by_kind=by.kind, created_by_id=by.id, created_by_name=by.name)
        _fill(row, fields)
        self._session.add(row)
        return await self._flushed(row, fields.name)

    async def update(self, freeze_id: str, fields: FreezeFields) -> FreezeRecord | None:
        """Replace what people say of it; None if it does not exist. Raises `DuplicateNameError`."""
        key = parse_id(freeze_id)
        row = await self._session.get(models.Freeze, key, with_for_update=True) if key else None
        if row is None:
            return None
        _fill(row, fields)
        return await self._flushed(row, fields.name)

    async def announce(self, freeze_id: str, began_at: datetime) -> bool:
        """Note that people are told of the opening that began then; False where they were told of it, or a later one.

        Of several processes that ask at once, one gets True.
        """
        table = models.Freeze
        told = await self._session.scalars(
            update(table)
            .where(table.id == freeze_id, or_(table.announced_at.is_(None), table.announced_at < began_at))
            .values(announced_at=began_at, updated_at=table.updated_at)
            .returning(table.id)
        )
        return told.one_or_none() is not None

    async def remove(self, freeze_id: str) -> bool:
        """Delete it; False if it did not exist."""
        key = parse_id(freeze_id)
        removed = await self._session.scalars(
            delete(models.Freeze).where(models.Freeze.id == key).returning(models.Freeze.id)
        )
        return removed.one_or_none() is not None

    async def _flushed(self, row: models.Freeze, name: str) -> FreezeRecord:
        freeze_id = row.id
        try:
            await self._session.flush()
        except IntegrityError:
            raise DuplicateNameError(name) from None
        return (await self._records([await self._session.get_one(models.Freeze, freeze_id, populate_existing=True)]))[0]

    async def _records(self, rows: Sequence[models.Freeze]) -> tuple[FreezeRecord, ...]:
        applications = {each for row in rows for each in row.applications or ()}
        environments = {each for row in rows for each in row.environments or ()}
        app, env = models.Application, models.Environment
        known_apps = await self._session.execute(select(app.id, app.name, app.labels).where(app.id.in_(applications)))
        known_envs = await self._session.execute(select(env.id, env.name).where(env.id.in_(environments)))
        apps = {row.id: ApplicationRef(id=row.id, name=row.name, labels=row.labels) for row in known_apps}
        envs = {row.id: EnvironmentRef(id=row.id, name=row.name) for row in known_envs}
        return tuple(
            FreezeRecord(
                freeze=_freeze(row),
                applications=_named(row.applications, apps),
                environments=_named(row.environments, envs),
                created_by=ActorRef(kind=row.created_by_kind, id=row.created_by_id, name=row.created_by_name),
                created_at=row.created_at,
                updated_at=row.updated_at,
            )
            for row in rows
        )


def _named(ids: Sequence[str] | None, known: Mapping[str, Ref]) -> tuple[Ref, ...] | None:
    if ids is None:
        return None
    return tuple(sorted((known[each] for each in ids if each in known), key=lambda ref: ref.name.lower()))


def _fill(row: models.Freeze, fields: FreezeFields) -> None:
    row.name, row.effect, row.reason = fields.name, fields.effect, fields.reason
    row.starts, row.ends = fields.window.starts, fields.window.ends
    row.zone, row.rrule = fields.window.zone, fields.window.rrule
    scope = fields.scope
    row.applications = None if scope.applications is None else sorted(scope.applications)
    row.labels = dict(sorted(scope.labels)) or None
    row.environments = None if scope.environments is None else sorted(scope.environments)


def _freeze(row: models.Freeze) -> Freeze:
    return Freeze(
        id=row.id,
        name=row.name,
        effect=row.effect,
        window=Window(starts=row.starts, ends=row.ends, zone=row.zone, rrule=row.rrule),
        reason=row.reason,
        scope=Scope(
            applications=None if row.applications is None else frozenset(row.applications),
            labels=frozenset((row.labels or {}).items()),
            environments=None if row.environments is None else frozenset(row.environments),
        ),
    )
