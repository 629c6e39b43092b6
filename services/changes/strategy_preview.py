"""What a strategy would mean for the clusters of an environment, before anything is planned with it.

It is judged by the function that judges it at the start of an operation, so the two cannot disagree. No cluster is
asked: a form can ask at every change.
"""

from collections.abc import Sequence

from db.transaction import Database
from domain.grants import Actor, PromoteGrant
from domain.stored.strategies import Strategy
from services.changes.errors import about
from services.changes.strategy import choose_strategy, ring_clusters
from services.planning.rings.resolution import Allotment, allot
from services.reading.app_environments import app_environment
from services.reading.permissions import Permissions


class StrategyPreview:
    """Previews of strategies."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._permissions = Permissions(db)

    async def preview(
        self, environment: str, applications: Sequence[str], strategy: Strategy, *, actor: Actor
    ) -> Allotment:
        """The clusters that each ring would have.

        Raises `NotFoundError`, and `ForbiddenError` and `InvalidRequestError` as the start of an operation of one of
        the applications would.
        """
        allotted = [
            await about(name, self._of_one(environment, name, strategy, actor)) for name in dict.fromkeys(applications)
        ]
        return allotted[0]

    async def _of_one(self, environment: str, application: str, strategy: Strategy, actor: Actor) -> Allotment:
        grant = await self._permissions.app_environment(actor, PromoteGrant, application, environment)
        async with self._db.read() as tx:
            target = await app_environment(tx, grant)
        clusters = target.environment.clusters
        return allot(choose_strategy(target, clusters, strategy, actor=actor).strategy, ring_clusters(clusters))
