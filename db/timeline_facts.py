"""Queries on what other tables know of the course of things in an app environment: each one page, the newest first."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from db import models
from db.divergences import divergence_of
from db.timeline_window import TimelineWindow, bounds
from domain.actors import ActorRef
from domain.divergences import DivergenceKind
from domain.images import ContainerImage
from domain.rights import EnvironmentRef
from domain.stored.pauses import StoredPause
from domain.timeline_facts import (
    DivergenceFact,
    GateChange,
    GateFact,
    OperationFact,
    ReleaseFact,
)


class TimelineFacts:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def operations(self, app_environment_id: str, window: TimelineWindow) -> tuple[OperationFact, ...]:
        table, place, environment = models.Operation, models.AppEnvironment, models.Environment
        rows = await self._session.execute(
            select(table, environment.id, environment.name)
            .outerjoin(place, place.id == table.source_app_environment_id)
            .outerjoin(environment, environment.id == place.environment_id)
            .where(
                table.app_environment_id == app_environment_id,
                *bounds(window, "operation", at=table.created_at, until=table.ended_at, key=table.id),
            )
            .order_by(table.created_at.desc(), table.id.desc())
            .limit(window.limit)
        )
        return tuple(_operation(row, id_, name) for row, id_, name in rows)

    async def releases(self, app_environment_id: str, window: TimelineWindow) -> tuple[ReleaseFact, ...]:
        table = models.Release
        rows = await self._session.scalars(
            select(table)
            .where(
                table.app_environment_id == app_environment_id,
                *bounds(window, "release", at=table.created_at, key=table.id),
            )
            .order_by(table.created_at.desc(), table.id.desc())
            .limit(window.limit)
        )
        return tuple(
            ReleaseFact(
                id=row.id,
                number=row.number,
                actor=row.actor,
                at=row.created_at,
                operation=row.operation_id,
                images=tuple(map(ContainerImage.from_json, row.images)),
            )
            for row in rows
        )

    async def divergences(
        self, app_environment_id: str, window: TimelineWindow, kinds: Collection[DivergenceKind]
    ) -> tuple[DivergenceFact, ...]:
        """Those of these kinds, open or closed."""
        table = models.DivergenceRow
        rows = await self._session.scalars(
            select(table)
            .where(
                table.app_environment_id == app_environment_id,
                table.kind.in_(list(kinds)),
                *bounds(window, "divergence", at=table.since, until=table.closed_at, key=table.id),
            )
            .order_by(table.since.desc(), table.id.desc())
            .limit(window.limit)
        )
        return tuple(
            DivergenceFact(id=row.id, divergence=divergence_of(row), since=row.since, closed_at=row.closed_at)
            for row in rows
        )

    async def gates(
        self,
        window: TimelineWindow,
        *,
        application_id: str,
        environment_id: str,
        cluster_ids: Collection[str],
        changes: Collection[GateChange],
    ) -> tuple[GateFact, ...]:
        """Holds and stops that concerned the app environment, as the audit tells who set and lifted them."""
        table = models.Audit
        of_clusters = [table.targets.contains([{"kind": "cluster", "id": each}]) for each in cluster_ids]
        rows = await self._session.scalars(
            select(table)
            .where(
                table.action.in_([each.value for each in changes]),
                or_(
                    and_(
                        table.environment_id == environment_id,
                        or_(table.application_id == application_id, table.application_id.is_(None)),
                    ),
                    table.targets.contains([{"kind": "installation"}]),
                    *of_clusters,
                ),
                *bounds(window, "gate", at=table.at, key=table.seq),
            )
            .order_by(table.at.desc(), table.seq.desc())
            .limit(window.limit)
        )
        return tuple(map(_gate, rows))

    async def expired_holds(
        self, window: TimelineWindow, *, application_id: str, environment_id: str
    ) -> tuple[GateFact, ...]:
        """Holds whose time was over before anybody lifted them."""
        table = models.Hold
        rows = await self._session.scalars(
            select(table)
            .where(
                table.environment_id == environment_id,
                or_(table.application_id == application_id, table.application_id.is_(None)),
                table.until <= func.now(),
                *bounds(window, "expired", at=table.until, key=table.id),
            )
            .order_by(table.until.desc(), table.id.desc())
            .limit(window.limit)
        )
        return tuple(
            GateFact(
                key=row.id,
                change=GateChange.HOLD_EXPIRED,
                at=row.until,
                actor=ActorRef(kind=row.by_kind, id=row.by_id, name=row.by_name).name,
                reason=row.reason,
                everywhere=row.application_id is None,
            )
            for row in rows
            if row.until is not None
        )


def _operation(row: models.Operation, source_id: str | None, source: str | None) -> OperationFact:
    pause = StoredPause.from_json(row.pause) if row.pause is not None else None
    return OperationFact(
        id=row.id,
        kind=row.kind,
        state=row.state,
        actor=row.actor,
        at=row.created_at,
        ended_at=row.ended_at,
        message=row.message,
        cancelled_by=row.cancelled_by,
        source=EnvironmentRef(id=source_id, name=source) if source_id is not None and source is not None else None,
        paused_by=tuple(str(gate) for gate in pause.gates) if pause is not None else (),
    )


def _gate(row: models.Audit) -> GateFact:
    until = (row.after or {}).get("until")
    cluster = next((each["name"] for each in row.targets if each["kind"] == "cluster"), None)
    return GateFact(
        key=row.seq,
        change=GateChange(row.action),
        at=row.at,
        actor=row.actor_name,
        reason=row.reason or (row.after or {}).get("reason"),
        until=datetime.fromisoformat(until) if until else None,
        everywhere=row.application_id is None,
        cluster=cluster,
    )
