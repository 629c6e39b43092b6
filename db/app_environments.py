"""Questions about applications in environments.

Every application is in every environment; a row exists only where there is something to keep. Without one, the record
reads as unconfigured, with the environment's defaults.
"""

from collections.abc import Iterable, Sequence
from typing import Any, TypedDict, Unpack

from sqlalchemy import Select, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from db import models
from db.applications import application_record
from db.base import new_id, parse_id
from db.environments import environment_record, with_clusters
from db.keys import Keyring
from db.records import AppEnvironmentRecord, ApplicationRecord, EnvironmentRecord, ResourceRecord
from db.words import DeployMode, OperationState, Pin


class AppEnvironmentFields(TypedDict, total=False):
    namespace: str
    deploy_mode: DeployMode
    pin: Pin
    image_policies: dict[str, Any]


class AppEnvironments:
    def __init__(self, session: AsyncSession, keys: Keyring) -> None:
        self._session = session
        self._keys = keys

    async def find(self, application: str, environment: str) -> AppEnvironmentRecord | None:
        """By names, without case; None where either does not exist."""
        (found,) = await self.find_all(application, [environment])
        return found

    async def find_all(self, application: str, environments: Sequence[str]) -> tuple[AppEnvironmentRecord | None, ...]:
        """The same for several environments, in their order, in as many queries as for one."""
        names = [name.lower() for name in environments]
        query = (
            select(models.Application, models.Environment)
            .join(models.Environment, func.lower(models.Environment.name).in_(names))
            .where(func.lower(models.Application.name) == application.lower())
        )
        found = {each.environment.name.lower(): each for each in await self._of_pairs(query)}
        return tuple(found.get(name) for name in names)

    async def get(self, app_environment_id: str) -> AppEnvironmentRecord | None:
        return (await self.some([app_environment_id])).get(app_environment_id)

    async def some(self, app_environment_ids: Iterable[str]) -> dict[str, AppEnvironmentRecord]:
        """Those of these that there are, by id."""
        keys = {parse_id(each): each for each in app_environment_ids}
        query = (
            select(models.Application, models.Environment)
            .join(models.AppEnvironment, models.AppEnvironment.application_id == models.Application.id)
            .join(models.Environment, models.AppEnvironment.environment_id == models.Environment.id)
            .where(models.AppEnvironment.id.in_([key for key in keys if key is not None]))
        )
        return {keys[each.id]: each for each in await self._of_pairs(query) if each.id in keys}

    async def of(self, applications: Sequence[ApplicationRecord]) -> tuple[AppEnvironmentRecord, ...]:
        """Each application in each environment: by application as given, then by rank."""
        query = select(models.Environment).options(with_clusters()).order_by(models.Environment.rank)
        environments = [environment_record(row, self._keys) for row in await self._session.scalars(query)]
        return await self._records(applications, environments)

    async def ensure(self, application_id: str, environment_id: str) -> str:
        """The id of its row, which is made from the environment's defaults where there is none."""
        environment = await self._session.get_one(models.Environment, environment_id)
        await self._session.execute(
            upsert(models.AppEnvironment)
            .values(
                id=new_id(),
                application_id=application_id,
                environment_id=environment_id,
                deploy_mode=environment.deploy_mode,
                pin=environment.pin,
            )
            .on_conflict_do_nothing()
        )
        return (
            await self._session.scalars(
                select(models.AppEnvironment.id).where(
                    models.AppEnvironment.application_id == application_id,
                    models.AppEnvironment.environment_id == environment_id,
                )
            )
        ).one()

    async def change(
        self, application_id: str, environment_id: str, **fields: Unpack[AppEnvironmentFields]
    ) -> AppEnvironmentRecord:
        app_environment_id = await self.ensure(application_id, environment_id)
        if fields:
            await self._session.execute(
                update(models.AppEnvironment).where(models.AppEnvironment.id == app_environment_id).values(**fields)
            )
        return await self._written(app_environment_id)

    async def lock(self, app_environment_id: str) -> None:
        """Until the transaction ends, nobody else changes its settings; operations may start and end all the same."""
        query = select(models.AppEnvironment.id).where(models.AppEnvironment.id == app_environment_id)
        await self._session.execute(query.with_for_update(key_share=True))

    async def configure(self, app_environment_id: str, *, namespace: str, resources: Iterable[ResourceRecord]) -> None:
        """It is configured from now on, in this namespace; the resources are added to those that it has."""
        row = await self._session.get_one(
            models.AppEnvironment, app_environment_id, with_for_update=True, populate_existing=True
        )
        # In another namespace they would be other objects: those of the former one are not its own any more.
        former = await self._resources([app_environment_id]) if row.namespace == namespace else {}
        merged = {_identity(each): each for each in (*former.get(app_environment_id, ()), *resources)}
        await self._session.execute(
            update(models.AppEnvironment)
            .where(models.AppEnvironment.id == app_environment_id)
            .values(namespace=namespace, configured_at=func.coalesce(models.AppEnvironment.configured_at, func.now()))
        )
        await self._replace_resources(app_environment_id, merged.values())

    async def _replace_resources(self, app_environment_id: str, resources: Iterable[ResourceRecord]) -> None:
        table = models.AppEnvironmentResource
        await self._session.execute(delete(table).where(table.app_environment_id == app_environment_id))
        rows = [
            {
                "app_environment_id": app_environment_id,
                "api_version": each.api_version,
                "kind": each.kind,
                "name": each.name,
            }
            for each in resources
        ]
        if rows:
            await self._session.execute(insert(table), rows)

    async def _resources(self, app_environment_ids: Iterable[str]) -> dict[str, tuple[ResourceRecord, ...]]:
        table = models.AppEnvironmentResource
        rows = await self._session.execute(
            select(table.app_environment_id, table.api_version, table.kind, table.name).where(
                table.app_environment_id.in_(app_environment_ids)
            )
        )
        found: dict[str, list[ResourceRecord]] = {}
        for owner, api_version, kind, name in rows:
            found.setdefault(owner, []).append(ResourceRecord(api_version=api_version, kind=kind, name=name))
        return {owner: tuple(sorted(each, key=lambda r: (r.kind, r.name))) for owner, each in found.items()}

    async def _of_pairs(
        self, query: Select[models.Application, models.Environment]
    ) -> tuple[AppEnvironmentRecord, ...]:
        """The records of applications and environments, each with each."""
        pairs = (await self._session.execute(query.options(with_clusters()))).all()
        applications = {row.id: application_record(row) for row, _ in pairs}
        environments = {row.id: environment_record(row, self._keys) for _, row in pairs}
        return await self._records(tuple(applications.values()), tuple(environments.values())) if pairs else ()

    async def _records(
        self, applications: Sequence[ApplicationRecord], environments: Sequence[EnvironmentRecord]
    ) -> tuple[AppEnvironmentRecord, ...]:
        """Every pair of the two, in four queries however many they are."""
        table = models.AppEnvironment
        found = await self._session.scalars(
            select(table).where(
                table.application_id.in_([each.id for each in applications]),
                table.environment_id.in_([each.id for each in environments]),
            ),
            execution_options={"populate_existing": True},
        )
        rows = {(row.application_id, row.environment_id): row for row in found}
        ids = [row.id for row in rows.values()]
        resources = await self._resources(ids) if ids else {}
        active = await self._active_operations(ids) if ids else {}
        return tuple(
            _record(application, environment, rows.get((application.id, environment.id)), resources, active)
            for application in applications
            for environment in environments
        )

    async def _active_operations(self, app_environment_ids: Sequence[str]) -> dict[str, str]:
        found = await self._session.execute(
            select(models.Operation.app_environment_id, models.Operation.id).where(
                models.Operation.app_environment_id.in_(app_environment_ids),
                models.Operation.state.in_([OperationState.QUEUED, OperationState.RUNNING]),
            )
        )
        return {row.app_environment_id: row.id for row in found}

    async def _written(self, app_environment_id: str) -> AppEnvironmentRecord:
        record = await self.get(app_environment_id)
        assert record is not None
        return record


def _identity(resource: ResourceRecord) -> tuple[str, str, str]:
    """Group, kind and name: the version is only how it was last spoken of."""
    group, _, _ = resource.api_version.rpartition("/")
    return group, resource.kind, resource.name


def _record(
    application: ApplicationRecord,
    environment: EnvironmentRecord,
    row: models.AppEnvironment | None,
    resources: dict[str, tuple[ResourceRecord, ...]],
    active: dict[str, str],
) -> AppEnvironmentRecord:
    return AppEnvironmentRecord(
        id=row.id if row else None,
        application=application,
        environment=environment,
        namespace=row.namespace if row else None,
        deploy_mode=row.deploy_mode if row else environment.deploy_mode,
        pin=row.pin if row else environment.pin,
        image_policies=row.image_policies if row else {},
        configured_at=row.configured_at if row else None,
        resources=resources.get(row.id, ()) if row else (),
        last_release=row.last_release if row else 0,
        active_operation=active.get(row.id) if row else None,
    )
