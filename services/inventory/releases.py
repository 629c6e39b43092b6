"""Reads the releases of an app environment: its history."""

from db.records import Page, ReleaseRecord
from db.transaction import Database
from services.reading.app_environments import app_environment


class Releases:
    """The releases that operations made."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def list(self, application: str, environment: str, *, after: str | None, limit: int) -> Page[ReleaseRecord]:
        """A page of releases, the newest first; empty where the application was never configured.

        Raises `NotFoundError`.
        """
        async with self._db.read() as tx:
            target = await app_environment(tx, application, environment)
            if target.id is None:
                return Page(items=(), next=None)
            return await tx.releases.list(target.id, limit=limit, after=after)
