"""Takes over the operations of processes that died.

Each process holds a lock under its executor id for as long as it lives. Every two seconds it lists the executors that
unfinished workflows are assigned to: where it gets the lock of another executor, that process is dead, and its
workflows continue here. It also starts operations that are committed and have no live workflow.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from db.locks import LifeLocks
from db.transaction import Database
from services.engine.conclusion import conclude
from services.engine.runtime import Runtime, execution_of_set, workflow_id
from services.engine.set_conclusion import break_off

_EVERY = 2.0  # seconds between two rounds
_ORPHANS_EVERY = 10.0
_ORPHAN_AGE = timedelta(seconds=5)  # the process that committed a younger one is just starting it
_RETENTION_EVERY = 3600.0
_RETENTION = timedelta(days=1)
_DELIVERIES_KEPT = timedelta(days=30)
_REGAIN = 10.0  # seconds within which a lost lock has to be regained

_log = logging.getLogger("stagecoach.engine")


class Takeover:
    """Checks whether other processes live, and whether this one still holds its lock."""

    def __init__(
        self,
        *,
        runtime: Runtime,
        database: Database,
        locks: LifeLocks,
        executor_id: str,
        on_outcast: Callable[[], None],
    ) -> None:
        """`on_outcast` is called when our lock is lost for good: others take our work, so this process has to end."""
        self._runtime = runtime
        self._database = database
        self._locks = locks
        self._executor_id = executor_id
        self._on_outcast = on_outcast
        self._task: asyncio.Task[None] | None = None

    @property
    def may_work(self) -> bool:
        """Whether this process may execute operations: not while its own lock is lost."""
        return not self._locks.lost.is_set()

    async def start(self) -> None:
        """Do a complete round, which continues what earlier processes left; then go on in the background."""
        await self._take_over()
        await self._start_orphans(age=timedelta(0))
        self._task = asyncio.create_task(self._rounds(), name="takeover")

    async def stop(self) -> None:
        """End the rounds."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _rounds(self) -> None:
        orphans = retention = time.monotonic()
        while True:
            # A lost lock does not wait for the next round: others may be taking our work.
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._locks.lost.wait(), timeout=_EVERY)
            await self._locks.check()
            if not self.may_work and not (await self._regain() and await self._keeps_its_work()):
                self._on_outcast()
                return
            await self._try("take over", self._take_over)
            if time.monotonic() - orphans >= _ORPHANS_EVERY:
                orphans = time.monotonic()
                await self._try("start operations without a workflow", lambda: self._start_orphans(age=_ORPHAN_AGE))
            if time.monotonic() - retention >= _RETENTION_EVERY:
                retention = time.monotonic()
                await self._try("forget finished workflows", self._forget_finished)
                await self._try("forget old deliveries", self.forget_deliveries)

    async def _take_over(self) -> None:
        for other in await self._runtime.busy_executors() - {self._executor_id}:
            if await self._locks.take(other):
                try:
                    _log.warning("taking over the operations of %s", other)
                    await self._runtime.take_over(other)
                finally:
                    await self._locks.release(other)

    async def _start_orphans(self, *, age: timedelta) -> None:
        async with self._database.read() as tx:
            unfinished = await tx.operations.unfinished()
        aged = [each for each in unfinished if datetime.now(UTC) - each.updated_at >= age]
        ids = {each.id: workflow_id(each.id, each.attempt) for each in aged}
        live = await self._runtime.live(list(ids.values())) if ids else set()
        for operation in aged:
            if ids[operation.id] in live:
                continue
            attempt = operation.attempt
            if await self._runtime.known([ids[operation.id]]):
                # It broke off. Under its own id it would not be started again.
                async with self._database.begin() as tx:
                    if not await tx.operation_lifecycle.give_new_attempt(operation.id, after=attempt):
                        continue
                if operation.cancel_requested_at is not None:
                    # What broke it off may do so for ever; concluding it frees its app environment.
                    await conclude(self._database, operation.id)
                    continue
                attempt += 1
            _log.warning("starting operation %s, attempt %d, which no process executes", operation.id, attempt)
            await self._runtime.start(operation.id, attempt, operation.waves)
        await self._start_orphaned_sets(age=age)

    async def _start_orphaned_sets(self, *, age: timedelta) -> None:
        async with self._database.read() as tx:
            unfinished = await tx.promotion_sets.unfinished()
        for each in unfinished:
            execution = execution_of_set(each.id)
            found = workflow_id(execution, each.attempt)
            if datetime.now(UTC) - each.updated_at < age or await self._runtime.live([found]):
                continue
            attempt = each.attempt
            if await self._runtime.known([found]):
                async with self._database.begin() as tx:
                    broken = await tx.promotion_sets.get(each.id)
                    if not await tx.promotion_sets.give_new_attempt(each.id, after=attempt):
                        continue
                if broken is not None and any(member.cancel_requested_at for member in broken.active):
                    await break_off(self._database, broken)  # as with an operation
                    continue
                attempt += 1
            _log.warning("starting promotion set %s, attempt %d, which no process executes", each.id, attempt)
            await self._runtime.start(execution, attempt, 0)

    async def _forget_finished(self) -> None:
        await self._runtime.forget_finished(older_than=_RETENTION)

    async def forget_deliveries(self) -> None:
        """Delete deliveries to receivers after a month; the images that they reported stay known."""
        async with self._database.begin() as tx:
            await tx.deliveries.forget(before=datetime.now(UTC) - _DELIVERIES_KEPT)

    async def _try(self, what: str, call: Callable[[], Awaitable[None]]) -> None:
        """A call that fails is repeated in the next round: the database may be unavailable for a while."""
        try:
            await call()
        except Exception as error:  # noqa: BLE001 - of any kind: the rounds go on
            _log.warning("could not %s: %s", what, type(error).__name__)

    async def _keeps_its_work(self) -> bool:
        """Whether no other process took a workflow while our lock was free; it may have given the lock back since."""
        while True:
            try:
                taken = await self._runtime.taken_from_us()
            except Exception as error:  # noqa: BLE001 - of any kind: without the database, the owner is not known
                _log.warning("could not read which process owns our operations: %s", type(error).__name__)
                await asyncio.sleep(0.5)
                continue
            if taken:
                _log.error("another process has taken over %s", ", ".join(sorted(taken)))
            return not taken

    async def _regain(self) -> bool:
        """Take the same lock again, unless another process took it first. Returns whether that succeeded."""
        _log.error("the database connection that holds this process's lock was lost")
        until = time.monotonic() + _REGAIN
        while time.monotonic() < until:
            try:
                await self._locks.open()
                if await self._locks.take(self._executor_id):
                    return True
            except Exception as error:  # noqa: BLE001 - any failure to connect is tried again
                _log.warning("could not connect: %s", type(error).__name__)
            await asyncio.sleep(0.5)
        return False
