"""Tells people when a freeze begins: once for each time that its window opens, whichever replica notices first."""

from datetime import UTC, datetime

from db.freezes import FreezeRecord
from db.transaction import Database
from domain.gates import FreezeEffect
from domain.notification_values import Concerns
from domain.notifications import FreezeBegan
from services.planning.people.windows import FOREVER, open_at

LOOKED_EVERY = 15.0  # seconds


class FreezeAnnouncements:
    """Looks at the freezes, and writes what began into the outbox."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def tell(self, at: datetime | None = None) -> None:
        """Tell of every window that denies, is open at this moment (UTC; None: now) and was not told of."""
        now = at or datetime.now(UTC)
        async with self._db.read() as tx:
            records = await tx.freezes.list()
        for record in records:
            if record.freeze.effect is FreezeEffect.DENY:
                await self._tell(record, now)

    async def _tell(self, record: FreezeRecord, now: datetime) -> None:
        opening = open_at(record.freeze.window, now)
        if opening is None:
            return
        async with self._db.begin() as tx:
            if await tx.freezes.announce(record.freeze.id, opening.starts):
                await tx.outbox.add(
                    FreezeBegan(
                        freeze=record.freeze.name,
                        reason=record.freeze.reason,
                        by=record.created_by.name,
                        began_at=opening.starts,
                        until=None if opening.ends == FOREVER else opening.ends,
                        applications=tuple(each.name for each in record.applications or ()),
                        environments=tuple(each.name for each in record.environments or ()),
                        concerns=Concerns(
                            applications=record.freeze.scope.applications,
                            environments=record.freeze.scope.environments,
                        ),
                    )
                )
