"""Queries on environments, their order and their clusters."""

from collections.abc import Collection, Sequence
from typing import TypedDict, Unpack

from sqlalchemy import ARRAY, ColumnElement, Select, Uuid, bindparam, cast, delete, func, insert, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from db import models
from db.base import new_id, parse_id
from db.clusters import cluster_record
from db.environment_namespaces import given_in
from db.errors import DuplicateNameError, StillUsedError
from db.former import keep_history
from db.keys import Keyring
from db.records.inventory import ClusterRecord, EnvironmentRecord
from db.records.pages import Page
from domain.image_mappings import ImageMapping
from domain.namespaces import GivenNamespace
from domain.stored.strategies import Strategy
from domain.words import DeployMode, OperationState, Pin


class EnvironmentFields(TypedDict, total=False):
    name: str
    default_namespace: str | None
    deploy_mode: DeployMode
    pin: Pin
    allowed_dangers: list[str]
    releases_keep_secrets: bool
    catch_up: bool
    image_mappings: Sequence[ImageMapping]
    strategy: Strategy | None


class Environments:
    def __init__(self, session: AsyncSession, keys: Keyring) -> None:
        self._session = session
        self._keys = keys

    async def list(self, *, limit: int, after: str | None = None) -> Page[EnvironmentRecord]:
        """A page in their order; `after` is `next` of the previous page."""
        query = select(models.Environment).order_by(models.Environment.rank).limit(limit + 1)
        if after is not None:
            query = query.where(models.Environment.rank > int(after))
        found = await self._records(query)
        items = found[:limit]
        return Page(items=items, next=str(items[-1].rank) if len(found) > limit else None)

    async def all(self) -> tuple[EnvironmentRecord, ...]:
        """All of them, in their order."""
        return await self._records(select(models.Environment).order_by(models.Environment.rank))

    async def find(self, name: str) -> EnvironmentRecord | None:
        return await self._one(func.lower(models.Environment.name) == name.lower())

    async def get(self, environment_id: str) -> EnvironmentRecord | None:
        key = parse_id(environment_id)
        return await self._one(models.Environment.id == key) if key else None

    async def add(
        self,
        *,
        name: str,
        cluster_ids: Sequence[str],
        default_namespace: str | None = None,
        deploy_mode: DeployMode = DeployMode.MANUAL,
        pin: Pin = Pin.DIGEST,
        allowed_dangers: Collection[str] = (),
        releases_keep_secrets: bool = False,
        catch_up: bool = True,
        image_mappings: Sequence[ImageMapping] = (),
        strategy: Strategy | None = None,
    ) -> EnvironmentRecord:
        """Add it at the end of the order. Raises `DuplicateNameError` if the name is taken."""
        await self._lock_order()
        last = await self._session.scalar(select(func.max(models.Environment.rank)))
        environment_id = new_id()
        self._session.add(
            models.Environment(
                id=environment_id,
                name=name,
                rank=(last or 0) + 1,
                default_namespace=default_namespace,
                deploy_mode=deploy_mode,
                pin=pin,
                allowed_dangers=list(allowed_dangers),
                releases_keep_secrets=releases_keep_secrets,
                catch_up=catch_up,
                image_mappings=[each.to_json() for each in image_mappings],
                strategy=None if strategy is None else strategy.to_json(),
            )
        )
        await self._flush(name)
        await self.assign_clusters(environment_id, cluster_ids)
        return await self._written(environment_id)

    async def change(self, environment_id: str, **fields: Unpack[EnvironmentFields]) -> EnvironmentRecord:
        """Raises `DuplicateNameError` if another environment has the name."""
        row = await self._session.get_one(models.Environment, environment_id)
        mappings = fields.pop("image_mappings", None)
        if mappings is not None:
            row.image_mappings = [each.to_json() for each in mappings]
        for field, value in fields.items():
            setattr(row, field, value.to_json() if isinstance(value, Strategy) else value)
        await self._flush(fields.get("name", ""))
        return await self._written(environment_id)

    async def assign_clusters(self, environment_id: str, cluster_ids: Sequence[str]) -> None:
        """Replace its clusters by these, in this order; the first is the primary."""
        await self._session.execute(
            delete(models.EnvironmentCluster).where(models.EnvironmentCluster.environment_id == environment_id)
        )
        if cluster_ids:
            await self._session.execute(
                insert(models.EnvironmentCluster),
                [
                    {"environment_id": environment_id, "cluster_id": cluster_id, "position": position}
                    for position, cluster_id in enumerate(cluster_ids)
                ],
            )

    async def reorder(self, environment_ids: Sequence[str]) -> tuple[EnvironmentRecord, ...]:
        """Reorder all environments. Raises `ValueError` if one is missing, unknown or named twice."""
        await self._lock_order()
        known = set(await self._session.scalars(select(models.Environment.id)))
        if set(environment_ids) != known or len(environment_ids) != len(known):
            raise ValueError("The new order has to name every environment once.")
        if environment_ids:
            order = cast(list(environment_ids), ARRAY(Uuid(as_uuid=False)))
            await self._session.execute(
                update(models.Environment).values(rank=func.array_position(order, models.Environment.id)),
                execution_options={"synchronize_session": False},
            )
        return await self.all()

    async def users(self, environment_id: str) -> tuple[str, ...]:
        """What uses the environment, as `application shop` or `operation 0190…`."""
        applications = await self._session.scalars(
            select(models.Application.name)
            .join(models.AppEnvironment)
            .where(
                models.AppEnvironment.environment_id == environment_id,
                models.AppEnvironment.configured_at.is_not(None),
            )
            .order_by(func.lower(models.Application.name))
        )
        operations = await self._session.scalars(
            select(models.Operation.id)
            .join(
                models.AppEnvironment,
                (models.AppEnvironment.id == models.Operation.app_environment_id)
                | (models.AppEnvironment.id == models.Operation.source_app_environment_id),
            )
            .where(
                models.AppEnvironment.environment_id == environment_id,
                models.Operation.state.in_([OperationState.QUEUED, OperationState.RUNNING]),
            )
            .distinct()
        )
        followers = await self._session.scalars(
            select(models.Application.name)
            .join(models.AppEnvironment, models.AppEnvironment.application_id == models.Application.id)
            .where(
                models.AppEnvironment.follow_environment_id == environment_id,
                models.AppEnvironment.environment_id != environment_id,
            )
            .distinct()
            .order_by(models.Application.name)
        )
        return (
            *(f"application {name}" for name in applications),
            *(f"application {name}, which follows it elsewhere" for name in followers),
            *(f"operation {each}" for each in operations),
        )

    async def delete(self, environment_id: str) -> None:
        """Delete it; its history stays.

        Raises `StillUsedError` while an application is configured there or an operation uses it.
        """
        users = await self.users(environment_id)
        if users:
            raise StillUsedError(users)
        await keep_history(self._session, "environment", environment_id)
        await self._session.execute(delete(models.Environment).where(models.Environment.id == environment_id))

    async def _one(self, condition: ColumnElement[bool]) -> EnvironmentRecord | None:
        found = await self._records(select(models.Environment).where(condition))
        return found[0] if found else None

    async def _records(self, query: Select[models.Environment]) -> tuple[EnvironmentRecord, ...]:
        rows = (await self._session.scalars(query, execution_options={"populate_existing": True})).all()
        ids = [row.id for row in rows]
        clusters = await clusters_of(self._session, self._keys, ids)
        given = await given_in(self._session, ids)
        return tuple(environment_record(row, clusters.get(row.id, ()), given.get(row.id, ())) for row in rows)

    async def _written(self, environment_id: str) -> EnvironmentRecord:
        record = await self.get(environment_id)
        assert record is not None
        return record

    async def _flush(self, name: str) -> None:
        try:
            await self._session.flush()
        except IntegrityError:
            raise DuplicateNameError(name) from None

    async def _lock_order(self) -> None:
        """Serialise changes of the order; readers do not wait."""
        await self._session.execute(text("LOCK TABLE environments IN SHARE ROW EXCLUSIVE MODE"))


