"""Queries on image registries and polled repositories. Credentials are sealed and opened here, and nowhere else."""

from datetime import UTC, datetime, timedelta
from typing import TypedDict, Unpack

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from db import models
from db.base import new_id, parse_id
from db.errors import DuplicateNameError
from db.keys import Keyring
from db.records.pages import Page
from db.records.registries import PollRecord, RegistryRecord
from domain.words import CredentialKind


class PollFields(TypedDict, total=False):
    seconds: int
    next_at: datetime


class Registries:
    def __init__(self, session: AsyncSession, keys: Keyring) -> None:
        self._session = session
        self._keys = keys

    async def list(self, *, limit: int, after: str | None = None) -> Page[RegistryRecord]:
        """A page by host; `after` is the last host of the previous page."""
        query = select(models.Registry).order_by(models.Registry.host).limit(limit + 1)
        if after is not None:
            query = query.where(models.Registry.host > after)
        rows = (await self._session.scalars(query)).all()
        items = tuple(self._record(row) for row in rows[:limit])
        return Page(items=items, next=items[-1].host if len(rows) > limit else None)

    async def all(self) -> dict[str, RegistryRecord]:
        """All registries, by host."""
        return {row.host: self._record(row) for row in await self._session.scalars(select(models.Registry))}

    async def find(self, host: str) -> RegistryRecord | None:
        query = select(models.Registry).where(models.Registry.host == host.lower())
        row = (await self._session.scalars(query, execution_options={"populate_existing": True})).one_or_none()
        return self._record(row) if row else None

    async def put(
        self, host: str, *, plain_http: bool, kind: CredentialKind, username: str | None, secret: str | None
    ) -> RegistryRecord:
        """Add the registry, or replace its credential."""
        key = host.lower()
        row = (await self._session.scalars(select(models.Registry).where(models.Registry.host == key))).one_or_none()
        if row is None:
            row = models.Registry(id=new_id(), host=key)
            self._session.add(row)
        row.plain_http, row.kind, row.username = plain_http, kind, username
        row.secret = None if secret is None else self._keys.seal(secret, context=_context(row.id))
        row.last_error = None
        try:
            await self._session.flush()
        except IntegrityError:  # another transaction added it at the same moment
            raise DuplicateNameError(host) from None
        record = await self.find(key)
        assert record is not None
        return record

    async def seen(self, host: str) -> None:
        """It has answered."""
        await self._session.execute(
            update(models.Registry)
            .where(models.Registry.host == host)
            .values(last_seen_at=func.now(), last_error=None, updated_at=models.Registry.updated_at)
        )

    async def missed(self, host: str, *, error: str) -> None:
        """It has failed to answer; `error` holds no secret."""
        await self._session.execute(
            update(models.Registry)
            .where(models.Registry.host == host)
            .values(last_error=error, updated_at=models.Registry.updated_at)
        )

    async def delete(self, host: str) -> None:
        """Delete it with its credential."""
        await self._session.execute(delete(models.Registry).where(models.Registry.host == host.lower()))

    def _record(self, row: models.Registry) -> RegistryRecord:
        return RegistryRecord(
            id=row.id,
            host=row.host,
            plain_http=row.plain_http,
            kind=row.kind,
            username=row.username,
            secret=None if row.secret is None else self._keys.open(row.secret, context=_context(row.id)),
            last_seen_at=row.last_seen_at,
            last_error=row.last_error,
            created_at=row.created_at,
            updated_at=row.updated_at,
        )


