"""Queries on app environments.

Every application is in every environment. A row exists only with settings or an operation of its own; without one, the
record is unconfigured and has the environment's defaults.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict, Unpack

from sqlalchemy import case, delete, func, insert, null, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from db import models
from db.app_environment_rows import (
    BY_IDS,
    BY_NAMES,
    OF_APPLICATIONS,
    STATE,
    AppEnvironmentQuery,
    app_environment_record,
    declared_of,
    resources_of,
)
from db.applications import application_record
from db.base import new_id, parse_id
from db.environment_namespaces import given_in
from db.environments import clusters_of, environment_record
from db.keys import Keyring
from db.records.inventory import (
    AppEnvironmentRecord,
    AppEnvironmentState,
    ApplicationRecord,
    NamespaceUse,
)
from domain.actors import ActorRef
from domain.follows import Follow, FollowStanding, FollowTerms
from domain.resources import ResourceId
from domain.rights import ApplicationRef, EnvironmentRef
from domain.stored.consents import StoredConsent
from domain.stored.git_folders import GitFolder
from domain.stored.image_deliveries import SetImageDeliveries
from domain.stored.policies import StoredPolicies
from domain.words import DeployMode, Pin


@dataclass(frozen=True, kw_only=True)
class FollowSetting:
    """The environment to follow, by its id, and the terms."""

    environment_id: str
    terms: FollowTerms


class AppEnvironmentFields(TypedDict, total=False):
    """`deploy_mode` is `follow` where `follow` is a setting; any other mode takes it away."""

    namespace: str
    deploy_mode: DeployMode
    pin: Pin
    image_policies: StoredPolicies
    consents: tuple[StoredConsent, ...]
    image_deliveries: SetImageDeliveries
    git_folder: GitFolder | None
    automation: ActorRef
    follow: FollowSetting


class AppEnvironments:
    def __init__(self, session: AsyncSession, keys: Keyring) -> None:
        self._session = session
        self._keys = keys

    async def find(self, application: str, environment: str) -> AppEnvironmentRecord | None:
        """By names, case-insensitive; None if either does not exist."""
        (found,) = await self.find_all(application, [environment])
        return found

    async def find_all(self, application: str, environments: Sequence[str]) -> tuple[AppEnvironmentRecord | None, ...]:
        """As `find` for several environments, in their order, in one query."""
        names = [name.lower() for name in environments]
        records = await self._records(BY_NAMES, application=application.lower(), environments=names)
        found = {each.environment.name.lower(): each for each in records}
        return tuple(found.get(name) for name in names)

    async def get(self, app_environment_id: str) -> AppEnvironmentRecord | None:
        return (await self.some([app_environment_id])).get(app_environment_id)

    async def some(self, app_environment_ids: Iterable[str]) -> dict[str, AppEnvironmentRecord]:
        """Those of these that exist, by id."""
        keys = {parse_id(each): each for each in app_environment_ids}
        records = await self._records(BY_IDS, ids=[key for key in keys if key is not None])
        return {keys[each.id]: each for each in records if each.id in keys}

    async def state(self, app_environment_id: str) -> AppEnvironmentState | None:
        """What operations change of it, in one query: the record would take all clusters of its environment."""
        connection = await self._session.connection()
        found = (await connection.execute(STATE, {"id": app_environment_id})).one_or_none()
        if found is None:
            return None
        return AppEnvironmentState(
            namespace=found.namespace,
            resources=resources_of(found.resources or []),
            last_release=found.last_release,
            active_operation=found.active_operation,
        )

    async def of(self, applications: Sequence[ApplicationRecord]) -> tuple[AppEnvironmentRecord, ...]:
        """Each application in each environment: by application as given, then by rank."""
        order = {each.id: number for number, each in enumerate(applications)}
        records = await self._records(OF_APPLICATIONS, applications=list(order))
        return tuple(sorted(records, key=lambda each: (order[each.application.id], each.environment.rank)))

    async def configured_in(self, environment_id: str) -> tuple[AppEnvironmentRecord, ...]:
        """What is configured in an environment, by the applications' names."""
        table = models.AppEnvironment
        ids = await self._session.scalars(
            select(table.id).where(table.environment_id == environment_id, table.configured_at.is_not(None))
        )
        records = (await self.some(ids)).values()
        return tuple(sorted(records, key=lambda each: each.application.name.lower()))

    async def in_namespace(self, namespace: str, cluster_ids: Iterable[str]) -> tuple[NamespaceUse, ...]:
        """What is configured in a namespace of these clusters: by environment, application and cluster."""
        used, on = models.AppEnvironment, models.EnvironmentCluster
        rows = await self._session.execute(
            select(
                models.Environment.id,
                models.Environment.name,
                models.Application.id,
                models.Application.name,
                models.Application.labels,
                on.cluster_id,
            )
            .select_from(used)
            .join(models.Environment, models.Environment.id == used.environment_id)
            .join(models.Application, models.Application.id == used.application_id)
            .join(on, on.environment_id == used.environment_id)
            .where(
                used.namespace == namespace,
                used.configured_at.is_not(None),
                on.cluster_id.in_(list(cluster_ids)),
            )
            .order_by(models.Environment.rank, models.Application.name, on.position)
        )
        return tuple(
            NamespaceUse(
                environment=EnvironmentRef(id=environment_id, name=environment),
                application=ApplicationRef(id=application_id, name=application, labels=labels),
                cluster_id=cluster,
            )
            for environment_id, environment, application_id, application, labels, cluster in rows
        )

    async def ensure(self, application_id: str, environment_id: str) -> str:
        """The id of its row; adds the row with the environment's defaults if there is none."""
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
            values: dict[str, Any] = dict(fields)
            if "image_policies" in fields:
                values["image_policies"] = fields["image_policies"].to_json()
            if "consents" in fields:
                values["consents"] = [consent.to_json() for consent in fields["consents"]]
            if "image_deliveries" in fields:
                values["image_deliveries"] = fields["image_deliveries"].to_json()
            if "git_folder" in fields:
                folder = fields["git_folder"]
                values["git_folder"] = folder.to_json() if folder is not None else None
            if "automation" in fields:
                by = values.pop("automation")
                values |= {"automation_kind": by.kind, "automation_id": by.id, "automation_name": by.name}
            if "deploy_mode" in fields:
                values |= _mode_values(fields["deploy_mode"])
            if "follow" in fields:
                values |= _follow_values(values.pop("follow"))
            await self._session.execute(
                update(models.AppEnvironment).where(models.AppEnvironment.id == app_environment_id).values(**values)
            )
        return await self._written(app_environment_id)

    async def keep_standing(self, app_environment_id: str, former: Follow, standing: FollowStanding) -> bool:
        """Write how it stands with one that follows; False where that, or the setting, is not `former` any more."""
        table = models.AppEnvironment
        was = former.standing.to_json() if former.standing is not None else None
        written = await self._session.scalars(
            update(table)
            .where(
                table.id == app_environment_id,
                table.follow_environment_id == former.source.id,
                table.follow_terms == former.terms.to_json(),
                table.follow_standing.is_not_distinct_from(was),
            )
            .values(follow_standing=standing.to_json())
            .returning(table.id)
        )
        return written.one_or_none() is not None

    async def followed_in(self, application_id: str) -> dict[str, str]:
        """The environments of an application that follow another one: by their ids, the id of the one they follow."""
        table = models.AppEnvironment
        rows = await self._session.execute(
            select(table.environment_id, table.follow_environment_id).where(
                table.application_id == application_id, table.follow_environment_id.is_not(None)
            )
        )
        return {follower: source for follower, source in rows if source is not None}

    async def lock(self, app_environment_id: str) -> None:
        """Lock its settings until the transaction ends; operations can still start and end."""
        query = select(models.AppEnvironment.id).where(models.AppEnvironment.id == app_environment_id)
        await self._session.execute(query.with_for_update(key_share=True))

    async def configure(self, app_environment_id: str, *, namespace: str, resources: Iterable[ResourceId]) -> None:
        """Record that it is configured in this namespace, and add the resources to those that it has."""
        row = await self._session.get_one(
            models.AppEnvironment, app_environment_id, with_for_update=True, populate_existing=True
        )
        # In another namespace they would be other objects, so those of the former one are removed, and what was
        # written of them.
        former: tuple[ResourceId, ...] = ()
        if row.namespace == namespace:
            former = (await self._written(app_environment_id)).resources
        else:
            fields = models.ReleaseObject
            await self._session.execute(delete(fields).where(fields.app_environment_id == app_environment_id))
        merged = {(*each.group_kind, each.name): each for each in (*former, *resources)}
        await self._session.execute(
            update(models.AppEnvironment)
            .where(models.AppEnvironment.id == app_environment_id)
            .values(namespace=namespace, configured_at=func.coalesce(models.AppEnvironment.configured_at, func.now()))
        )
        await self._replace_resources(app_environment_id, merged.values())

    async def _replace_resources(self, app_environment_id: str, resources: Iterable[ResourceId]) -> None:
        table = models.AppEnvironmentResource
        await self._session.execute(delete(table).where(table.app_environment_id == app_environment_id))
        rows = [
            {
                "app_environment_id": app_environment_id,
                **each.to_json(),
            }
            for each in resources
        ]
        if rows:
            await self._session.execute(insert(table), rows)

    async def _records(self, query: AppEnvironmentQuery, **asked: str | list[str]) -> tuple[AppEnvironmentRecord, ...]:
        """The records that a query selects, in three queries for any number of them."""
        found = await self._session.execute(query, asked, execution_options={"populate_existing": True})
        rows = found.all()
        ids = {row.Environment.id for row in rows}
        clusters = await clusters_of(self._session, self._keys, ids)
        given = await given_in(self._session, ids)
        applications = {row.Application.id: application_record(row.Application) for row in rows}
        environments = {
            row.Environment.id: environment_record(
                row.Environment, clusters.get(row.Environment.id, ()), given.get(row.Environment.id, ())
            )
            for row in rows
        }
        return tuple(
            app_environment_record(
                applications[application.id],
                environments[environment.id],
                row,
                resources=resources_of(resources or []),
                active_operation=active,
                followed=followed,
                declared=declared_of(declared or []),
            )
            for application, environment, row, resources, active, followed, declared in rows
        )

    async def _written(self, app_environment_id: str) -> AppEnvironmentRecord:
        record = await self.get(app_environment_id)
        assert record is not None
        return record


def _mode_values(mode: DeployMode) -> dict[str, Any]:
    """What rows have for the mode: one that follows is `manual` for a process of the former release."""
    if mode is DeployMode.FOLLOW:
        return {"deploy_mode": DeployMode.MANUAL}
    return {"deploy_mode": mode, "follow_environment_id": None, "follow_terms": None, "follow_standing": None}


def _follow_values(setting: FollowSetting) -> dict[str, Any]:
    """What the source has proven so far stays, as long as it is the same source."""
    table = models.AppEnvironment
    same = table.follow_environment_id == setting.environment_id
    return {
        "follow_environment_id": setting.environment_id,
        "follow_terms": setting.terms.to_json(),
        "follow_standing": case((same, table.follow_standing), else_=null()),
    }
