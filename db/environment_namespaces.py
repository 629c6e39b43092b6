"""Queries on the namespaces that environments give to applications."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Uuid, bindparam, cast, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from db import models
from db.base import new_id, parse_id
from db.changed_tables import note_change
from domain.namespaces import GivenNamespace

_UUID = Uuid(as_uuid=False)


@dataclass(frozen=True, kw_only=True)
class GivenNamespaceRecord:
    """A stored row. `applications` are the names of those that exist, by name; None: all. `given_by` is a name."""

    id: str
    environment_id: str
    pattern: str
    applications: tuple[str, ...] | None
    given_by: str
    created_at: datetime


# NULL stands for all applications, so it takes the place of whatever it meets.
_GIVE = text("""
    INSERT INTO environment_namespaces AS held (id, environment_id, pattern, applications, given_by)
    VALUES (:id, :environment_id, :pattern, :applications, :given_by)
    ON CONFLICT (environment_id, pattern) DO UPDATE SET
        given_by = excluded.given_by,
        applications = CASE
            WHEN held.applications IS NULL OR excluded.applications IS NULL THEN NULL
            ELSE ARRAY(SELECT unnest(held.applications) UNION SELECT unnest(excluded.applications))
        END
""").bindparams(
    bindparam("id", type_=_UUID),
    bindparam("environment_id", type_=_UUID),
    bindparam("applications", type_=ARRAY(_UUID)),
)


class EnvironmentNamespaces:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def list(self, environment_id: str) -> tuple[GivenNamespaceRecord, ...]:
        """What the environment gives, by pattern."""
        table = models.EnvironmentNamespace
        rows = (
            await self._session.scalars(
                select(table).where(table.environment_id == environment_id).order_by(table.pattern),
                execution_options={"populate_existing": True},
            )
        ).all()
        ids = {each for row in rows for each in row.applications or ()}
        found = await self._session.execute(
            select(models.Application.id, models.Application.name).where(models.Application.id.in_(ids))
        )
        names = {row.id: row.name for row in found}
        return tuple(_record(row, names) for row in rows)

    async def give(
        self, environment_id: str, pattern: str, *, applications: Collection[str] | None, by: str
    ) -> GivenNamespaceRecord:
        """Give it to these applications, by id, or (None) to all; those that have the pattern already keep it."""
        note_change(self._session, "environment_namespaces")
        await self._session.execute(
            _GIVE,
            {
                "id": new_id(),
                "environment_id": environment_id,
                "pattern": pattern,
                "applications": list(applications) if applications is not None else None,
                "given_by": by,
            },
        )
        return next(each for each in await self.list(environment_id) if each.pattern == pattern)

    async def take(self, environment_id: str, given_id: str) -> bool:
        """Remove a row; False where the environment has none of this id."""
        key = parse_id(given_id)
        table = models.EnvironmentNamespace
        removed = await self._session.scalar(
            delete(table).where(table.environment_id == environment_id, table.id == key).returning(table.id)
        )
        return removed is not None


async def given_in(session: AsyncSession, environment_ids: Collection[str]) -> dict[str, tuple[GivenNamespace, ...]]:
    """What environments give, by environment id; those that give nothing are left out. One query."""
    if not environment_ids:
        return {}
    table = models.EnvironmentNamespace
    rows = await session.execute(
        select(table.environment_id, table.pattern, table.applications)
        .where(table.environment_id.in_(environment_ids))
        .order_by(table.pattern)
    )
    found: dict[str, list[GivenNamespace]] = {}
    for environment_id, pattern, applications in rows:
        given = GivenNamespace(
            environment_id=environment_id,
            pattern=pattern,
            applications=frozenset(applications) if applications is not None else None,
        )
        found.setdefault(environment_id, []).append(given)
    return {environment: tuple(given) for environment, given in found.items()}


async def forget_application(session: AsyncSession, application_id: str) -> None:
    """Take a deleted application out of all rows; those that were given to it alone go."""
    table = models.EnvironmentNamespace
    gone = cast([application_id], ARRAY(_UUID))
    await session.execute(delete(table).where(table.applications == gone))
    await session.execute(
        update(table)
        .where(table.applications.contains(gone))
        .values(applications=func.array_remove(table.applications, cast(application_id, _UUID)))
    )


def _record(row: models.EnvironmentNamespace, names: Mapping[str, str]) -> GivenNamespaceRecord:
    applications = None
    if row.applications is not None:
        applications = tuple(sorted((names[each] for each in row.applications if each in names), key=str.lower))
    return GivenNamespaceRecord(
        id=row.id,
        environment_id=row.environment_id,
        pattern=row.pattern,
        applications=applications,
        given_by=row.given_by,
        created_at=row.created_at,
    )
