"""For whom a token acts: the subject's name, and the subjects whose bindings count, while it may act at all."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from db import models
from db.base import parse_id
from domain.actors import ActorKind, ActorRef
from domain.rights import Subject, SubjectKind


@dataclass(frozen=True, kw_only=True)
class TokenSubject:
    """`subjects`: itself, and the groups of a person as they were told last. `expires_at`: it acts until then (UTC)."""

    name: str
    subjects: tuple[Subject, ...]
    expires_at: datetime | None = None


class TokenSubjects:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def acting(self, subject: Subject) -> TokenSubject | None:
        """The subject; None where it does not exist, is disabled or has expired: then its tokens are refused."""
        key = parse_id(subject.id)
        match subject.kind:
            case SubjectKind.PERSON:
                return await self._person(key, subject)
            case SubjectKind.SERVICE_ACCOUNT:
                account = models.ServiceAccount
                never = account.disabled_at  # NULL
                query = select(account.name, never).where(account.id == key, account.disabled_at.is_(None))
            case SubjectKind.TRUST:
                trust = models.Trust
                query = select(trust.name, trust.expires_at).where(
                    trust.id == key, or_(trust.expires_at.is_(None), trust.expires_at > func.now())
                )
            case SubjectKind.GROUP | SubjectKind.TOKEN:  # no token acts for these
                return None
        row = (await self._session.execute(query)).one_or_none()
        return None if row is None else TokenSubject(name=row[0], subjects=(subject,), expires_at=row[1])

    async def _person(self, key: str | None, subject: Subject) -> TokenSubject | None:
        person = models.Person
        query = select(person.name, person.provider, person.groups).where(
            person.id == key, person.disabled_at.is_(None)
        )
        row = (await self._session.execute(query)).one_or_none()
        if row is None:
            return None
        groups = (Subject(kind=SubjectKind.GROUP, id=f"{row.provider}:{group}") for group in row.groups)
        return TokenSubject(name=row.name, subjects=(subject, *groups))

    async def exists(self, subject: Subject) -> bool:
        """Whether there is such a person, service account or trust, disabled or not."""
        table, key = _TABLES.get(subject.kind), parse_id(subject.id)
        if table is None or key is None:
            return False
        return await self._session.scalar(select(table.id).where(table.id == key)) is not None

    async def named(self, subjects: Collection[Subject]) -> dict[Subject, ActorRef]:
        """All of these as history names them; what was deleted goes by its id."""
        names: dict[Subject, str] = {}
        for kind, table in _TABLES.items():
            ids = {each.id for each in subjects if each.kind is kind and parse_id(each.id)}
            if ids:
                rows = await self._session.execute(select(table.id, table.name).where(table.id.in_(ids)))
                names |= {Subject(kind=kind, id=row.id): row.name for row in rows}
        return {
            each: ActorRef(kind=_ACTORS.get(each.kind, ActorKind.TOKEN), id=each.id, name=names.get(each, each.id))
            for each in subjects
        }

    async def application_names(self, ids: Collection[str]) -> dict[str, str]:
        """The names of those of these applications that exist, by id."""
        return await self._names(models.Application, ids)

    async def environment_names(self, ids: Collection[str]) -> dict[str, str]:
        """The names of those of these environments that exist, by id."""
        return await self._names(models.Environment, ids)

    async def _names(
        self, table: type[models.Application | models.Environment], ids: Collection[str]
    ) -> dict[str, str]:
        if not ids:
            return {}
        rows = await self._session.execute(select(table.id, table.name).where(table.id.in_(ids)))
        return {row.id: row.name for row in rows}


_TABLES: dict[SubjectKind, type[models.Person | models.ServiceAccount | models.Trust]] = {
    SubjectKind.PERSON: models.Person,
    SubjectKind.SERVICE_ACCOUNT: models.ServiceAccount,
    SubjectKind.TRUST: models.Trust,
}
_ACTORS = {
    SubjectKind.PERSON: ActorKind.PERSON,
    SubjectKind.SERVICE_ACCOUNT: ActorKind.SERVICE_ACCOUNT,
    SubjectKind.TRUST: ActorKind.CI_JOB,
}
