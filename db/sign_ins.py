"""Queries on the console's one-time codes and sessions. Rows hold the SHA-256 of each secret, never the secret."""

from datetime import datetime

from sqlalchemy import ColumnElement, delete, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from db import models
from db.base import new_id, parse_id
from db.changed_tables import UNTOLD
from db.records.sign_ins import SessionRecord, SignInRecord
from db.tokens import token_record
from domain.words import SignInKind


class SignIns:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(
        self,
        *,
        kind: SignInKind,
        hash: bytes,  # noqa: A002 - the column's name
        expires_at: datetime,
        token_id: str | None = None,
        person_id: str | None = None,
        parent_id: str | None = None,
        provider: str | None = None,
        sid: str | None = None,
        address: str | None = None,
        user_agent: str | None = None,
    ) -> str:
        """Add one of a token or of a person, and delete all that have expired. Returns its id.

        A code ends with the session `parent_id` that asked for it.
        """
        sign_in_id = new_id()
        await self._session.execute(
            delete(models.SignIn).where(models.SignIn.expires_at <= func.now()), execution_options=UNTOLD
        )
        self._session.add(
            models.SignIn(
                id=sign_in_id,
                hash=hash,
                kind=kind,
                token_id=token_id,
                person_id=person_id,
                parent_id=parent_id,
                provider=provider,
                sid=sid,
                address=address,
                user_agent=user_agent,
                expires_at=expires_at,
            )
        )
        await self._session.flush()
        return sign_in_id

    async def valid_session(self, hash: bytes) -> SignInRecord | None:  # noqa: A002 - the column's name
        """The session with this hash and its token, if neither has expired nor been revoked."""
        return await self._valid(SignInKind.SESSION, hash)

    async def take_code(self, hash: bytes) -> SignInRecord | None:  # noqa: A002 - the column's name
        """The code with this hash and its token, if both are valid. Deletes the code: it works once."""
        found = await self._valid(SignInKind.CODE, hash)
        return found if await self.remove(hash) else None

    async def remove(self, hash: bytes) -> bool:  # noqa: A002 - the column's name
        """Delete it; False if it did not exist."""
        removed = await self._session.scalars(
            delete(models.SignIn).where(models.SignIn.hash == hash).returning(models.SignIn.hash)
        )
        return removed.one_or_none() is not None

    async def list_sessions(self, *, token_id: str | None = None, person_id: str | None = None) -> list[SessionRecord]:
        """The sessions of a token, or of a person, that have not expired: the newest first."""
        table = models.SignIn
        rows = await self._session.scalars(
            select(table)
            .where(_owned(token_id, person_id), table.kind == SignInKind.SESSION, table.expires_at > func.now())
            .order_by(table.created_at.desc(), table.id)
        )
        return [
            SessionRecord(
                id=row.id,
                provider=row.provider,
                address=row.address,
                user_agent=row.user_agent,
                created_at=row.created_at,
                expires_at=row.expires_at,
            )
            for row in rows
        ]

    async def remove_session(
        self, session_id: str, *, token_id: str | None = None, person_id: str | None = None
    ) -> bool:
        """End a session of this token or person, and what it has made; False if it has none of this id."""
        key = parse_id(session_id)
        table = models.SignIn
        return await self._removed(table.id == key, table.kind == SignInKind.SESSION, _owned(token_id, person_id)) > 0

    async def remove_of_person(self, person_id: str) -> int:
        """End all sessions and codes of a person; their number."""
        return await self._removed(models.SignIn.person_id == parse_id(person_id))

    async def remove_of_provider(self, *, provider: str, issuer: str, subject: str | None, sid: str | None) -> int:
        """End the sessions that a provider has ended: that of `sid`, or all of the subject. Returns their number."""
        table, person = models.SignIn, models.Person
        conditions = [table.provider == provider]
        if sid is not None:
            conditions.append(table.sid == sid)
        if subject is not None:
            conditions.append(
                table.person_id.in_(select(person.id).where(person.issuer == issuer, person.subject == subject))
            )
        assert len(conditions) > 1, "a logout token names a session or a person"
        return await self._removed(*conditions)

    async def _removed(self, *conditions: ColumnElement[bool]) -> int:
        removed = await self._session.scalars(delete(models.SignIn).where(*conditions).returning(models.SignIn.id))
        return len(removed.all())

    async def _valid(self, kind: SignInKind, hash: bytes) -> SignInRecord | None:  # noqa: A002 - the column's name
        table, parent = models.SignIn, aliased(models.SignIn)
        found = await self._session.execute(
            select(table, parent.expires_at, models.Token)
            .outerjoin(models.Token, models.Token.id == table.token_id)
            .outerjoin(models.Person, models.Person.id == table.person_id)
            .outerjoin(parent, parent.id == table.parent_id)
            .where(
                table.hash == hash,
                table.kind == kind,
                table.expires_at > func.now(),
                or_(table.parent_id.is_(None), parent.expires_at > func.now()),
                models.Token.revoked_at.is_(None),
                or_(models.Token.expires_at.is_(None), models.Token.expires_at > func.now()),
                models.Person.disabled_at.is_(None),
            )
        )
        row = found.one_or_none()
        if row is None:
            return None
        found_row: models.SignIn = row[0]
        token: models.Token | None = row[2]  # an outer join: SQLAlchemy's types do not tell
        return SignInRecord(
            id=found_row.id,
            token=None if token is None else token_record(token),
            person_id=found_row.person_id,
            expires_at=found_row.expires_at,
            provider=found_row.provider,
            parent_id=found_row.parent_id,
            parent_expires_at=row[1],
        )


def _owned(token_id: str | None, person_id: str | None) -> ColumnElement[bool]:
    """The condition that a row is of the token, or of the person where there is no token."""
    if token_id is not None:
        return models.SignIn.token_id == token_id
    assert person_id is not None, "a session is of a token or of a person"
    return models.SignIn.person_id == person_id
