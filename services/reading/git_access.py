"""Opens the stored Git repositories: their addresses with their credentials. Reads only."""

from db.records.git_repositories import GitRepositoryRecord
from db.transaction import Database
from services.errors import NotFoundError
from services.git.access import GitAccess


async def stored_access(db: Database, name: str) -> GitAccess:
    """Raises `NotFoundError` where no repository of this name is stored (any more), and `GitAddressError`."""
    async with db.read() as tx:
        record = await tx.git_repositories.find(name)
    if record is None:
        raise NotFoundError("Git repository", name)
    return access_to(record)


def access_to(record: GitRepositoryRecord) -> GitAccess:
    """Raises `GitAddressError` where a former release stored what this one takes for no address."""
    return GitAccess.of(record.url, username=record.username, secret=record.secret)
