"""Queries on where the Argo CD of clusters runs."""

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from db import models
from db.clusters import cluster_record
from db.keys import Keyring
from db.records.argocd import ArgoCdRecord

_table = models.ClusterArgoCd


class ClusterArgoCd:
    def __init__(self, session: AsyncSession, keys: Keyring) -> None:
        self._session = session
        self._keys = keys

    async def of(self, cluster: str) -> ArgoCdRecord | None:
        """That of the cluster with this name; None where it is on the cluster itself, or there is no such cluster."""
        own, hub = aliased(models.Cluster), aliased(models.Cluster)
        found = await self._session.execute(
            select(_table, own, hub)
            .join(own, own.id == _table.cluster_id)
            .join(hub, hub.id == _table.hub_id)
            .where(func.lower(own.name) == cluster.lower()),
            execution_options={"populate_existing": True},
        )
        row = found.one_or_none()
        if row is None:
            return None
        return ArgoCdRecord(
            cluster=cluster_record(row[1], self._keys),
            hub=cluster_record(row[2], self._keys),
            namespace=row[0].namespace,
            called=row[0].called,
        )

    async def put(self, cluster_id: str, *, hub_id: str, namespace: str, called: str | None) -> None:
        """Say it, or say it anew."""
        values = {"hub_id": hub_id, "namespace": namespace, "called": called}
        await self._session.execute(
            insert(_table)
            .values(cluster_id=cluster_id, **values)
            .on_conflict_do_update(index_elements=[_table.cluster_id], set_={**values, "updated_at": func.now()})
        )

    async def delete(self, cluster_id: str) -> None:
        await self._session.execute(delete(_table).where(_table.cluster_id == cluster_id))
