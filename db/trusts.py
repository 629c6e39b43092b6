"""Queries on trusts of CI jobs, and on the ids of tokens that were taken."""

import builtins
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict, Unpack

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from db import models
from db.base import new_id, parse_id
from db.changed_tables import UNTOLD
from db.errors import DuplicateNameError
from db.records.pages import Page
from domain.actors import ActorRef
from domain.trusts import TrustKind, TrustTerms


@dataclass(frozen=True, kw_only=True)
class TrustRecord:
    """A stored trust. `cluster_id`: the registered cluster that reviews its tokens."""

    id: str
    name: str
    terms: TrustTerms
    cluster_id: str | None
    expires_at: datetime | None
    last_used_at: datetime | None
    created_by: ActorRef
    created_at: datetime
    updated_at: datetime


class TrustFields(TypedDict, total=False):
    name: str
    issuer: str
    audience: str
    claims: Mapping[str, tuple[str, ...]]
    cluster_id: str | None
    expires_at: datetime | None


class Trusts:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def list(self, *, limit: int, after: str | None = None) -> Page[TrustRecord]:
        """A page by name, case-insensitive; `after` is the last name of the previous page."""
        query = select(models.Trust).order_by(func.lower(models.Trust.name)).limit(limit + 1)
        if after is not None:
            query = query.where(func.lower(models.Trust.name) > after.lower())
        found = [_record(row) for row in await self._session.scalars(query)]
        return Page(items=tuple(found[:limit]), next=found[limit - 1].name if len(found) > limit else None)

    async def all(self) -> tuple[TrustRecord, ...]:
        """All, the oldest first."""
        return tuple(
            _record(row) for row in await self._session.scalars(select(models.Trust).order_by(models.Trust.id))
        )

    async def of_issuer(self, issuer: str) -> tuple[TrustRecord, ...]:
        """Those of the issuer that have not expired, the oldest first."""
        table = models.Trust
        rows = await self._session.scalars(
            select(table)
            .where(table.issuer == issuer, or_(table.expires_at.is_(None), table.expires_at > func.now()))
            .order_by(table.id)
        )
        return tuple(_record(row) for row in rows)

    async def get(self, trust_id: str) -> TrustRecord | None:
        key = parse_id(trust_id)
        row = await self._session.get(models.Trust, key, populate_existing=True) if key else None
        return _record(row) if row else None

    async def add(
        self,
        *,
        name: str,
        terms: TrustTerms,
        cluster_id: str | None,
        expires_at: datetime | None,
        created_by: ActorRef,
    ) -> TrustRecord:
        """Raises `DuplicateNameError` for a name in use."""
        trust_id = new_id()
        self._session.add(
            models.Trust(
                id=trust_id,
                name=name,
                kind=terms.kind,
                issuer=terms.issuer,
                audience=terms.audience,
                claims={claim: builtins.list(values) for claim, values in terms.claims.items()},
                cluster_id=cluster_id,
                expires_at=expires_at,
                created_by_kind=created_by.kind,
                created_by_id=created_by.id,
                created_by_name=created_by.name,
            )
        )
        return await self._flushed(trust_id, name)

    async def change(self, trust_id: str, **fields: Unpack[TrustFields]) -> TrustRecord:
        """Change a trust that exists. Raises `DuplicateNameError` for a name in use."""
        row = await self._session.get_one(models.Trust, trust_id)
        for field, value in fields.items():
            if field == "claims":
                value = {claim: builtins.list(values) for claim, values in fields["claims"].items()}  # noqa: PLW2901
            setattr(row, field, value)
        return await self._flushed(trust_id, row.name)

    async def remove(self, trust_id: str) -> bool:
        """Delete it; False if it did not exist."""
        key = parse_id(trust_id)
        table = models.Trust
        removed = await self._session.scalars(delete(table).where(table.id == key).returning(table.id))
        return removed.one_or_none() is not None

    async def touch(self, trust_id: str) -> None:
        """Record that a token was exchanged by it."""
        await self._session.execute(
            update(models.Trust)
            .where(models.Trust.id == trust_id)
            .values(last_used_at=func.now(), updated_at=models.Trust.updated_at),
            execution_options=UNTOLD,
        )

    async def take_jti(self, digest: bytes, *, until: datetime) -> bool:
        """Record that a token was taken; False if it was before. Forgets those that have expired by themselves.

        Of two transactions that take the same one at once, the second waits for the first one's end.
        """
        table = models.UsedJti
        await self._session.execute(delete(table).where(table.expires_at <= func.now()))
        taken = await self._session.scalars(
            insert(table).values(digest=digest, expires_at=until).on_conflict_do_nothing().returning(table.digest)
        )
        return taken.one_or_none() is not None

    async def jti_taken(self, digest: bytes) -> bool:
        """Whether the token was taken before."""
        return await self._session.get(models.UsedJti, digest) is not None

    async def _flushed(self, trust_id: str, name: str) -> TrustRecord:
        try:
            await self._session.flush()
        except IntegrityError:
            raise DuplicateNameError(name) from None
        return _record(await self._session.get_one(models.Trust, trust_id, populate_existing=True))


def _record(row: models.Trust) -> TrustRecord:
    return TrustRecord(
        id=row.id,
        name=row.name,
        terms=TrustTerms(
            kind=TrustKind(row.kind),
            issuer=row.issuer,
            audience=row.audience,
            claims={claim: tuple(values) for claim, values in row.claims.items()},
            cluster_reviews=row.cluster_id is not None,
        ),
        cluster_id=row.cluster_id,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
        created_by=ActorRef(kind=row.created_by_kind, id=row.created_by_id, name=row.created_by_name),
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
