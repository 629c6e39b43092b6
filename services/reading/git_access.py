"""Opens the stored Git repositories: their addresses with their credentials. Reads only."""

from dataclasses import dataclass

from db.records.git_repositories import GitRepositoryRecord
from db.transaction import Database
from domain.words import GitProvider
from services.errors import NotFoundError
from services.git.access import GitAccess


@dataclass(frozen=True, kw_only=True)
class OpenedRepository:
    """A stored repository; `pull_requests` is whose bring changes, None where these are pushed."""

    access: GitAccess
    pull_requests: GitProvider | None


async def opened_repository(db: Database, name: str) -> OpenedRepository:
    """Raises `NotFoundError` where no repository of this name is stored (any more), and `GitAddressError`."""
    async with db.read() as tx:
        record = await tx.git_repositories.find(name)
    if record is None:
        raise NotFoundError("Git repository", name)
    return OpenedRepository(access=access_to(record), pull_requests=record.pull_requests)


def access_to(record: GitRepositoryRecord) -> GitAccess:
    """Raises `GitAddressError` where a former release stored what this one takes for no address."""
    return GitAccess.of(record.url, username=record.username, secret=record.secret)
