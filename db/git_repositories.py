"""Queries on Git repositories. Credentials are sealed and opened here, and nowhere else."""

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from db import models
from db.base import new_id
from db.errors import DuplicateNameError
from db.keys import Keyring
from db.records.git_repositories import GitRepositoryRecord
from db.records.pages import Page
from domain.words import CredentialKind, GitProvider

_table = models.GitRepository


class GitRepositories:
    def __init__(self, session: AsyncSession, keys: Keyring) -> None:
        self._session = session
        self._keys = keys

    async def list(self, *, limit: int, after: str | None = None) -> Page[GitRepositoryRecord]:
        """A page by name; `after` is the last name of the previous page."""
        query = select(_table).order_by(func.lower(_table.name)).limit(limit + 1)
        if after is not None:
            query = query.where(func.lower(_table.name) > after.lower())
        rows = (await self._session.scalars(query)).all()
        items = tuple(self._record(row) for row in rows[:limit])
        return Page(items=items, next=items[-1].name if len(rows) > limit else None)

    async def find(self, name: str) -> GitRepositoryRecord | None:
        row = await self._row(name)
        return self._record(row) if row else None

    async def put(
        self,
        name: str,
        *,
        url: str,
        kind: CredentialKind,
        username: str | None,
        secret: str | None,
        pull_requests: GitProvider | None = None,
    ) -> GitRepositoryRecord:
        """Add the repository, or replace all of it. Its name stays as it was first written."""
        row = await self._row(name)
        if row is None:
            row = _table(id=new_id(), name=name)
            self._session.add(row)
        row.url, row.kind, row.username, row.pull_requests = url, kind, username, pull_requests
        row.secret = None if secret is None else self._keys.seal(secret, context=_context(row.id))
        row.last_seen_at = row.last_error = None
        try:
            await self._session.flush()
        except IntegrityError:  # another transaction added it at the same moment
            raise DuplicateNameError(name) from None
        record = await self.find(name)
        assert record is not None
        return record

    async def seen(self, repository_id: str) -> None:
        """Its server has answered."""
        await self._answered(repository_id, last_seen_at=func.now(), last_error=None)

    async def missed(self, repository_id: str, *, error: str) -> None:
        """Its server has failed to answer; `error` holds no secret."""
        await self._answered(repository_id, last_error=error)

    async def delete(self, repository_id: str) -> None:
        """Delete it with its credential."""
        await self._session.execute(delete(_table).where(_table.id == repository_id))

    async def _answered(self, repository_id: str, **values: object) -> None:
        await self._session.execute(
            update(_table).where(_table.id == repository_id).values(**values, updated_at=_table.updated_at)
        )

    async def _row(self, name: str) -> models.GitRepository | None:
        query = select(_table).where(func.lower(_table.name) == name.lower())
        return (await self._session.scalars(query, execution_options={"populate_existing": True})).one_or_none()

    def _record(self, row: models.GitRepository) -> GitRepositoryRecord:
        return GitRepositoryRecord(
            id=row.id,
            name=row.name,
            url=row.url,
            kind=row.kind,
            username=row.username,
            secret=None if row.secret is None else self._keys.open(row.secret, context=_context(row.id)),
            pull_requests=row.pull_requests,
            last_seen_at=row.last_seen_at,
            last_error=row.last_error,
            created_at=row.created_at,
            updated_at=row.updated_at,
        )


def _context(repository_id: str) -> str:
    return f"git_repositories.secret:{repository_id}"
