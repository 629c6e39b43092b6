"""Judges image pushes that are ready, in each app environment that runs their repository.

Verdicts follow from rows alone: judging the same pushes again, as after a crash, writes the same verdicts.
"""

from datetime import datetime

from db.transaction import Database
from services.pushes.automation.delivery_fates import settle_deliveries
from services.pushes.judging import lock_and_judge

_AT_ONCE = 500


class ReadyPushes:
    """Judges ready image pushes, and waiting ones again after an operation."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def judge(self) -> bool:
        """Judge ready pushes in the order of their numbers, at most 500 in one transaction. False if none was ready."""
        async with self._db.begin() as tx:
            ready = await tx.image_pushes.ready(limit=_AT_ONCE)
            if not ready:
                return False
            targets = await tx.running_images.taking_any_of(list({each.repository for each in ready}))
            for target_id in sorted(targets):  # always in the same order, because the rows are locked
                mine = [each for each in ready if each.repository in targets[target_id]]
                await lock_and_judge(tx, target_id, mine)
            await tx.image_pushes.decided([each.push for each in ready])
            await settle_deliveries(tx, (each.delivery_id for each in ready))
            return True

    async def judge_again(self, *, since: datetime) -> None:
        """Judge waiting pushes again where an operation has ended since then: it may have brought the same images."""
        async with self._db.read() as tx:
            targets = await tx.verdicts.unsettled_since(since)
        for target_id in sorted(targets):
            async with self._db.begin() as tx:
                await lock_and_judge(tx, target_id)
