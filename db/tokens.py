"""Queries on bearer tokens. Rows hold the SHA-256 of a token, never the token."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, delete, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from db import models
from db.base import new_id, parse_id
from db.changed_tables import UNTOLD
from db.errors import DuplicateNameError
from db.records.pages import Page
from db.records.sign_ins import TokenRecord
from domain.rights import EVERYWHERE, Scope, Subject, SubjectKind
from domain.words import Role


class Tokens:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def list(self, *, limit: int, after: str | None = None, subject: Subject | None = None) -> Page[TokenRecord]:
        """A page, revoked and expired ones too, the newest first; `after` is the last id of the previous page.

        Those of the subject; without one all, but for those of CI jobs, which live for minutes.
        """
        query = select(models.Token).order_by(models.Token.id.desc()).limit(limit + 1)
        if subject is not None:
            query = query.where(models.Token.subject_kind == subject.kind, models.Token.subject_id == subject.id)
        else:
            query = query.where(models.Token.subject_kind.is_distinct_from(SubjectKind.TRUST))
        if after is not None:
            query = query.where(models.Token.id < parse_id(after))
        rows = (await self._session.scalars(query)).all()
        items = tuple(token_record(row) for row in rows[:limit])
        return Page(items=items, next=items[-1].id if len(rows) > limit else None)

    async def get(self, token_id: str) -> TokenRecord | None:
        key = parse_id(token_id)
        row = await self._session.get(models.Token, key, populate_existing=True) if key else None
        return token_record(row) if row else None

    async def valid(self, hash: bytes) -> TokenRecord | None:  # noqa: A002 - the column's name
        """The token with this hash, if it is neither revoked nor expired."""
        connection = await self._session.connection()
        row = (await connection.execute(_VALID, {"hash": hash})).one_or_none()
        return token_record(row) if row else None

    async def add(
        self,
        *,
        name: str,
        role: Role,
        hash: bytes,  # noqa: A002 - the column's name
        created_by: str,
        expires_at: datetime | None,
        subject: Subject | None = None,
        scope: Scope = EVERYWHERE,
    ) -> TokenRecord:
        """Raises `DuplicateNameError` if a token of the same subject that is not revoked has the name."""
        token_id = new_id()
        self._session.add(
            models.Token(
                id=token_id,
                name=name,
                role=role,
                hash=hash,
                created_by=created_by,
                expires_at=expires_at,
                subject_kind=subject.kind if subject else None,
                subject_id=subject.id if subject else None,
                scope_applications=None if scope.applications is None else sorted(scope.applications),
                scope_environments=None if scope.environments is None else sorted(scope.environments),
            )
        )
        try:
            await self._session.flush()
        except IntegrityError:
            raise DuplicateNameError(name) from None
        return token_record(await self._session.get_one(models.Token, token_id, populate_existing=True))

    async def revoke(self, token_id: str) -> bool:
        """Revoke it; False if it does not exist or was revoked before."""
        key = parse_id(token_id)
        if key is None:
            return False
        revoked = await self._session.scalars(
            update(models.Token)
            .where(models.Token.id == key, models.Token.revoked_at.is_(None))
            .values(revoked_at=func.now())
            .returning(models.Token.id)
        )
        return revoked.one_or_none() is not None

    async def revoke_of(self, subject: Subject) -> None:
        """Revoke all tokens of a subject that ceases to exist."""
        table = models.Token
        await self._session.execute(
            update(table)
            .where(table.subject_kind == subject.kind, table.subject_id == subject.id, table.revoked_at.is_(None))
            .values(revoked_at=func.now())
        )

    async def forget_expired(self, kind: SubjectKind, *, before: datetime) -> None:
        """Delete tokens that act for subjects of this kind and expired before that time (UTC)."""
        await self._session.execute(
            delete(models.Token).where(models.Token.subject_kind == kind, models.Token.expires_at < before),
            execution_options=UNTOLD,
        )

    async def touch(self, token_id: str) -> None:
        """Record that it was used."""
        await self._session.execute(
            update(models.Token).where(models.Token.id == token_id).values(last_used_at=func.now()),
            execution_options=UNTOLD,
        )


# Built once, because every request needs it.
_VALID = select(models.Token.__table__).where(
    models.Token.hash == bindparam("hash"),
    models.Token.revoked_at.is_(None),
    or_(models.Token.expires_at.is_(None), models.Token.expires_at > func.now()),
)


def token_record(row: models.Token | Row[Any]) -> TokenRecord:
    return TokenRecord(
        id=row.id,
        name=row.name,
        role=row.role,
        subject=_subject(row.subject_kind, row.subject_id),
        scope=Scope(
            applications=None if row.scope_applications is None else frozenset(row.scope_applications),
            environments=None if row.scope_environments is None else frozenset(row.scope_environments),
        ),
        created_by=row.created_by,
        created_at=row.created_at,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
        revoked_at=row.revoked_at,
    )


def _subject(kind: SubjectKind | None, subject_id: str | None) -> Subject | None:
    return None if kind is None or subject_id is None else Subject(kind=kind, id=subject_id)
