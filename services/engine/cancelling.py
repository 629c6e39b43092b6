"""Whether a person has requested that an operation be cancelled, as its steps ask while they run."""

import asyncio
import logging
import time
from collections.abc import Callable

from db.transaction import Database
from services.engine.snapshot import OperationSnapshot

_CACHED = 0.5  # seconds for which the answer "not cancelled" is used again

_log = logging.getLogger("stagecoach.engine")


class CancelFlag:
    """Whether a person has requested to cancel the operation. Reads the table at most twice a second, for all callers.

    While the database is unavailable, the last answer stands: that our own table cannot be read says nothing about a
    rollout, and must not end it.
    """

    def __init__(self, database: Database, snapshot: OperationSnapshot) -> None:
        self._database = database
        self._operation_id = snapshot.operation.id
        self._raised = snapshot.operation.cancel_requested_at is not None
        self._read_at = snapshot.read_at
        self._reading = asyncio.Lock()
        self.on_undo: Callable[[], None] = lambda: None  # called where the person wants what was changed undone, too

    def raise_(self) -> None:
        """It is known that a person has requested it."""
        self._raised = True

    async def raised(self) -> bool:
        async with self._reading:
            if not self._raised and time.monotonic() - self._read_at >= _CACHED:
                try:
                    async with self._database.autocommit_read() as tx:
                        raised = await tx.operation_interruptions.cancel_requested(self._operation_id)
                        if raised and await tx.operation_interruptions.undoes_on_failure(self._operation_id):
                            self.on_undo()
                        self._raised = raised
                except Exception as error:  # noqa: BLE001 - of the driver's many kinds; the journal raises if it lasts
                    _log.warning("could not read whether a cancellation was requested: %s", type(error).__name__)
                self._read_at = time.monotonic()
            return self._raised
