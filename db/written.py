"""Queries on what Stagecoach wrote of objects: fingerprints of fields, by release, object and cluster."""

import json
from collections.abc import Iterable, Mapping, Sequence

import orjson
from sqlalchemy import delete, insert, select, text, true
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from db import models
from db.base import new_id
from domain.resources import ResourceId
from domain.written import FieldTree, WrittenObject


class Written:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def put(self, app_environment_id: str, written: Mapping[str, Iterable[WrittenObject]]) -> None:
        """An operation has just written these, by cluster; of one that it wrote twice the last counts.

        Of an app environment that was deleted meanwhile nothing is kept.
        """
        rows = {(cluster, each.resource): each.fields for cluster, objects in written.items() for each in objects}
        if not rows:
            return
        await self._session.execute(
            _PUT,
            {
                "place": app_environment_id,
                "cluster": [cluster for cluster, _ in rows],
                "api_version": [resource.kind.api_version for _, resource in rows],
                "kind": [resource.kind.name for _, resource in rows],
                "name": [resource.name for _, resource in rows],
                "fields": [orjson.dumps(fields).decode() for fields in rows.values()],
            },
        )

    async def settle(self, app_environment_id: str, clusters: Sequence[str]) -> None:
        """What was written to these clusters is of the last release from now on."""
        table = models.WrittenObjectRow
        rows = await self._session.execute(
            delete(table)
            .where(table.app_environment_id == app_environment_id, table.cluster.in_(list(clusters)))
            .returning(table.cluster, table.api_version, table.kind, table.name, table.fields)
        )
        written: dict[str, list[WrittenObject]] = {}
        for row in rows:
            resource = ResourceId.of(row.api_version, row.kind, row.name)
            written.setdefault(row.cluster, []).append(WrittenObject(resource=resource, fields=row.fields))
        await self.add(app_environment_id, written)

    async def add(self, app_environment_id: str, written: Mapping[str, Iterable[WrittenObject]]) -> None:
        """These objects are so, by cluster, in the last release: one row for clusters on which they are alike."""
        release = await self._session.scalar(
            select(models.AppEnvironment.last_release).where(models.AppEnvironment.id == app_environment_id)
        )
        alike: dict[tuple[ResourceId, str], tuple[WrittenObject, list[str]]] = {}
        for cluster in sorted(written):
            for each in written[cluster]:
                key = (each.resource, json.dumps(each.fields, sort_keys=True))
                alike.setdefault(key, (each, []))[1].append(cluster)
        if not alike:
            return
        rows = [
            {
                "id": new_id(),
                "app_environment_id": app_environment_id,
                "release": release,
                **_object(each.resource),
                "clusters": clusters,
                "fields": dict(each.fields),
            }
            for each, clusters in alike.values()
        ]
        await self._session.execute(insert(models.ReleaseObject), rows)

    async def of(
        self, app_environment_id: str, cluster: str, *, up_to: int | None = None
    ) -> dict[ResourceId, FieldTree]:
        """What was written on one cluster up to a release, by default the last; objects of former releases, too."""
        table = models.ReleaseObject
        which = (table.api_version, table.kind, table.name)
        rows = await self._session.execute(
            select(*which, table.fields)
            .where(
                table.app_environment_id == app_environment_id,
                table.clusters.contains([cluster]),
                true() if up_to is None else table.release <= up_to,
            )
            .ext(distinct_on(*which))
            .order_by(*which, table.release.desc(), table.id.desc())  # ids are in the order of time
        )
        return {ResourceId.of(row.api_version, row.kind, row.name): row.fields for row in rows}


def _object(resource: ResourceId) -> dict[str, str]:
    return {"api_version": resource.kind.api_version, "kind": resource.kind.name, "name": resource.name}


# All rows as one list a column, because a busy operation writes hundreds of them several times a second.
_PUT = text("""
    INSERT INTO written_objects (app_environment_id, cluster, api_version, kind, name, fields)
    SELECT place.id, new.cluster, new.api_version, new.kind, new.name, CAST(new.fields AS jsonb)
    FROM (
        SELECT id FROM app_environments WHERE id = CAST(CAST(:place AS text) AS uuid) FOR KEY SHARE
    ) AS place, unnest(
        CAST(:cluster AS text[]), CAST(:api_version AS text[]), CAST(:kind AS text[]), CAST(:name AS text[]),
        CAST(:fields AS text[])
    ) AS new (cluster, api_version, kind, name, fields)
    ON CONFLICT (app_environment_id, cluster, api_version, kind, name) DO UPDATE SET fields = excluded.fields
""")
