"""Bounds the requests under way: a few to each cluster, some hundreds to all.

A call waits for a slot of its cluster first, and only then for one of the overall slots. So a cluster that hangs holds
no more overall slots than its own few, and delays no call to another cluster.
"""

import asyncio

from services.kube.deadline import Deadline
from services.kube.errors import BudgetExceededError


class Slots:
    """The slots of one cluster, within the overall ones."""

    def __init__(self, *, cluster: str, per_cluster: int, overall: asyncio.Semaphore) -> None:
        self._cluster = cluster
        self._own = asyncio.Semaphore(per_cluster)
        self._overall = overall

    async def take(self, deadline: Deadline) -> None:
        """Take a slot; the caller must `give_back`. Raises `BudgetExceededError` where none is free in time."""
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
                "Too many requests were under way: the time was used up before this one could be sent.",
                cluster=self._cluster,
            ) from None
