"""Fills the index of running images for app environments without an entry in it."""

import asyncio

from db.records.inventory import AppEnvironmentRecord
from db.transaction import Database
from services.kube.deadline import Deadline
from services.kube.gateway import Clusters
from services.limits import Limits
from services.planning.health.values import HealthPolicy
from services.reading.image_facts import ImageFactsReader
from services.reading.live.live import Live
from services.reading.running_images import Depth
from services.reading.running_index import index_of_facts


class IndexBackfill:
    """Indexes images that no operation has indexed: the clusters were unreachable then, or there was no index yet.

    A cluster that the live picture does not know yet, as just after a start, is read: pushes do not wait.
    """

    def __init__(self, db: Database, clusters: Clusters, limits: Limits, live: Live) -> None:
        self._db = db
        self._live = live
        self._facts = ImageFactsReader(clusters=clusters, policy=HealthPolicy())
        self._limits = limits

    async def fill(self) -> bool:
        """Index all such app environments at once, within the deadline of an overview; skip unreachable clusters.

        Returns whether every one of them is indexed now: else pushes to their repositories find them only later.
        """
        async with self._db.read() as tx:
            targets = await tx.app_environments.some(await tx.running_images.unindexed())
        deadline = Deadline.after(self._limits.overview)
        return all(await asyncio.gather(*(self._read(target, deadline) for target in targets.values())))

    async def _read(self, target: AppEnvironmentRecord, deadline: Deadline) -> bool:
        assert target.id is not None
        facts = await self._live.facts(target)
        if any(one.failure is not None for one in facts):
            facts = await self._facts.read(target, deadline=deadline, depth=Depth.TEMPLATES)
        rows = index_of_facts(target.id, facts)
        if not rows:
            return all(one.failure is None for one in facts)  # where no image runs, there is nothing to index
        async with self._db.begin() as tx:
            await tx.app_environments.lock(target.id)
            if not await tx.running_images.of(target.id):  # what an operation has written meanwhile is newer
                await tx.running_images.put(target.id, rows)
        return True
