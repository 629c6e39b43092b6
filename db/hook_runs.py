"""Queries on the runs of an operation's hooks and checks."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import undefer

from db import models
from db.base import new_id, parse_id
from domain.hook_runs import HookRun, RunEnd, RunKey, RunKind, RunPart, RunState


class HookRuns:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def begin(self, key: RunKey, kind: RunKind, *, now: datetime) -> tuple[HookRun, bool]:
        """The run that stands for the key, and whether it begins now; its number counts the retried ones."""
        standing = await self._standing(key)
        if standing is not None:
            return standing, False
        table = models.HookRunRow
        number = await self._session.scalar(select(func.count()).select_from(table).where(*_of(key)))
        added = await self._session.scalar(
            upsert(table)
            .values(
                id=new_id(),
                operation_id=key.operation_id,
                ring=key.ring,
                part=key.part,
                name=key.name,
                cluster=key.cluster,
                number=number or 0,
                kind=kind,
                begun_at=now,
            )
            .on_conflict_do_nothing()
            .returning(table.id)
        )
        begun = await self._standing(key)
        assert begun is not None, "it was written, or another process has written it"
        return begun, added is not None

    async def made(self, key: RunKey, *, job: str, uid: str) -> None:
        """The run's Job is there."""
        table = models.HookRunRow
        await self._session.execute(
            update(table).where(*_of(key), table.number == key.number).values(job=job, job_uid=uid)
        )

    async def end(self, key: RunKey, end: RunEnd, *, now: datetime) -> bool:
        """End the run; False where it has ended before, which stays as it is."""
        table = models.HookRunRow
        ended = await self._session.scalar(
            update(table)
            .where(*_of(key), table.number == key.number, table.state == RunState.RUNNING)
            .values(state=end.state, detail=end.detail, log=end.log, log_cut=end.log_cut, ended_at=now)
            .returning(table.id)
        )
        return ended is not None

    async def retry(self, operation_id: str) -> None:
        """A person has the operation tried again: hooks before it that passed stand, all else runs anew.

        A hook's Job that was left to itself may run yet, so it is followed again: not beside another one.
        """
        table = models.HookRunRow
        made = and_(table.state == RunState.CANCELLED, table.job.is_not(None))
        left = or_(made, table.state == RunState.LOST)  # also one of which nobody knows whether it was made
        await self._session.execute(
            update(table)
            .where(table.operation_id == operation_id, table.part == RunPart.BEFORE, table.retried.is_(False), left)
            .values(state=RunState.RUNNING, detail=None, ended_at=None)
        )
        await self._session.execute(
            update(table)
            .where(
                table.operation_id == operation_id,
                or_(table.part != RunPart.BEFORE, table.state.not_in((RunState.PASSED, RunState.RUNNING))),
            )
            .values(retried=True)
        )

    async def somewhere(self, operation_id: str, *, ring: int, part: RunPart, name: str) -> HookRun | None:
        """The run that stands for these, on whichever cluster; one that has passed before any other."""
        table = models.HookRunRow
        row = await self._session.scalar(
            select(table)
            .where(
                table.operation_id == operation_id,
                table.ring == ring,
                table.part == part,
                table.name == name,
                table.retried.is_(False),
            )
            .order_by((table.state == RunState.PASSED).desc(), table.begun_at)
            .limit(1)
            .options(undefer(table.log))
        )
        return None if row is None else _run(row)

    async def of(self, operation_id: str) -> Sequence[HookRun]:
        """All runs of an operation with their logs, in the order in which they began."""
        if parse_id(operation_id) is None:
            return ()
        table = models.HookRunRow
        rows = await self._session.scalars(
            select(table)
            .where(table.operation_id == operation_id)
            .order_by(table.begun_at, table.id)
            .options(undefer(table.log))
        )
        return tuple(map(_run, rows))

    async def _standing(self, key: RunKey) -> HookRun | None:
        table = models.HookRunRow
        row = await self._session.scalar(
            select(table).where(*_of(key), table.retried.is_(False)).options(undefer(table.log))
        )
        return None if row is None else _run(row)


def _of(key: RunKey) -> tuple[ColumnElement[bool], ...]:
    """All numbers of a run."""
    table = models.HookRunRow
    return (
        table.operation_id == key.operation_id,
        table.ring == key.ring,
        table.part == key.part,
        table.name == key.name,
        table.cluster.is_(None) if key.cluster is None else table.cluster == key.cluster,
    )


def _run(row: Any) -> HookRun:
    ended = row.state is not RunState.RUNNING
    return HookRun(
        key=RunKey(
            operation_id=row.operation_id,
            ring=row.ring,
            part=row.part,
            name=row.name,
            cluster=row.cluster,
            number=row.number,
        ),
        kind=row.kind,
        begun_at=row.begun_at,
        job=row.job,
        job_uid=row.job_uid,
        ended_at=row.ended_at,
        end=RunEnd(state=row.state, detail=row.detail or "", log=row.log, log_cut=row.log_cut) if ended else None,
    )
