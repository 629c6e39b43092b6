"""Queries on bindings, and on the names that rights are asked for."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Text,
    and_,
    bindparam,
    delete,
    false,
    func,
    literal,
    or_,
    select,
    true,
    tuple_,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from db import models
from db.base import new_id, parse_id
from db.records.pages import Page
from domain.actors import ActorRef
from domain.rights import ApplicationRef, EnvironmentRef, RoleBinding, Scope, Subject, SubjectKind


@dataclass(frozen=True, kw_only=True)
class BindingRecord:
    """A stored binding, and who made it when (UTC)."""

    binding: RoleBinding
    created_by: ActorRef
    created_at: datetime


class Bindings:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def of(self, subjects: Collection[Subject]) -> tuple[RoleBinding, ...]:
        """The bindings of these subjects that have not expired."""
        table = models.Binding
        rows = await self._session.scalars(
            select(table)
            .where(
                tuple_(table.subject_kind, table.subject_id).in_([(each.kind.value, each.id) for each in subjects]),
                or_(table.expires_at.is_(None), table.expires_at > func.now()),
            )
            .order_by(table.id)
        )
        return tuple(_record(row).binding for row in rows)

    async def list(
        self, *, limit: int, after: str | None = None, subject: Subject | None = None
    ) -> Page[BindingRecord]:
        """A page of all bindings, expired ones too, the newest first; `after` is the last id of the previous page."""
        table = models.Binding
        query = select(table).order_by(table.id.desc()).limit(limit + 1)
        if subject is not None:
            query = query.where(table.subject_kind == subject.kind, table.subject_id == subject.id)
        if after is not None:
            query = query.where(table.id < parse_id(after))
        found = [_record(row) for row in await self._session.scalars(query)]
        return Page(items=tuple(found[:limit]), next=found[limit - 1].binding.id if len(found) > limit else None)

    async def by_labels(self) -> tuple[RoleBinding, ...]:
        """The bindings that select applications by labels and have not expired."""
        table = models.Binding
        rows = await self._session.scalars(
            select(table)
            .where(table.labels.is_not(None), or_(table.expires_at.is_(None), table.expires_at > func.now()))
            .order_by(table.id)
        )
        return tuple(_record(row).binding for row in rows)

    async def of_maker(self, maker: ActorRef) -> tuple[RoleBinding, ...]:
        """The bindings that an actor made, the oldest first."""
        table = models.Binding
        rows = await self._session.scalars(
            select(table).where(table.created_by_kind == maker.kind, table.created_by_id == maker.id).order_by(table.id)
        )
        return tuple(_record(row).binding for row in rows)

    async def get(self, binding_id: str) -> BindingRecord | None:
        key = parse_id(binding_id)
        row = await self._session.get(models.Binding, key, populate_existing=True) if key else None
        return _record(row) if row else None

    async def add(self, binding: RoleBinding, *, created_by: ActorRef) -> BindingRecord:
        """Store it; its id is given here."""
        scope = binding.scope
        binding_id = new_id()
        self._session.add(
            models.Binding(
                id=binding_id,
                subject_kind=binding.subject.kind,
                subject_id=binding.subject.id,
                role=binding.role,
                break_glass=binding.break_glass,
                applications=None if scope.applications is None else sorted(scope.applications),
                labels=dict(sorted(scope.labels)) or None,
                environments=None if scope.environments is None else sorted(scope.environments),
                expires_at=binding.expires_at,
                created_by_kind=created_by.kind,
                created_by_id=created_by.id,
                created_by_name=created_by.name,
            )
        )
        await self._session.flush()
        return _record(await self._session.get_one(models.Binding, binding_id, populate_existing=True))

    async def remove(self, binding_id: str) -> bool:
        """Delete it; False if it did not exist."""
        key = parse_id(binding_id)
        table = models.Binding
        removed = await self._session.scalars(delete(table).where(table.id == key).returning(table.id))
        return removed.one_or_none() is not None

    async def remove_of(self, subject: Subject) -> None:
        """Delete all bindings of a subject that ceases to exist."""
        table = models.Binding
        await self._session.execute(
            delete(table).where(table.subject_kind == subject.kind, table.subject_id == subject.id)
        )

    async def applications(self, ids: Collection[str]) -> tuple[ApplicationRef, ...]:
        """Those of these applications that exist."""
        table = models.Application
        if not ids:
            return ()
        rows = await self._session.execute(select(table.id, table.name, table.labels).where(table.id.in_(ids)))
        return tuple(ApplicationRef(id=row.id, name=row.name, labels=row.labels) for row in rows)

    async def environments(self, ids: Collection[str]) -> tuple[EnvironmentRef, ...]:
        """Those of these environments that exist."""
        table = models.Environment
        if not ids:
            return ()
        rows = await self._session.execute(select(table.id, table.name).where(table.id.in_(ids)))
        return tuple(EnvironmentRef(id=row.id, name=row.name) for row in rows)

    async def target(
        self, *, application: str | None = None, environment: str | None = None
    ) -> tuple[ApplicationRef | None, EnvironmentRef | None]:
        """What rights depend on, by names, case-insensitive: None for what does not exist or is not asked for."""
        connection = await self._session.connection()
        asked = {"application": application and application.lower(), "environment": environment and environment.lower()}
        found, name, labels, place, place_name = (await connection.execute(_TARGET, asked)).one()
        return (
            ApplicationRef(id=found, name=name, labels=labels) if found else None,
            EnvironmentRef(id=place, name=place_name) if place else None,
        )


_TARGET = (
    select(
        models.Application.id,
        models.Application.name,
        models.Application.labels,
        models.Environment.id,
        models.Environment.name,
    )
    .select_from(select(literal(1)).subquery())  # a row, whatever of the two exists
    .outerjoin(models.Application, func.lower(models.Application.name) == bindparam("application", type_=Text))
    .outerjoin(models.Environment, func.lower(models.Environment.name) == bindparam("environment", type_=Text))
)


def visible(
    scopes: Collection[Scope], environment_id: ColumnElement[str] | InstrumentedAttribute[str] | None = None
) -> ColumnElement[bool]:
    """The condition that one of the scopes covers a row of a query that has `models.Application`.

    With a column of environments' ids, the scope has to cover that environment as well.
    """
    return or_(false(), *(and_(applications_in(each), environments_in(each, environment_id)) for each in scopes))


def applications_in(scope: Scope) -> ColumnElement[bool]:
    """The condition that an application belongs to the scope."""
    table = models.Application
    condition: ColumnElement[bool] = true()
    if scope.applications is not None:
        condition = and_(condition, table.id.in_(sorted(scope.applications)))
    if scope.labels:
        condition = and_(condition, table.labels.contains(dict(scope.labels)))
    return condition


def environments_in(
    scope: Scope, environment_id: ColumnElement[str] | InstrumentedAttribute[str] | None
) -> ColumnElement[bool]:
    """The condition that an environment belongs to the scope; without a column, every one does."""
    if scope.environments is None or environment_id is None:
        return true()
    return environment_id.in_(sorted(scope.environments))


def _record(row: models.Binding) -> BindingRecord:
    scope = Scope(
        applications=None if row.applications is None else frozenset(row.applications),
        labels=frozenset((row.labels or {}).items()),
        environments=None if row.environments is None else frozenset(row.environments),
    )
    return BindingRecord(
        binding=RoleBinding(
            id=row.id,
            subject=Subject(kind=SubjectKind(row.subject_kind), id=row.subject_id),
            role=row.role,
            scope=scope,
            break_glass=row.break_glass,
            expires_at=row.expires_at,
        ),
        created_by=ActorRef(kind=row.created_by_kind, id=row.created_by_id, name=row.created_by_name),
        created_at=row.created_at,
    )
