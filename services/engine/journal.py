"""Writes the events and cluster records of an operation, for many clusters at once, in few transactions.

All that is added while a transaction is being written goes into the next one. So fifty clusters that need a commit at
the same moment wait for one or two commits, not for fifty.
"""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from db.events import NewEvent
from db.operation_clusters import ClusterUpdate
from db.transaction import Database
from domain.notification_values import Notification
from domain.resources import ResourceId
from domain.stored.rollouts import UndoImages
from domain.words import ClusterPhase, EventType
from domain.written import WrittenObject
from services.engine.phases import ClusterPhases

_LINGER = 0.3  # seconds that entries wait for further ones, while no caller waits for their commit


@dataclass
class _Batch:
    """What goes into one transaction, and the callers that wait for its commit.

    `written` has what was written, by app environment and cluster.
    """

    begins: bool = False
    started: Notification | None = None
    events: list[NewEvent] = field(default_factory=list)
    updates: list[ClusterUpdate] = field(default_factory=list)
    written: dict[str, dict[str, list[WrittenObject]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )
    waiting: list[asyncio.Future[None]] = field(default_factory=list)

    @property
    def empty(self) -> bool:
        return not (self.begins or self.events or self.updates or self.written or self.waiting)

    def release(self, failure: Exception | None) -> None:
        for each in self.waiting:
            if each.done():  # its caller has been cancelled
                continue
            if failure is None:
                each.set_result(None)
            else:
                each.set_exception(failure)


class OperationTakenOverError(Exception):
    """Another process took the operation over (this one was frozen, say) and has ended it: nothing is added to it."""

    def __init__(self, operation_id: str) -> None:
        super().__init__(f"Operation {operation_id} has ended; nothing is added to it.")


class Journal:
    """The events and cluster records of one operation, in order. A context manager: its exit writes what is left.

    When a write fails, all waiting callers and the exit raise the error: the step then runs again.
    """

    def __init__(self, database: Database, operation_id: str) -> None:
        self._database = database
        self._operation_id = operation_id
        self._next = _Batch()
        self._filled = asyncio.Event()
        self._urgent = asyncio.Event()
        self._closing = False
        self._failure: Exception | None = None
        self._writer: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._writer = asyncio.create_task(self._write_batches(), name=f"journal of {self._operation_id}")
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._writer is not None
        self._closing = True
        self._filled.set()
        self._urgent.set()
        await asyncio.shield(self._writer)
        if self._failure is not None:
            raise self._failure

    def begin(self, started: Notification | None = None) -> None:
        """Make the queued operation a running one, and tell people so, with the next transaction."""
        self._next.begins = True
        self._next.started = started

    def add(self, event: NewEvent) -> None:
        """Write an event, with the next transaction."""
        self._next.events.append(event)
        self._filled.set()

    def record(self, update: ClusterUpdate) -> None:
        """Write the new state of a cluster, with the next transaction."""
        self._next.updates.append(update)
        self._filled.set()

    def keep(self, app_environment_id: str, cluster: str, objects: Sequence[WrittenObject]) -> None:
        """Write what was written to a cluster, by its name, with the next transaction."""
        self._next.written[app_environment_id][cluster] += objects
        self._filled.set()

    async def written(self) -> None:
        """Returns when all that was added before is committed. Raises the error that prevented it."""
        if self._failure is not None:
            raise self._failure
        written: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._next.waiting.append(written)
        self._filled.set()
        self._urgent.set()
        await written

    async def _write_batches(self) -> None:
        while not (self._closing and self._next.empty):
            await self._filled.wait()
            await self._linger()
            if not self._closing:
                self._filled.clear()
                self._urgent.clear()
            batch, self._next = self._next, _Batch()
            if self._failure is None:
                try:
                    await self._write(batch)
                except Exception as failure:  # noqa: BLE001 - of any kind: the waiting callers raise it
                    self._failure = failure
            batch.release(self._failure)

    async def _linger(self) -> None:
        try:
            async with asyncio.timeout(_LINGER):
                await self._urgent.wait()
        except TimeoutError:
            pass

    async def _write(self, batch: _Batch) -> None:
        if batch.empty:
            return
        async with self._database.begin() as tx:
            if not await tx.operation_lifecycle.hold(self._operation_id):
                raise OperationTakenOverError(self._operation_id)
            if batch.begins and await tx.operation_lifecycle.begin(self._operation_id) and batch.started is not None:
                await tx.outbox.add(batch.started)
            if batch.updates:
                await tx.operation_lifecycle.update_clusters(self._operation_id, batch.updates)
            for app_environment_id, written in batch.written.items():
                await tx.written.put(app_environment_id, written)
            if batch.events:
                await tx.events.append(self._operation_id, batch.events)


class ClusterLog:
    """The `Progress` of one cluster (services.execution.progress), written to the operation's journal."""

    def __init__(self, journal: Journal, *, place: str, cluster: str, position: int, phases: ClusterPhases) -> None:
        """`place` is the id of the app environment."""
        self._journal = journal
        self._place = place
        self._cluster = cluster
        self._position = position
        self._phases = phases

    async def report(self, type: EventType, *, resource: ResourceId | None = None, **data: Any) -> None:  # noqa: A002 - the protocol's
        self._journal.add(NewEvent(type=type, cluster=self._cluster, resource=resource, data=data))

    async def wrote(self, objects: Sequence[WrittenObject]) -> None:
        self._journal.keep(self._place, self._cluster, objects)

    async def store_undo(self, undo: UndoImages) -> None:
        if self._phases.begun_on_disk(self._position):
            return
        update = ClusterUpdate(position=self._position, phase=ClusterPhase.APPLYING, undo=undo)
        self._phases.take(update)
        self._journal.record(update)
        await self._journal.written()
