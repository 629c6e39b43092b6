"""Divergences that lasted. The process that watches the primary cluster of an environment writes them.

Each change is one that a single process makes: it says whether it was made, and whoever made it tells people.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from db import models
from db.base import new_id
from domain.divergences import Divergence, DivergenceKind, FoundFields, FoundImage, OpenDivergence
from domain.resources import ResourceId

_OPEN = (
    select(models.DivergenceRow)
    # Other kinds are the next release's.
    .where(models.DivergenceRow.closed_at.is_(None), models.DivergenceRow.kind.in_(list(DivergenceKind)))
    .order_by(models.DivergenceRow.id)
)


class Divergences:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def open(self, app_environment_ids: Collection[str] | None = None) -> dict[str, tuple[OpenDivergence, ...]]:
        """All that are open, in these app environments or in any, by app environment; the oldest first."""
        query = _OPEN
        if app_environment_ids is not None:
            query = query.where(models.DivergenceRow.app_environment_id.in_(list(app_environment_ids)))
        found: dict[str, list[OpenDivergence]] = {}
        for row in await self._session.scalars(query):
            found.setdefault(row.app_environment_id, []).append(_record(row))
        return {each: tuple(records) for each, records in found.items()}

    async def open_in(self, app_environment_id: str) -> tuple[OpenDivergence, ...]:
        """Those that are open in an app environment, the oldest first."""
        rows = await self._session.scalars(_OPEN.where(models.DivergenceRow.app_environment_id == app_environment_id))
        return tuple(map(_record, rows))

    async def is_watched_by(self, cluster_id: str, epoch: int) -> bool:
        """Whether this epoch is that of the cluster's lease; until the transaction ends, nobody takes it over."""
        found = await self._session.scalar(
            text("""
                SELECT true FROM cluster_watches
                WHERE cluster_id = CAST(CAST(:cluster AS text) AS uuid) AND epoch = :epoch AND expires_at > now()
                FOR SHARE
            """),
            {"cluster": cluster_id, "epoch": epoch},
        )
        return bool(found)

    async def begin(
        self, app_environment_id: str, divergence: Divergence, *, since: datetime, again_within: timedelta
    ) -> bool:
        """Open it, or the same one again that closed so lately; False where it is open already."""
        table = models.DivergenceRow
        where = _is(app_environment_id, divergence)
        last = (
            select(table.id)
            .where(where, table.closed_at > func.now() - again_within)
            .where(~select(table.id).where(where, table.closed_at.is_(None)).exists())
            .order_by(table.closed_at.desc())
            .limit(1)
            .scalar_subquery()
        )
        again = await self._session.execute(
            update(table)
            # Another process may be opening it again at this moment: what it has written is compared once more.
            .where(table.id == last, table.closed_at.is_not(None))
            .values(closed_at=None, **_values(divergence))
            .returning(table.id)
        )
        if again.one_or_none() is not None:
            return True
        added = await self._session.execute(
            upsert(table)
            .values(
                id=new_id(),
                app_environment_id=app_environment_id,
                kind=divergence.kind,
                api_version=divergence.workload.kind.api_version,
                workload_kind=divergence.workload.kind.name,
                name=divergence.workload.name,
                container=divergence.container,
                init=divergence.init,
                since=since,
                **_values(divergence),
            )
            .on_conflict_do_nothing()
            .returning(table.id)
        )
        return added.one_or_none() is not None

    async def change(self, app_environment_id: str, divergence: Divergence) -> bool:
        """It is otherwise than it was: other images, another writer, or compared with another release.

        False where it is not open.
        """
        table = models.DivergenceRow
        changed = await self._session.execute(
            update(table)
            .where(_is(app_environment_id, divergence), table.closed_at.is_(None))
            .values(**_values(divergence))
            .returning(table.id)
        )
        return changed.one_or_none() is not None

    async def end(self, app_environment_id: str, divergence: Divergence) -> bool:
        """Close it; False where it is not open."""
        table = models.DivergenceRow
        ended = await self._session.execute(
            update(table)
            .where(_is(app_environment_id, divergence), table.closed_at.is_(None))
            .values(closed_at=func.greatest(func.now(), table.opened_at))
            .returning(table.id)
        )
        return ended.one_or_none() is not None

    async def end_all(self, app_environment_id: str) -> int:
        """Close whatever is open of an app environment; returns how many that were."""
        table = models.DivergenceRow
        ended = await self._session.scalars(
            update(table)
            .where(table.app_environment_id == app_environment_id, table.closed_at.is_(None))
            .values(closed_at=func.greatest(func.now(), table.opened_at))
            .returning(table.id)
        )
        return len(ended.all())

    async def forget(self, *, before: datetime) -> int:
        """Delete those that closed before that moment; returns how many."""
        table = models.DivergenceRow
        deleted = await self._session.scalars(delete(table).where(table.closed_at < before).returning(table.id))
        return len(deleted.all())


def _is(app_environment_id: str, divergence: Divergence) -> ColumnElement[bool]:
    """The versions of a workload's kind do not matter: a cluster may serve several."""
    table = models.DivergenceRow
    return and_(
        table.app_environment_id == app_environment_id,
        table.kind == divergence.kind,
        table.workload_kind == divergence.workload.kind.name,
        table.name == divergence.workload.name,
        table.container == divergence.container,
    )


def _values(divergence: Divergence) -> dict[str, Any]:
    return {"release": divergence.release, "found": [each.to_json() for each in divergence.fields or divergence.found]}


def divergence_of(row: models.DivergenceRow) -> Divergence:
    """What differs, or differed."""
    return Divergence(
        kind=row.kind,
        workload=ResourceId.of(row.api_version, row.workload_kind, row.name),
        container=row.container,
        init=row.init,
        found=() if row.kind.is_of_fields else tuple(map(FoundImage.from_json, row.found)),
        fields=tuple(map(FoundFields.from_json, row.found)) if row.kind.is_of_fields else (),
        release=row.release,
    )


def _record(row: models.DivergenceRow) -> OpenDivergence:
    return OpenDivergence(id=row.id, divergence=divergence_of(row), since=row.since, opened_at=row.opened_at)