_CLUSTERS = (
    select(models.EnvironmentCluster.__table__.c.environment_id, *models.Cluster.__table__.c)
    .select_from(models.EnvironmentCluster.__table__.join(models.Cluster.__table__))
    .where(models.EnvironmentCluster.__table__.c.environment_id.in_(bindparam("environments", expanding=True)))
    .order_by(models.EnvironmentCluster.__table__.c.position)
)


async def clusters_of(
    session: AsyncSession, keys: Keyring, environment_ids: Collection[str]
) -> dict[str, tuple[ClusterRecord, ...]]:
    """The clusters of environments in their order, by environment id; those without clusters are left out. One query.

    Columns, not objects: a start reads all clusters of its environments, and keeping track of what it only reads would
    take as long as the reading.
    """
    if not environment_ids:
        return {}
    connection = await session.connection()
    found: dict[str, list[ClusterRecord]] = {}
    for row in await connection.execute(_CLUSTERS, {"environments": list(environment_ids)}):
        found.setdefault(row.environment_id, []).append(cluster_record(row, keys))
    return {environment: tuple(clusters) for environment, clusters in found.items()}


def environment_record(
    row: models.Environment, clusters: tuple[ClusterRecord, ...], given: tuple[GivenNamespace, ...]
) -> EnvironmentRecord:
    return EnvironmentRecord(
        id=row.id,
        name=row.name,
        rank=row.rank,
        clusters=clusters,
        default_namespace=row.default_namespace,
        deploy_mode=row.deploy_mode,
        pin=row.pin,
        given=given,
        allowed_dangers=tuple(row.allowed_dangers),
        releases_keep_secrets=row.releases_keep_secrets,
        catch_up=row.catch_up,
        strategy=None if row.strategy is None else Strategy.from_json(row.strategy),
        created_at=row.created_at,
        updated_at=row.updated_at,
        image_mappings=tuple(map(ImageMapping.from_json, row.image_mappings)),
    )
