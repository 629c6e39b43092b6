"""Events of app environments, and what is remembered of them. The process that watches the primary cluster writes them.

Events and memory are written together, so that a process that takes over tells nothing twice.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from db import models
from db.timeline_window import TimelineWindow, bounds
from domain.resources import ResourceId
from domain.timeline import EventDetail, EventKind, RecordedEvent

_NEW = timedelta(minutes=10)


class Timelines:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def states(self, app_environment_ids: Collection[str]) -> dict[str, Mapping[str, Any]]:
        """What is remembered, by app environment; those of which nothing is are not among them."""
        table = models.TimelineState
        rows = await self._session.execute(
            select(table.app_environment_id, table.state).where(table.app_environment_id.in_(app_environment_ids))
        )
        return {row.app_environment_id: row.state for row in rows}

    async def recorded_since(self, app_environment_id: str, moment: datetime) -> int:
        """How many events were recorded there since then."""
        table = models.AppEnvironmentEvent
        query = select(func.count()).where(table.app_environment_id == app_environment_id, table.recorded_at >= moment)
        return await self._session.scalar(query) or 0

    async def write(
        self,
        app_environment_id: str,
        *,
        new: Sequence[RecordedEvent],
        changed: Sequence[RecordedEvent],
        state: Mapping[str, Any],
    ) -> None:
        """Add events, change those that are there (one that was never added stays away), and remember the state."""
        if new:
            values = [{"app_environment_id": app_environment_id, **_row(each)} for each in new]
            await self._session.execute(upsert(models.AppEnvironmentEvent).values(values))
        table = models.AppEnvironmentEvent
        for each in changed:
            await self._session.execute(
                update(table)
                .where(table.id == each.id, table.app_environment_id == app_environment_id)
                .values(until=each.until, count=each.count, detail=_storable(each.detail.to_json()))
            )
        remembered = upsert(models.TimelineState).values(app_environment_id=app_environment_id, state=_storable(state))
        await self._session.execute(
            remembered.on_conflict_do_update(
                index_elements=["app_environment_id"],
                set_={"state": remembered.excluded.state, "updated_at": func.now()},
            )
        )

    async def end(self, app_environment_ids: Collection[str]) -> None:
        """End what goes on in these app environments, and forget what is remembered of them."""
        state, event = models.TimelineState, models.AppEnvironmentEvent
        await self._session.execute(delete(state).where(state.app_environment_id.in_(app_environment_ids)))
        await self._session.execute(
            update(event)
            .where(event.app_environment_id.in_(app_environment_ids), event.until.is_(None))
            .values(until=func.greatest(func.now(), event.at))
        )

    async def end_all_but(self, app_environment_ids: Collection[str]) -> int:
        """As `end`, in all app environments but these, which alone are still looked at; returns in how many.

        What was written a moment ago is left alone: its app environment may be a new one that the caller has not seen.
        """
        table = models.TimelineState
        left = await self._session.scalars(
            select(table.app_environment_id).where(
                table.app_environment_id.not_in(app_environment_ids), table.updated_at < func.now() - _NEW
            )
        )
        ids = left.all()
        if ids:
            await self.end(ids)
        return len(ids)

    async def forget(self, *, before: datetime) -> int:
        """Delete events that ended before that moment; returns how many."""
        table = models.AppEnvironmentEvent
        deleted = await self._session.scalars(delete(table).where(table.until < before).returning(table.id))
        return len(deleted.all())

    async def events(
        self, app_environment_id: str, window: TimelineWindow, kinds: Collection[EventKind]
    ) -> tuple[RecordedEvent, ...]:
        """The newest first, by when they began."""
        table = models.AppEnvironmentEvent
        rows = await self._session.scalars(
            select(table)
            .where(
                table.app_environment_id == app_environment_id,
                table.kind.in_([each.value for each in kinds]),
                *bounds(window, "event", at=table.at, until=table.until, key=table.id),
            )
            .order_by(table.at.desc(), table.id.desc())
            .limit(window.limit)
        )
        return tuple(map(_record, rows))


def _row(event: RecordedEvent) -> dict[str, Any]:
    workload = event.workload
    return {
        "id": event.id,
        "kind": event.kind.value,
        "at": event.at,
        "until": event.until,
        "cluster": event.cluster,
        "api_version": workload.kind.api_version if workload is not None else None,
        "workload_kind": workload.kind.name if workload is not None else None,
        "name": workload.name if workload is not None else None,
        "container": event.container,
        "count": event.count,
        "operation_id": event.operation,
        "detail": _storable(event.detail.to_json()),
    }


def _record(row: models.AppEnvironmentEvent) -> RecordedEvent:
    workload = None
    if row.api_version is not None and row.workload_kind is not None and row.name is not None:
        workload = ResourceId.of(row.api_version, row.workload_kind, row.name)
    return RecordedEvent(
        id=row.id,
        kind=EventKind(row.kind),
        at=row.at,
        until=row.until,
        cluster=row.cluster,
        workload=workload,
        container=row.container,
        count=row.count,
        operation=row.operation_id,
        detail=EventDetail.from_json(row.detail),
    )


def _storable(value: Any) -> Any:
    """Without halves of surrogate pairs, which a cluster's text may hold and UTF-8 cannot."""
    match value:
        case str():
            return value.encode(errors="replace").decode()
        case Mapping():
            return {key: _storable(each) for key, each in value.items()}
        case list():
            return [_storable(each) for each in value]
        case _:
            return value
