"""The image that each container was last known to have: the index by which an image push finds app environments.

The clusters have the truth. The index is written when an operation has changed images, and when images were read.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import delete, exists, insert, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from db import models
from db.records.images import RunningImageRecord
from domain.image_mappings import ImageMapping, copied_to
from domain.resources import ResourceId


class RunningImages:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def put(self, app_environment_id: str, images: Iterable[RunningImageRecord]) -> None:
        """Replace what is known of an app environment. Locks its row: concurrent calls wait for each other."""
        await self.put_all({app_environment_id: images})

    async def put_all(self, images: Mapping[str, Iterable[RunningImageRecord]]) -> None:
        """As `put`, of several app environments; those that are gone are left out. Locks their rows, by id."""
        target, table = models.AppEnvironment, models.AppEnvironmentImage
        query = select(target.id).where(target.id.in_(list(images))).order_by(target.id)
        there = (await self._session.scalars(query.with_for_update(key_share=True))).all()
        await self._session.execute(delete(table).where(table.app_environment_id.in_(there)))
        rows = {
            (id_, each.resource, each.container): {
                "app_environment_id": id_,
                **each.resource.to_json(),
                "container": each.container,
                "init": each.init,
                "repository": each.repository,
                "reference": each.reference,
                "kept": list(each.kept) or None,
            }
            for id_ in there
            for each in images[id_]
        }
        if rows:
            await self._session.execute(insert(table), list(rows.values()))

    async def of(self, app_environment_id: str) -> tuple[RunningImageRecord, ...]:
        """By kind, name and container; init containers too."""
        table = models.AppEnvironmentImage
        query = select(table).where(table.app_environment_id == app_environment_id)
        rows = await self._session.scalars(query.order_by(table.kind, table.name, table.container))
        return tuple(_record(row) for row in rows)

    async def of_all(self, app_environment_ids: Collection[str]) -> dict[str, tuple[RunningImageRecord, ...]]:
        """As `of`, by app environment; those without an entry are left out. One query."""
        table = models.AppEnvironmentImage
        query = select(table.__table__).where(table.app_environment_id.in_(list(app_environment_ids)))
        connection = await self._session.connection()  # hundreds at a time, every second: rows are enough
        found: dict[str, list[RunningImageRecord]] = {}
        for row in await connection.execute(query.order_by(table.kind, table.name, table.container)):
            found.setdefault(row.app_environment_id, []).append(_record(row))
        return {each: tuple(rows) for each, rows in found.items()}

    async def taking_any_of(self, repositories: Sequence[str]) -> dict[str, frozenset[str]]:
        """The ids of the app environments that take pushes to these repositories, each with those that it takes.

        They run these, or those to which their environments copy them.
        """
        table, place = models.AppEnvironmentImage, models.AppEnvironment
        running = (
            select(table.app_environment_id, table.repository).distinct().where(table.repository.in_(repositories))
        )
        found: dict[str, set[str]] = {}
        for app_environment_id, repository in await self._session.execute(running):
            found.setdefault(app_environment_id, set()).add(repository)
        copied = await self._copied(repositories)
        if copied:
            copying = (
                select(table.app_environment_id, place.environment_id, table.repository)
                .distinct()
                .join(place, place.id == table.app_environment_id)
                .where(tuple_(place.environment_id, table.repository).in_(list(copied)))
            )
            for app_environment_id, environment_id, repository in await self._session.execute(copying):
                found.setdefault(app_environment_id, set()).update(copied[environment_id, repository])
        return {each: frozenset(taken) for each, taken in found.items()}

    async def repositories_in(self, environment_id: str) -> dict[str, frozenset[str]]:
        """By the ids of the app environments there: the repositories that they run."""
        table, place = models.AppEnvironmentImage, models.AppEnvironment
        rows = await self._session.execute(
            select(table.app_environment_id, table.repository)
            .distinct()
            .join(place, place.id == table.app_environment_id)
            .where(place.environment_id == environment_id)
        )
        found: dict[str, set[str]] = {}
        for app_environment_id, repository in rows:
            found.setdefault(app_environment_id, set()).add(repository)
        return {each: frozenset(repositories) for each, repositories in found.items()}

    async def _copied(self, repositories: Sequence[str]) -> dict[tuple[str, str], set[str]]:
        """By environment and repository: those of `repositories` whose images the environment copies to it."""
        table = models.Environment
        copying = select(table.id, table.image_mappings).where(table.image_mappings.contains([{"copy_first": True}]))
        found: dict[tuple[str, str], set[str]] = {}
        for environment_id, stored in await self._session.execute(copying):
            mappings = tuple(map(ImageMapping.from_json, stored))
            for repository in repositories:
                for name in copied_to(repository, mappings):
                    found.setdefault((environment_id, name), set()).add(repository)
        return found

    async def unindexed(self) -> tuple[str, ...]:
        """The ids of configured app environments without any entry."""
        target, table = models.AppEnvironment, models.AppEnvironmentImage
        query = select(target.id).where(
            target.configured_at.is_not(None), ~exists().where(table.app_environment_id == target.id)
        )
        return tuple(await self._session.scalars(query))


def _record(row: Any) -> RunningImageRecord:
    return RunningImageRecord(
        app_environment_id=row.app_environment_id,
        resource=ResourceId.of(row.api_version, row.kind, row.name),
        container=row.container,
        init=row.init,
        repository=row.repository,
        reference=row.reference,
        kept=tuple(row.kept or ()),
    )
