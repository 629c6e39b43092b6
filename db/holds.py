"""Queries on holds and stops."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Row, Select, delete, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from db import models
from db.base import new_id, parse_id
from domain.actors import ActorRef
from domain.gates import Hold, Stop
from domain.rights import ApplicationRef, EnvironmentRef


@dataclass(frozen=True, kw_only=True)
class HoldRecord:
    """A hold with what it is about; `application` None: the whole environment."""

    hold: Hold
    environment: EnvironmentRef
    application: ApplicationRef | None


@dataclass(frozen=True, kw_only=True)
class StopRecord:
    """A stop with the name of what it is about; both None: all. `environments` are those concerned, if not all."""

    stop: Stop
    environment: str | None
    cluster: str | None
    environments: tuple[EnvironmentRef, ...]


class Holds:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def list(self) -> tuple[HoldRecord, ...]:
        """All that have not run out, the newest first."""
        rows = await self._session.execute(_holds().order_by(models.Hold.id.desc()))
        return tuple(_hold_record(row) for row in rows)

    async def get(self, hold_id: str) -> HoldRecord | None:
        """None also where it has run out."""
        row = (await self._session.execute(_holds().where(models.Hold.id == parse_id(hold_id)))).one_or_none()
        return _hold_record(row) if row else None

    async def at(self, *, environment_id: str, application_id: str) -> tuple[Hold, ...]:
        """Those that concern an app environment."""
        table = models.Hold
        rows = await self._session.execute(
            _holds().where(
                table.environment_id == environment_id,
                or_(table.application_id.is_(None), table.application_id == application_id),
            )
        )
        return tuple(_hold_record(row).hold for row in rows)

    async def add(
        self,
        *,
        environment_id: str,
        application_id: str | None,
        reason: str,
        until: datetime | None,
        by: ActorRef,
        operation_id: str | None = None,
    ) -> HoldRecord:
        hold_id = new_id()
        self._session.add(
            models.Hold(
                id=hold_id,
                environment_id=environment_id,
                application_id=application_id,
                reason=reason,
                until=until,
                operation_id=operation_id,
                by_kind=by.kind,
                by_id=by.id,
                by_name=by.name,
            )
        )
        await self._session.flush()
        added = await self.get(hold_id)
        assert added is not None
        return added

    async def remove(self, hold_id: str) -> bool:
        """Lift it; False if it did not exist."""
        table = models.Hold
        removed = await self._session.scalars(delete(table).where(table.id == parse_id(hold_id)).returning(table.id))
        return removed.one_or_none() is not None

    async def remove_of_rollbacks(self, *, environment_id: str, application_id: str) -> tuple[str, ...]:
        """Lift those of an app environment that requests of roll-backs have set; returns their ids."""
        table = models.Hold
        removed = await self._session.scalars(
            delete(table)
            .where(
                table.environment_id == environment_id,
                table.application_id == application_id,
                table.operation_id.is_not(None),
            )
            .returning(table.id)
        )
        return tuple(removed)


class Stops:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def all(self) -> tuple[Stop, ...]:
        """Every stop, for decisions: one query of a table that is nearly always empty."""
        rows = await self._session.execute(select(models.Stop.__table__).order_by(models.Stop.id))
        return tuple(_stop(row) for row in rows)

    async def list(self) -> tuple[StopRecord, ...]:
        """Every stop, the newest first, for people."""
        rows = await self._session.execute(_stops().order_by(models.Stop.id.desc()))
        return tuple([await self._record(row) for row in rows.all()])

    async def get(self, stop_id: str) -> StopRecord | None:
        row = (await self._session.execute(_stops().where(models.Stop.id == parse_id(stop_id)))).one_or_none()
        return await self._record(row) if row else None

    async def add(self, *, environment_id: str | None, cluster_id: str | None, reason: str, by: ActorRef) -> StopRecord:
        stop_id = new_id()
        self._session.add(
            models.Stop(
                id=stop_id,
                environment_id=environment_id,
                cluster_id=cluster_id,
                reason=reason,
                by_kind=by.kind,
                by_id=by.id,
                by_name=by.name,
            )
        )
        await self._session.flush()
        added = await self.get(stop_id)
        assert added is not None
        return added

    async def remove(self, stop_id: str) -> bool:
        """Lift it; False if it did not exist."""
        table = models.Stop
        removed = await self._session.scalars(delete(table).where(table.id == parse_id(stop_id)).returning(table.id))
        return removed.one_or_none() is not None

    async def _record(self, row: Row[models.Stop, str, str]) -> StopRecord:
        found, environment, cluster = row
        env, on = models.Environment, models.EnvironmentCluster
        with_cluster = select(on.environment_id).where(on.cluster_id == found.cluster_id)
        concerned = await self._session.execute(
            select(env.id, env.name)
            .where(or_(env.id == found.environment_id, env.id.in_(with_cluster)))
            .order_by(env.rank)
        )
        return StopRecord(
            stop=_stop(found),
            environment=environment,
            cluster=cluster,
            environments=tuple(EnvironmentRef(id=each.id, name=each.name) for each in concerned),
        )


def _holds() -> Select[models.Hold, models.Environment, models.Application]:
    hold = models.Hold
    return (
        select(hold, models.Environment, models.Application)
        .join(models.Environment, models.Environment.id == hold.environment_id)
        .outerjoin(models.Application, models.Application.id == hold.application_id)
        .where(or_(hold.until.is_(None), hold.until > func.now()))
        .execution_options(populate_existing=True)
    )


def _stops() -> Select[models.Stop, str, str]:
    stop = models.Stop
    return (
        select(stop, models.Environment.name, models.Cluster.name)
        .outerjoin(models.Environment, models.Environment.id == stop.environment_id)
        .outerjoin(models.Cluster, models.Cluster.id == stop.cluster_id)
        .execution_options(populate_existing=True)
    )


def _hold_record(row: Row[models.Hold, models.Environment, models.Application]) -> HoldRecord:
    found, environment = row[0], row[1]
    application = cast("models.Application | None", row[2])  # an outer join, which the query's type does not tell
    hold = Hold(
        id=found.id,
        environment_id=found.environment_id,
        application_id=found.application_id,
        reason=found.reason,
        by=_by(found),
        created_at=found.created_at,
        until=found.until,
        operation=found.operation_id,
    )
    return HoldRecord(
        hold=hold,
        environment=EnvironmentRef(id=environment.id, name=environment.name),
        application=None
        if application is None
        else ApplicationRef(id=application.id, name=application.name, labels=application.labels),
    )


def _stop(row: Any) -> Stop:
    return Stop(
        id=row.id,
        environment_id=row.environment_id,
        cluster_id=row.cluster_id,
        reason=row.reason,
        by=_by(row),
        created_at=row.created_at,
    )


def _by(row: Any) -> ActorRef:
    return ActorRef(kind=row.by_kind, id=row.by_id, name=row.by_name)
