"""The places that changed rows can name: ids, names and labels of everything, and nothing else of it."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db import models
from db.freezes import Freezes
from domain.changed_rows import KnownPlaces
from domain.rights import ApplicationRef, EnvironmentRef


class Places:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def known(self) -> KnownPlaces:
        """All of them as they are now."""
        application, place, link = models.Application, models.AppEnvironment, models.EnvironmentCluster
        run = self._session.execute
        applications = await run(select(application.id, application.name, application.labels))
        environments = await run(select(models.Environment.id, models.Environment.name))
        places = await run(select(place.id, place.application_id, place.environment_id))
        clusters = await run(select(models.Cluster.id, models.Cluster.name))
        holders: dict[str, tuple[str, ...]] = {}
        for cluster_id, environment_id in await run(select(link.cluster_id, link.environment_id)):
            holders[cluster_id] = (*holders.get(cluster_id, ()), environment_id)
        return KnownPlaces(
            applications={key: ApplicationRef(id=key, name=name, labels=labels) for key, name, labels in applications},
            environments={key: EnvironmentRef(id=key, name=name) for key, name in environments},
            app_environments={key: (what, where) for key, what, where in places},
            clusters={key: name for key, name in clusters},  # noqa: C416 - rows are no pairs to the type checker
            holders=holders,
            freezes={each.id: each.scope for each in await Freezes(self._session).all()},
        )
