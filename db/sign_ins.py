"""Queries on the console's one-time codes and sessions. Rows hold the SHA-256 of each secret, never the secret."""

from datetime import datetime

from sqlalchemy import delete, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from db import models
from db.records import SignInRecord
from db.tokens import token_record
from domain.words import SignInKind


class SignIns:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, *, kind: SignInKind, hash: bytes, token_id: str, expires_at: datetime) -> None:  # noqa: A002 - the column's name
        """Add it, and delete all that have expired."""
        await self._session.execute(delete(models.SignIn).where(models.SignIn.expires_at <= func.now()))
        self._session.add(models.SignIn(hash=hash, kind=kind, token_id=token_id, expires_at=expires_at))
        await self._session.flush()

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
        found = await self._session.execute(
            select(models.SignIn.expires_at, models.Token)
            .join(models.Token, models.Token.id == models.SignIn.token_id)
            .where(
                models.SignIn.hash == hash,
                models.SignIn.kind == kind,
                models.SignIn.expires_at > func.now(),
                models.Token.revoked_at.is_(None),
                or_(models.Token.expires_at.is_(None), models.Token.expires_at > func.now()),
            )
        )
        row = found.one_or_none()
        return SignInRecord(token=token_record(row[1]), expires_at=row[0]) if row else None
