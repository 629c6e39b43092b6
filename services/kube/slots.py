"""How many requests are under way: a few to each cluster, some hundreds in all.

A call first waits for its own cluster's slot, and only who has one takes a slot of the whole. So a cluster that hangs
holds no more than its own few, and its queue is its own.
"""

import asyncio

from services.kube.deadline import Deadline
from services.kube.errors import BudgetExceededError


class Slots:
    """One cluster's slots, on top of those that all share."""

    def __init__(self, *, cluster: str, per_cluster: int, overall: asyncio.Semaphore) -> None:
        self._cluster = cluster
        self._own = asyncio.Semaphore(per_cluster)
        self._overall = overall

    async def take(self, deadline: Deadline) -> None:
        """Take a slot, to be given back. Raises `BudgetExceededError` where none was free in time."""
        await self._acquire(self._own, deadline)
        try:
            await self._acquire(self._overall, deadline)
        except BaseException:
            self._own.release()
            raise

    def give_back(self) -> None:
        self._overall.release()
        self._own.release()

    async def _acquire(self, semaphore: asyncio.Semaphore, deadline: Deadline) -> None:
        if not semaphore.locked():
            await semaphore.acquire()  # at once: no timer is needed
            return
        try:
            async with asyncio.timeout(deadline.left()):
                await semaphore.acquire()
        except TimeoutError:
            raise BudgetExceededError(
                "The time was up before the request's turn came: too many requests are under way.",
                cluster=self._cluster,
            ) from None
