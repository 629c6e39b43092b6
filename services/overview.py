"""What runs where, of one application: every cluster is asked at once, and none is waited for longer than a moment."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime

from db.records import AppEnvironmentRecord
from db.transaction import Database
from services.errors import NotFoundError
from services.image_facts import ImageFacts, workloads_of
from services.kube.deadline import Deadline
from services.kube.gateway import Clusters
from services.limits import Limits
from services.planning.health_values import HealthPolicy
from services.planning.overview import application_overview
from services.planning.overview_values import ApplicationOverview, SeenCluster, SeenEnvironment
from services.planning.running import ClusterFacts

_REMEMBERED = 2000


@dataclass(frozen=True, kw_only=True)
class _Known:
    facts: ClusterFacts
    read_at: datetime


class Overview:
    """Reads overviews, and remembers what it read last: a cluster that is down shows that, marked as stale.

    What is remembered is this process's own and bounded; after a restart a dead cluster shows no images.
    """

    def __init__(self, db: Database, clusters: Clusters, limits: Limits) -> None:
        self._db = db
        self._facts = ImageFacts(clusters=clusters, policy=HealthPolicy(timeout_cap=limits.watch_cap))
        self._limits = limits
        self._known: OrderedDict[tuple[str, str], _Known] = OrderedDict()

    async def read(self, application: str) -> ApplicationOverview:
        """In all environments, by rank; answers although clusters do not. Raises `NotFoundError`."""
        async with self._db.read() as tx:
            found = await tx.applications.find(application)
            if found is None:
                raise NotFoundError("application", application)
            places = await tx.app_environments.of([found])
        deadline = Deadline.after(self._limits.overview)
        seen = await asyncio.gather(*(self._environment(place, deadline) for place in places))
        return application_overview(found.name, seen, read_at=datetime.now(UTC))

    async def _environment(self, place: AppEnvironmentRecord, deadline: Deadline) -> SeenEnvironment:
        facts = await self._facts.read(place, deadline=deadline) if place.configured else ()
        return SeenEnvironment(
            environment=place.environment.name,
            rank=place.environment.rank,
            configured=place.configured,
            namespace=place.namespace,
            deploy_mode=place.deploy_mode,
            pin=place.pin,
            active_operation=place.active_operation,
            resources=workloads_of(place),
            clusters=tuple(self._seen(place, one) for one in facts)
            or tuple(
                SeenCluster(cluster=cluster.name, facts=None, read_at=None, failure=None)
                for cluster in place.environment.clusters
            ),
        )

    def _seen(self, place: AppEnvironmentRecord, facts: ClusterFacts) -> SeenCluster:
        key = (place.id or "", facts.cluster)
        if facts.failure is None:
            self._known[key] = _Known(facts=facts, read_at=datetime.now(UTC))
            self._known.move_to_end(key)
            if len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        known = self._known.get(key)
        return SeenCluster(
            cluster=facts.cluster,
            facts=known.facts if known else None,
            read_at=known.read_at if known else None,
            failure=facts.failure,
        )
