"""What keeps an operation from going on: pauses by gates, what people decide about them, and cancels."""

from typing import Any

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db import models
from db.operations import ACTIVE
from db.records.operations import PauseState
from domain.stored.pauses import StoredPause
from domain.words import OnFailure, PauseDecision


class OperationInterruptions:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def cancel_requested(self, operation_id: str) -> bool:
        connection = await self._session.connection()
        return await connection.scalar(_CANCELLED_AT, {"operation": operation_id}) is not None

    async def undoes_on_failure(self, operation_id: str) -> bool:
        """Whether clusters that fail or are cancelled return to their previous images, as the row has it now."""
        table = models.Operation
        found = await self._session.scalar(select(table.on_failure).where(table.id == operation_id))
        return found == OnFailure.ROLL_BACK

    async def request_cancel(self, operation_id: str, *, by: str) -> bool:
        """Record the request; True where it is the first one for an active operation."""
        requested = await self._session.scalar(
            update(models.Operation)
            .where(
                models.Operation.id == operation_id,
                models.Operation.state.in_(ACTIVE),
                models.Operation.cancel_requested_at.is_(None),
            )
            .values(cancel_requested_at=func.now(), cancelled_by=by)
            .returning(models.Operation.id)
        )
        return requested is not None

    async def pause_state(self, operation_id: str) -> PauseState | None:
        """None where the operation does not exist."""
        table = models.Operation
        found = await self._session.execute(
            select(table.state, table.pause.is_not(None), table.pause_decision, table.cancel_requested_at).where(
                table.id == operation_id
            )
        )
        row = found.one_or_none()
        if row is None:
            return None
        state, paused, decision, cancel_requested_at = row
        return PauseState(
            paused=paused,
            decision=decision,
            cancel_requested=cancel_requested_at is not None,
            ended=state.ended,
        )

    async def pause(self, operation_id: str, pause: StoredPause) -> bool:
        """Record that gates have paused it; False where it is paused already or has ended."""
        table = models.Operation
        paused = await self._session.scalar(
            update(table)
            .where(table.id == operation_id, table.state.in_(ACTIVE), table.pause.is_(None))
            .values(pause=pause.to_json(), pause_decision=None)
            .returning(table.id)
        )
        return paused is not None

    async def decide_pause(self, operation_id: str, decision: PauseDecision, *, stays_paused: bool = False) -> bool:
        """Record what a person decides about a paused operation; False where it is not paused.

        `stays_paused`: cancelled under a stop, it is paused until it has ended, and does not wait once more to undo.
        """
        table = models.Operation
        goes_on: dict[str, Any] = {} if stays_paused else {"pause": None}
        decided = await self._session.scalar(
            update(table)
            .where(table.id == operation_id, table.state.in_(ACTIVE), table.pause.is_not(None))
            .values(pause_decision=decision, **goes_on)
            .returning(table.id)
        )
        return decided is not None

    async def undo_on_failure(self, operation_id: str) -> None:
        """From now on, clusters that fail or are cancelled return to their previous images."""
        table = models.Operation
        await self._session.execute(
            update(table).where(table.id == operation_id).values(on_failure=OnFailure.ROLL_BACK)
        )


# Built once, because a running operation executes it many times.
_CANCELLED_AT = select(models.Operation.cancel_requested_at).where(models.Operation.id == bindparam("operation"))