class Polls:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def list(self, *, limit: int, after: str | None = None) -> Page[PollRecord]:
        """A page by repository; `after` is the last repository of the previous page."""
        query = select(models.Poll).order_by(models.Poll.repository).limit(limit + 1)
        if after is not None:
            query = query.where(models.Poll.repository > after)
        rows = (await self._session.scalars(query)).all()
        items = tuple(_poll(row) for row in rows[:limit])
        return Page(items=items, next=items[-1].repository if len(rows) > limit else None)

    async def get(self, poll_id: str) -> PollRecord | None:
        key = parse_id(poll_id)
        row = await self._session.get(models.Poll, key, populate_existing=True) if key else None
        return _poll(row) if row else None

    async def find(self, repository: str) -> PollRecord | None:
        query = select(models.Poll).where(models.Poll.repository == repository)
        row = (await self._session.scalars(query, execution_options={"populate_existing": True})).one_or_none()
        return _poll(row) if row else None

    async def if_due(self, poll_id: str) -> PollRecord | None:
        """The poll; None if it is not due, or was deleted."""
        query = select(models.Poll).where(models.Poll.id == poll_id, models.Poll.next_at <= func.now())
        row = (await self._session.scalars(query, execution_options={"populate_existing": True})).one_or_none()
        return _poll(row) if row else None

    async def unchanged(self, poll: PollRecord) -> PollRecord | None:
        """The poll, with its row locked; None if it was polled, made due at another time, or deleted since it was read.

        Its interval may have changed.
        """
        table = models.Poll
        query = (
            select(table)
            .where(table.id == poll.id, table.next_at == poll.next_at, table.last_at.is_not_distinct_from(poll.last_at))
            .with_for_update()
        )
        row = (await self._session.scalars(query, execution_options={"populate_existing": True})).one_or_none()
        return _poll(row) if row else None

    async def next_due_in(self) -> timedelta | None:
        """The time until the next poll is due, apart from those that are due already; None if there is no other."""
        next_at = models.Poll.next_at
        query = select(func.min(next_at) - func.now()).where(next_at > func.now())
        wait: timedelta | None = await self._session.scalar(query)
        return wait

    async def add(self, repository: str, *, seconds: int) -> PollRecord:
        """The first poll is due at once. Raises `DuplicateNameError` if the repository is polled already."""
        poll_id = new_id()
        self._session.add(models.Poll(id=poll_id, repository=repository, seconds=seconds, next_at=datetime.now(UTC)))
        try:
            await self._session.flush()
        except IntegrityError:
            raise DuplicateNameError(repository) from None
        record = await self.get(poll_id)
        assert record is not None
        return record

    async def change(self, poll_id: str, **fields: Unpack[PollFields]) -> PollRecord:
        await self._session.execute(update(models.Poll).where(models.Poll.id == poll_id).values(**fields))
        record = await self.get(poll_id)
        assert record is not None
        return record

    async def delete(self, poll_id: str) -> None:
        await self._session.execute(delete(models.Poll).where(models.Poll.id == poll_id))

    async def due(self, *, of_each: int) -> tuple[PollRecord, ...]:
        """The due polls, the longest due first; at most `of_each` a registry, so that a slow one hides no other."""
        table = models.Poll
        host = func.split_part(table.repository, "/", 1)
        rank = func.row_number().over(partition_by=host, order_by=table.next_at)
        due = select(table.id, rank.label("rank")).where(table.next_at <= func.now()).subquery()
        query = select(table).join(due, due.c.id == table.id).where(due.c.rank <= of_each).order_by(table.next_at)
        return tuple(_poll(row) for row in await self._session.scalars(query))

    async def polled(self, poll_id: str, *, error: str | None, looked: bool, again_in: timedelta) -> None:
        """A poll has ended. `error` holds no secret.

        `looked`: the repository's tags were read, if not each of them, so `last_at` changes.
        """
        now = datetime.now(UTC)
        seen = {"last_at": now} if looked else {}
        await self._session.execute(
            update(models.Poll)
            .where(models.Poll.id == poll_id)
            .values(
                **seen,
                last_error=error,
                next_at=now + again_in,
                updated_at=models.Poll.updated_at,
            )
        )


def _poll(row: models.Poll) -> PollRecord:
    return PollRecord(
        id=row.id,
        repository=row.repository,
        seconds=row.seconds,
        next_at=row.next_at,
        last_at=row.last_at,
        last_error=row.last_error,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def _context(registry_id: str) -> str:
    return f"registries.secret:{registry_id}"
