"""Queries on people whom OpenID providers have signed in."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from db import models
from db.base import new_id, parse_id
from db.changed_tables import UNTOLD
from db.records.pages import Page
from domain.rights import Subject, SubjectKind


@dataclass(frozen=True, kw_only=True)
class PersonRecord:
    """A person as the provider last described one. Times are UTC."""

    id: str
    provider: str
    issuer: str
    subject: str
    name: str
    email: str | None
    groups: tuple[str, ...]
    groups_at: datetime | None
    disabled_at: datetime | None
    created_at: datetime
    last_seen_at: datetime | None

    @property
    def subjects(self) -> tuple[Subject, ...]:
        """Whose bindings count for the person: its own, and those of its groups."""
        groups = (Subject(kind=SubjectKind.GROUP, id=f"{self.provider}:{each}") for each in self.groups)
        return Subject(kind=SubjectKind.PERSON, id=self.id), *groups


class People:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def signed_in(
        self, *, provider: str, issuer: str, subject: str, name: str, email: str | None, groups: tuple[str, ...]
    ) -> PersonRecord:
        """The person of this issuer and subject, new or renewed by what the provider says now."""
        table = models.Person
        told = {
            "provider": provider,
            "name": name,
            "email": email,
            "groups": list(groups),
            "groups_at": func.now(),
            "last_seen_at": func.now(),
        }
        row = await self._session.scalars(
            insert(table)
            .values(id=new_id(), issuer=issuer, subject=subject, **told)
            .on_conflict_do_update(index_elements=[table.issuer, table.subject], set_=told)
            .returning(table)
            .execution_options(populate_existing=True)
        )
        return _record(row.one())

    async def get(self, person_id: str) -> PersonRecord | None:
        key = parse_id(person_id)
        row = await self._session.get(models.Person, key, populate_existing=True) if key else None
        return _record(row) if row else None

    async def list(self, *, limit: int, after: str | None = None) -> Page[PersonRecord]:
        """A page of all people, the newest first; `after` is the last id of the previous page."""
        table = models.Person
        query = select(table).order_by(table.id.desc()).limit(limit + 1)
        if after is not None:
            query = query.where(table.id < parse_id(after))
        rows = (await self._session.scalars(query)).all()
        items = tuple(_record(row) for row in rows[:limit])
        return Page(items=items, next=items[-1].id if len(rows) > limit else None)

    async def set_disabled(self, person_id: str, *, disabled: bool) -> PersonRecord | None:
        """Disable or enable the person; None if there is none. One that is disabled already keeps its time."""
        key = parse_id(person_id)
        table = models.Person
        row = await self._session.scalars(
            update(table)
            .where(table.id == key)
            .values(disabled_at=func.coalesce(table.disabled_at, func.now()) if disabled else None)
            .returning(table)
            .execution_options(populate_existing=True)
        )
        found = row.one_or_none()
        return _record(found) if found else None

    async def touch(self, person_id: str) -> None:
        """Record that the person called."""
        await self._session.execute(
            update(models.Person).where(models.Person.id == person_id).values(last_seen_at=func.now()),
            execution_options=UNTOLD,
        )


def _record(row: models.Person) -> PersonRecord:
    return PersonRecord(
        id=row.id,
        provider=row.provider,
        issuer=row.issuer,
        subject=row.subject,
        name=row.name,
        email=row.email,
        groups=tuple(row.groups),
        groups_at=row.groups_at,
        disabled_at=row.disabled_at,
        created_at=row.created_at,
        last_seen_at=row.last_seen_at,
    )
