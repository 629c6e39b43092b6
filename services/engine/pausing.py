"""Pauses an operation while a gate is closed, and waits for the person who continues, undoes or cancels it.

The wait is inside of a step, so no step is recorded before it ends: a process that is killed meanwhile leaves an
operation whose step runs again, finds in the row that it is paused, and waits on.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Collection
from datetime import UTC, datetime

from db.events import NewEvent
from db.transaction import Database
from domain.gates import Gate
from domain.stored.pauses import StoredPause, gate_to_json
from domain.words import EventType, PauseDecision
from services.engine.audit_entries import add_paused
from services.engine.gates import Gates
from services.engine.journal import Journal, OperationTakenOverError
from services.engine.snapshot import OperationSnapshot
from services.execution.gated_gateway import WritePausedError
from services.planning.people.standing import stopped
from services.planning.rings.waiting import gate_after

_ASK_AGAIN = 0.5  # seconds between two looks at the row of a paused operation
_PATIENCE = 5.0  # seconds for one look at the row and at the gates

_log = logging.getLogger("stagecoach.engine")

Closed = Callable[[], Awaitable[tuple[Gate, ...]]]


class Pausing:
    """The gates of one operation, and its pauses. All its clusters wait together, one of them asks."""

    def __init__(self, *, database: Database, gates: Gates, snapshot: OperationSnapshot, journal: Journal) -> None:
        self._database = database
        self._gates = gates
        self._snapshot = snapshot
        self._journal = journal
        self._one_asks = asyncio.Lock()

    async def before_write(self, cluster_id: str) -> None:
        """Returns where the cluster may be written now. Raises `WritePausedError`."""
        try:
            gates = await self._stopped([cluster_id])
        except Exception as error:  # noqa: BLE001 - of the driver's many kinds
            _log.warning("nothing is written while it cannot be read whether to stop: %s", type(error).__name__)
            raise WritePausedError from None
        if gates:
            raise WritePausedError

    async def before_wave(self, cluster_ids: Collection[str], *, wave: int = 0) -> PauseDecision:
        """Waits while a stop or a freeze is closed for a wave of these clusters, and until a person decides then.

        Also where the strategy wants a person after the ring before.
        """

        async def closed() -> tuple[Gate, ...]:
            gates = await self._gates.closed(self._snapshot.operation, self._snapshot.target, cluster_ids=cluster_ids)
            return (*gates, *(await self._after_ring(wave - 1) if wave else ()))

        return await self._wait(closed, cancellable=True)

    async def _after_ring(self, wave: int) -> tuple[Gate, ...]:
        """The gate after a ring for which nobody has continued yet, as the row has it now."""
        if self._snapshot.operation.rings is None:
            return ()
        async with self._database.read() as tx:
            runs = await tx.operation_lifecycle.rings(self._snapshot.operation.id)
        names = [each.cluster_name for each in self._snapshot.operation.clusters if each.wave == wave]
        return () if runs is None else gate_after(runs, wave, clusters=names)

    async def after_refused_write(self, cluster_id: str, *, undoing: bool = False) -> PauseDecision:
        """Waits while a stop is in the way of writing to the cluster, and until a person decides then.

        An operation that is being cancelled still undoes, so while undoing only a decision about the pause counts.
        """

        async def closed() -> tuple[Gate, ...]:
            return await self._stopped([cluster_id])

        return await self._wait(closed, cancellable=not undoing)

    async def stays(self) -> bool:
        """Whether a person has cancelled the operation while a stop paused it: then nothing is undone, either."""
        async with self._database.read() as tx:
            state = await tx.operation_interruptions.pause_state(self._snapshot.operation.id)
        return state is not None and state.paused and state.decision is PauseDecision.CANCEL

    async def _stopped(self, cluster_ids: Collection[str]) -> tuple[Gate, ...]:
        return stopped(
            await self._gates.stops(), environment_id=self._snapshot.target.environment.id, cluster_ids=cluster_ids
        )

    async def _wait(self, closed: Closed, *, cancellable: bool) -> PauseDecision:
        async with self._one_asks:
            failing_since: float | None = None
            while True:
                try:
                    async with asyncio.timeout(_PATIENCE):
                        decision = await self._decision(closed, cancellable=cancellable)
                except OperationTakenOverError:
                    raise
                except Exception as error:  # noqa: BLE001 - of the driver's many kinds: it is asked again, and nothing written
                    if failing_since is None:
                        failing_since = time.monotonic()
                        _log.warning("waiting for the database before a write: %s", type(error).__name__)
                else:
                    failing_since = None
                    if decision is not None:
                        return decision
                await asyncio.sleep(_ASK_AGAIN)

    async def _decision(self, closed: Closed, *, cancellable: bool) -> PauseDecision | None:
        """None while it is paused and nobody has decided. Records that it is paused."""
        operation_id = self._snapshot.operation.id
        async with self._database.read() as tx:
            state = await tx.operation_interruptions.pause_state(operation_id)
        if state is None or state.ended:
            raise OperationTakenOverError(operation_id)
        if state.decision is PauseDecision.CANCEL and (cancellable or state.paused):
            return PauseDecision.CANCEL
        if cancellable and state.decision is PauseDecision.UNDO:
            return PauseDecision.UNDO
        if cancellable and state.cancel_requested:
            return PauseDecision.CANCEL
        if state.paused:
            return None
        gates = await closed()
        if not gates:
            return PauseDecision.CONTINUE
        await self._record(gates)
        return None

    async def _record(self, gates: tuple[Gate, ...]) -> None:
        await self._journal.written()  # what was done before it comes first in the timeline
        operation_id = self._snapshot.operation.id
        pause = StoredPause(at=datetime.now(UTC), gates=gates)
        async with self._database.begin() as tx:
            if not await tx.operation_lifecycle.hold(operation_id):
                raise OperationTakenOverError(operation_id)
            if await tx.operation_interruptions.pause(operation_id, pause):
                data = {"gates": [gate_to_json(each) for each in gates]}
                await tx.events.append(operation_id, [NewEvent(type=EventType.OPERATION_PAUSED, data=data)])
                await add_paused(tx, self._snapshot.operation, gates)
