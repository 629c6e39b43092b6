"""For whom a token acts: the subject's name, and the subjects whose bindings count, while it may act at all."""

from dataclasses import dataclass

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from db import models
from db.base import parse_id
from domain.rights import Subject, SubjectKind


@dataclass(frozen=True, kw_only=True)
class TokenSubject:
    """`subjects`: itself, and the groups of a person as they were told last."""

    name: str
    subjects: tuple[Subject, ...]


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
                query = select(account.name).where(account.id == key, account.disabled_at.is_(None))
            case SubjectKind.TRUST:
                trust = models.Trust
                query = select(trust.name).where(
                    trust.id == key, or_(trust.expires_at.is_(None), trust.expires_at > func.now())
                )
            case SubjectKind.GROUP | SubjectKind.TOKEN:  # no token acts for these
                return None
        name = (await self._session.scalars(query)).one_or_none()
        return None if name is None else TokenSubject(name=name, subjects=(subject,))

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
