"""Whose process died, and whose work goes on here.

Each process holds a lock under its executor id for as long as it lives. Every two seconds it looks at the executors
that work is assigned to: where it gets the lock of another one, that one is dead, and its work is handed on. Operations
that were committed and whose workflow was never started (or broke off) are found and started as well.
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
from services.engine.runtime import Runtime, workflow_id

_EVERY = 2.0  # seconds between two looks
_ORPHANS_EVERY = 10.0
_ORPHAN_AGE = timedelta(seconds=5)  # younger ones are just being started by whoever committed them
_RETENTION_EVERY = 3600.0
_RETENTION = timedelta(days=1)
_DELIVERIES_KEPT = timedelta(days=30)
_REGAIN = 10.0  # seconds in which a lost lock has to be had again

_log = logging.getLogger("stagecoach.engine")


class Takeover:
    """The watch over other processes, and over our own right to work."""

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
        """False while our own lock is lost."""
        return not self._locks.lost.is_set()

    async def start(self) -> None:
        """The first look is a complete one: it brings back what an earlier process left."""
        await self._take_over()
        await self._start_orphans(age=timedelta(0))
        self._task = asyncio.create_task(self._go_on(), name="takeover")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _go_on(self) -> None:
        orphans = retention = time.monotonic()
        while True:
            # A lost lock is looked into at once: others may be taking our work.
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._locks.lost.wait(), timeout=_EVERY)
            await self._locks.check()
            if not self.may_work and not (await self._regain() and await self._keeps_its_work()):
                self._on_outcast()
                return
            await self._try("take over", self._take_over)
            if time.monotonic() - orphans >= _ORPHANS_EVERY:
                orphans = time.monotonic()
                await self._try("start what was not started", lambda: self._start_orphans(age=_ORPHAN_AGE))
            if time.monotonic() - retention >= _RETENTION_EVERY:
                retention = time.monotonic()
                await self._try("forget finished workflows", self._forget_finished)
                await self._try("forget old deliveries", self.forget_deliveries)

    async def _take_over(self) -> None:
        for other in await self._runtime.busy_executors() - {self._executor_id}:
            if await self._locks.take(other):
                try:
                    _log.warning("taking over the work of %s", other)
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
                    if not await tx.operations.give_new_attempt(operation.id, after=attempt):
                        continue
                if operation.cancel_requested_at is not None:
                    # What broke it off may do so for ever; once it is cancelled, it lets go of its app environment.
                    await conclude(self._database, operation.id)
                    continue
                attempt += 1
            _log.warning("starting operation %s, attempt %d, which nobody carries out", operation.id, attempt)
            await self._runtime.start(operation.id, attempt, operation.waves)

    async def _forget_finished(self) -> None:
        await self._runtime.forget_finished(older_than=_RETENTION)

    async def forget_deliveries(self) -> None:
        """What came to receivers a month ago; the images that were reported stay known."""
        async with self._database.begin() as tx:
            await tx.deliveries.forget(before=datetime.now(UTC) - _DELIVERIES_KEPT)

    async def _try(self, what: str, call: Callable[[], Awaitable[None]]) -> None:
        """A look that fails is repeated at the next turn: the database may be away for a while."""
        try:
            await call()
        except Exception as error:  # noqa: BLE001 - the watch has to go on
            _log.warning("could not %s: %s", what, type(error).__name__)

    async def _keeps_its_work(self) -> bool:
        """Whether nobody took anything while our lock was free: he may have given it back by now, but not the work."""
        while True:
            try:
                taken = await self._runtime.taken_from_us()
            except Exception as error:  # noqa: BLE001 - the database may be away for a while; until then nobody can tell
                _log.warning("could not look whose work this is: %s", type(error).__name__)
                await asyncio.sleep(0.5)
                continue
            if taken:
                _log.error("another process has taken over %s", ", ".join(sorted(taken)))
            return not taken

    async def _regain(self) -> bool:
        """Get the same lock again before somebody else has found it free and taken our work."""
        _log.error("the connection that says that this process lives was lost")
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
