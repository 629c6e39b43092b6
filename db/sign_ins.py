"""Queries on the console's one-time codes and sessions. Rows hold the SHA-256 of each secret, never the secret."""

from datetime import datetime

from sqlalchemy import delete, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from db import models
from db.base import new_id
from db.records import SignInRecord
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
    ) -> str:
        """Add one of a token or of a person, and delete all that have expired. Returns its id.

        A code ends with the session `parent_id` that asked for it.
        """
        sign_in_id = new_id()
        await self._session.execute(delete(models.SignIn).where(models.SignIn.expires_at <= func.now()))
        self._session.add(
            models.SignIn(
                id=sign_in_id,
                hash=hash,
                kind=kind,
                token_id=token_id,
                person_id=person_id,
                parent_id=parent_id,
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

    async def _valid(self, kind: SignInKind, hash: bytes) -> SignInRecord | None:  # noqa: A002 - the column's name
        table = models.SignIn
        found = await self._session.execute(
            select(table.id, table.person_id, table.expires_at, models.Token)
            .outerjoin(models.Token, models.Token.id == table.token_id)
            .outerjoin(models.Person, models.Person.id == table.person_id)
            .where(
                table.hash == hash,
                table.kind == kind,
                table.expires_at > func.now(),
                models.Token.revoked_at.is_(None),
                or_(models.Token.expires_at.is_(None), models.Token.expires_at > func.now()),
                models.Person.disabled_at.is_(None),
            )
        )
        row = found.one_or_none()
        if row is None:
            return None
        token: models.Token | None = row[3]  # an outer join: SQLAlchemy's types do not tell
        return SignInRecord(
            id=row[0], token=None if token is None else token_record(token), person_id=row[1], expires_at=row[2]
        )
