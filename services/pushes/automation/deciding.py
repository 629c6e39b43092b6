"""What becomes of pushed images in each app environment that runs their repository: decided in one transaction.

Everything follows from rows: what was decided upon twice, as after a crash, comes to the same.
"""

from datetime import datetime

from db.transaction import Database
from services.pushes.automation.settling import settle_deliveries
from services.pushes.judging import judge_there

_AT_ONCE = 500


class Deciding:
    """Decides upon what is ready, and again where something has changed."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def decide(self) -> bool:
        """Upon what is ready, in the order of pushes; False where nothing was."""
        async with self._db.begin() as tx:
            ready = await tx.image_pushes.ready(limit=_AT_ONCE)
            if not ready:
                return False
            targets = await tx.running_images.running_any_of(list({each.repository for each in ready}))
            for target_id in sorted(targets):  # always in the same order, as each is locked
                mine = [each for each in ready if each.repository in targets[target_id]]
                await judge_there(tx, target_id, mine)
            await tx.image_pushes.decided([each.push for each in ready])
            await settle_deliveries(tx, (each.delivery_id for each in ready))
            return True

    async def decide_again(self, *, since: datetime) -> None:
        """Where an operation has ended since then: what is offered may run there now, by another way."""
        async with self._db.read() as tx:
            targets = await tx.verdicts.unsettled_since(since)
        for target_id in sorted(targets):
            async with self._db.begin() as tx:
                await judge_there(tx, target_id)
