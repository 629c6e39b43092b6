"""How far the rings of operations have come."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db import models
from db.operation_clusters import reopened
from domain.stored.ring_runs import RingRuns


async def rings_of(session: AsyncSession, operation_id: str) -> RingRuns | None:
    """None where the operation has none."""
    table = models.Operation
    stored = await session.scalar(select(table.rings).where(table.id == operation_id))
    return None if stored is None else RingRuns.from_json(stored)


async def change_ring(session: AsyncSession, operation_id: str, wave: int, **changes: Any) -> RingRuns | None:
    """Change one ring. The caller holds the operation, so that nobody else writes its rings meanwhile."""
    runs = await rings_of(session, operation_id)
    if runs is not None:
        runs = runs.with_ring(wave, **changes)
        await _put(session, operation_id, runs)
    return runs


async def reopen_rings(session: AsyncSession, operation_id: str, *, catching_up: Collection[str] | None) -> None:
    """Before a retry: the rings of clusters that are changed again have to prove themselves again."""
    runs = await rings_of(session, operation_id)
    if runs is None:
        return
    clusters = models.OperationCluster
    again = set(
        await session.scalars(select(clusters.wave).where(clusters.operation_id == operation_id, reopened(catching_up)))
    )
    await _put(session, operation_id, runs.anew(again))


async def _put(session: AsyncSession, operation_id: str, runs: RingRuns) -> None:
    table = models.Operation
    await session.execute(update(table).where(table.id == operation_id).values(rings=runs.to_json()))
