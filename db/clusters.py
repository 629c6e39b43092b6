"""Queries on clusters. Credentials are sealed here; records hold them as `Locked`, which opens on use."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypedDict, Unpack

from sqlalchemy import Row, delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from db import models
from db.base import new_id, parse_id
from db.changed_tables import UNTOLD
from db.errors import DuplicateNameError, StillUsedError
from db.keys import Keyring, Locked
from db.records.inventory import ClusterRecord
from db.records.pages import Page
from domain.words import OperationState, Reachability


class ClusterFields(TypedDict, total=False):
    name: str
    labels: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class ClusterUse:
    """What uses a cluster: environments, as names by id in their order, and the ids of applications."""

    environments: dict[str, str]
    applications: frozenset[str]


class Clusters:
    def __init__(self, session: AsyncSession, keys: Keyring) -> None:
        self._session = session
        self._keys = keys

    async def list(
        self, *, limit: int, after: str | None = None, environments: Collection[str] | None = None
    ) -> Page[ClusterRecord]:
        """A page by name, case-insensitive; `after` is the last name of the previous page.

        With ids of environments, only their clusters.
        """
        query = select(models.Cluster).order_by(func.lower(models.Cluster.name)).limit(limit + 1)
        if environments is not None:
            assigned = models.EnvironmentCluster
            of_these = select(assigned.cluster_id).where(assigned.environment_id.in_(sorted(environments)))
            query = query.where(models.Cluster.id.in_(of_these))
        if after is not None:
            query = query.where(func.lower(models.Cluster.name) > after.lower())
        rows = (await self._session.scalars(query)).all()
        items = tuple(cluster_record(row, self._keys) for row in rows[:limit])
        return Page(items=items, next=items[-1].name if len(rows) > limit else None)

    async def all(self) -> tuple[ClusterRecord, ...]:
        rows = await self._session.scalars(select(models.Cluster).order_by(func.lower(models.Cluster.name)))
        return tuple(cluster_record(row, self._keys) for row in rows)

    async def find(self, name: str) -> ClusterRecord | None:
        query = select(models.Cluster).where(func.lower(models.Cluster.name) == name.lower())
        row = (await self._session.scalars(query)).one_or_none()
        return cluster_record(row, self._keys) if row else None

    async def get(self, cluster_id: str) -> ClusterRecord | None:
        """The cluster; None if it does not exist or the text is no id."""
        key = parse_id(cluster_id)
        row = await self._session.get(models.Cluster, key, populate_existing=True) if key else None
        return cluster_record(row, self._keys) if row else None

    async def some(self, cluster_ids: Collection[str]) -> dict[str, ClusterRecord]:
        """Those of these that exist, by id."""
        rows = await self._session.scalars(select(models.Cluster).where(models.Cluster.id.in_(cluster_ids)))
        return {row.id: cluster_record(row, self._keys) for row in rows}

    async def add(
        self,
        *,
        name: str,
        labels: dict[str, str],
        server: str | None,
        credential: str | None,
        server_version: str | None = None,
    ) -> ClusterRecord:
        """Add a cluster; with `server_version` it counts as probed. Raises `DuplicateNameError` for a name in use."""
        cluster_id = new_id()
        self._session.add(
            models.Cluster(
                id=cluster_id,
                name=name,
                labels=labels,
                server=server,
                credential=None if credential is None else self._keys.seal(credential, context=_context(cluster_id)),
                reachability=Reachability.REACHABLE if server_version else Reachability.UNKNOWN,
                server_version=server_version,
                last_seen_at=datetime.now(UTC) if server_version else None,
            )
        )
        return await self._written(cluster_id, name)

    async def change(self, cluster_id: str, **fields: Unpack[ClusterFields]) -> ClusterRecord:
        """Change its name or labels. Raises `DuplicateNameError` if another cluster has the name."""
        row = await self._session.get_one(models.Cluster, cluster_id)
        for field, value in fields.items():
            setattr(row, field, value)
        return await self._written(cluster_id, fields.get("name", ""))

    async def replace_credential(self, cluster_id: str, *, credential: str | None, server: str | None) -> ClusterRecord:
        """Replace the credential and raise its version, so that pooled clients of the old one are replaced."""
        sealed = None if credential is None else self._keys.seal(credential, context=_context(cluster_id))
        await self._session.execute(
            update(models.Cluster)
            .where(models.Cluster.id == cluster_id)
            .values(credential=sealed, server=server, credential_version=models.Cluster.credential_version + 1)
        )
        return await self._written(cluster_id, "")

    async def seen(self, cluster_id: str, *, server_version: str | None = None) -> None:
        """It has answered."""
        version = {} if server_version is None else {"server_version": server_version}
        await self._session.execute(
            update(models.Cluster)
            .where(models.Cluster.id == cluster_id)
            .values(
                reachability=Reachability.REACHABLE,
                last_seen_at=func.now(),
                last_error=None,
                missed_since=None,
                **version,
            ),
            execution_options=UNTOLD,
        )

    async def missed(self, cluster_id: str, *, reachability: Reachability, error: str) -> None:
        """It could not be reached; `error` holds no secret."""
        await self._session.execute(
            update(models.Cluster)
            .where(models.Cluster.id == cluster_id)
            .values(
                reachability=reachability,
                last_error=error,
                missed_since=func.coalesce(models.Cluster.missed_since, func.now()),
            ),
            execution_options=UNTOLD,
        )

    async def lose(self, cluster_id: str, *, after: timedelta) -> datetime | None:
        """Count it as lost where it has been missed for so long: since when; None where it is lost already, or not."""
        table = models.Cluster
        return await self._session.scalar(
            update(table)
            .where(table.id == cluster_id, table.lost_at.is_(None), table.missed_since <= func.now() - after)
            .values(lost_at=func.now())
            .returning(table.missed_since)
        )

    async def found_again(self, cluster_id: str) -> datetime | None:
        """It is no longer lost: since when it was missed; None where it was not lost."""
        table = models.Cluster
        return await self._session.scalar(
            update(table)
            .where(table.id == cluster_id, table.lost_at.is_not(None))
            .values(lost_at=None)
            .returning(table.missed_since)
        )

    async def used_by(self, cluster_id: str) -> ClusterUse:
        """The environments that use it, and the applications that are configured in these."""
        used = models.AppEnvironment
        environments = await self._session.execute(
            select(models.Environment.id, models.Environment.name)
            .join(models.EnvironmentCluster)
            .where(models.EnvironmentCluster.cluster_id == cluster_id)
            .order_by(models.Environment.rank)
        )
        names = {row.id: row.name for row in environments}
        applications = await self._session.scalars(
            select(used.application_id).where(used.environment_id.in_(names), used.configured_at.is_not(None))
        )
        return ClusterUse(environments=names, applications=frozenset(applications))

    async def users(self, cluster_id: str) -> tuple[str, ...]:
        """What uses it: `environment Production`, `operation 0190…`, `cluster prod-us, whose Argo CD runs on it`."""
        environments = await self._session.scalars(
            select(models.Environment.name)
            .join(models.EnvironmentCluster)
            .where(models.EnvironmentCluster.cluster_id == cluster_id)
            .order_by(models.Environment.rank)
        )
        operations = await self._session.scalars(
            select(models.Operation.id)
            .join(models.OperationCluster)
            .where(
                models.OperationCluster.cluster_id == cluster_id,
                models.Operation.state.in_([OperationState.QUEUED, OperationState.RUNNING]),
            )
        )
        served = await self._session.scalars(
            select(models.Cluster.name)
            .join(models.ClusterArgoCd, models.ClusterArgoCd.cluster_id == models.Cluster.id)
            .where(models.ClusterArgoCd.hub_id == cluster_id)
            .order_by(func.lower(models.Cluster.name))
        )
        return (
            *(f"environment {name}" for name in environments),
            *(f"operation {each}" for each in operations),
            *(f"cluster {name}, whose Argo CD runs on it" for name in served),
        )

    async def delete(self, cluster_id: str) -> None:
        """Delete it with its credential. Raises `StillUsedError` while something of `users` uses it."""
        users = await self.users(cluster_id)
        if users:
            raise StillUsedError(users)
        try:
            await self._session.execute(delete(models.Cluster).where(models.Cluster.id == cluster_id))
        except IntegrityError:
            # An environment, or a cluster's Argo CD, was given the cluster between the query and the deletion.
            raise StillUsedError(("an environment or the Argo CD of another cluster",)) from None

    async def _written(self, cluster_id: str, name: str) -> ClusterRecord:
        try:
            await self._session.flush()
        except IntegrityError:
            raise DuplicateNameError(name) from None
        row = await self._session.get_one(models.Cluster, cluster_id, populate_existing=True)
        return cluster_record(row, self._keys)


def cluster_record(row: models.Cluster | Row[Any], keys: Keyring) -> ClusterRecord:
    """The record of a cluster's row, which is an object or a row of columns."""
    return ClusterRecord(
        id=row.id,
        name=row.name,
        labels=row.labels,
        server=row.server,
        credential=None if row.credential is None else Locked(row.credential, _context(row.id), keys),
        credential_version=row.credential_version,
        reachability=row.reachability,
        server_version=row.server_version,
        last_seen_at=row.last_seen_at,
        last_error=row.last_error,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def _context(cluster_id: str) -> str:
    return f"clusters.credential:{cluster_id}"
