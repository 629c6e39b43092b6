"""The index of what runs where, filled for app environments of which nothing is known yet."""

import asyncio

from db.records import AppEnvironmentRecord
from db.transaction import Database
from services.kube.deadline import Deadline
from services.kube.gateway import Clusters
from services.limits import Limits
from services.planning.health.values import HealthPolicy
from services.reading.image_facts import ImageFacts
from services.reading.running_images import Depth
from services.reading.running_index import index_of_facts


class Indexing:
    """Reads what runs where nothing is known of it: configured before there was an index, or away as it was."""

    def __init__(self, db: Database, clusters: Clusters, limits: Limits) -> None:
        self._db = db
        self._facts = ImageFacts(clusters=clusters, policy=HealthPolicy())
        self._limits = limits

    async def fill(self) -> None:
        """All at once, for no longer than a page would wait."""
        async with self._db.read() as tx:
            targets = await tx.app_environments.some(await tx.running_images.unknown())
        deadline = Deadline.after(self._limits.overview)
        await asyncio.gather(*(self._read(target, deadline) for target in targets.values()))

    async def _read(self, target: AppEnvironmentRecord, deadline: Deadline) -> None:
        assert target.id is not None
        rows = index_of_facts(target.id, await self._facts.read(target, deadline=deadline, depth=Depth.TEMPLATES))
        if not rows:
            return
        async with self._db.begin() as tx:
            await tx.app_environments.lock(target.id)
            if not await tx.running_images.of(target.id):  # an operation would know better
                await tx.running_images.put(target.id, rows)
