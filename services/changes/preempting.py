"""Stops what is under way in an app environment, so that a rollback can begin: one operation at a time stays true.

What is under way is cancelled, and ends as a cancel ends it: by its own strategy, what it changed stays or is undone
(docs/decisions/a-rollback-stops-what-is-under-way.md). A hold keeps automation from taking its place meanwhile.
"""

import asyncio

from db.records.inventory import AppEnvironmentRecord
from db.transaction import Database
from domain.actors import ActorKind
from domain.audit import Target
from domain.grants import Actor
from domain.stored.requests import RollbackRequest
from services.changes.operations import OperationEndedError, Operations, PartOfSetError
from services.changes.set_decisions import SetDecisions
from services.errors import OperationUnderwayError
from services.reading.audit_entries import of_app_environment

_PATIENCE = 45.0  # seconds for all that is stopped: proxies end a request after sixty, as a rule


class Preempting:
    """Makes way for rollbacks."""

    def __init__(self, db: Database, operations: Operations, *, patience: float = _PATIENCE) -> None:
        self._db = db
        self._operations = operations
        self._sets = SetDecisions(db, operations)
        self._patience = patience

    async def make_way(self, target: AppEnvironmentRecord, request: RollbackRequest, actor: Actor) -> bool:
        """Stop what is under way, and wait until it has ended; whether there was anything.

        Raises `ForbiddenError` where the actor may not cancel it, and `OperationUnderwayError` where it has not ended
        in time: it goes on stopping.
        """
        active = target.active_operation
        if active is None:
            return False
        try:
            async with asyncio.timeout(self._patience):
                while active is not None:
                    await self._stop(target, active, request, actor)
                    active = await self._active(target)
        except TimeoutError:
            raise OperationUnderwayError(
                f"What is under way for '{target.application.name}' in '{target.environment.name}' is being stopped, "
                "and has not ended yet: it undoes what it changed, perhaps. Send the rollback again when it has ended.",
                operation=active or "",
            ) from None
        return True

    async def _stop(self, target: AppEnvironmentRecord, operation: str, request: RollbackRequest, actor: Actor) -> None:
        try:
            await self._cancel(operation, actor)
        except OperationEndedError:
            return
        await self._hold(target, operation, request, actor)
        async for _ in self._operations.follow(operation):
            pass  # until it has ended

    async def _cancel(self, operation: str, actor: Actor) -> None:
        """Of a promotion set, all of it: what was promoted together goes back together."""
        try:
            await self._operations.cancel(operation, actor=actor)
        except PartOfSetError as part:
            await self._sets.cancel(part.promotion_set, actor=actor)

    async def _hold(self, target: AppEnvironmentRecord, operation: str, request: RollbackRequest, actor: Actor) -> None:
        """As a rollback that is queued does: its own takes the place of this one."""
        if actor.caller.ref.kind is ActorKind.AUTOMATION:
            return
        where = {"environment_id": target.environment.id, "application_id": target.application.id}
        reason = f"{actor.name} stopped an operation to roll back{f': {request.reason}' if request.reason else '.'}"
        async with self._db.begin() as tx:
            await tx.holds.remove_of_rollbacks(**where)
            await tx.holds.add(
                **where, reason=reason, until=request.hold_until, by=actor.caller.ref, operation_id=operation
            )
            what = Target(kind="operation", id=operation, name="stopped")
            await tx.audit.add(of_app_environment(actor.caller, "hold.created", target, what, after={"reason": reason}))

    async def _active(self, target: AppEnvironmentRecord) -> str | None:
        assert target.id is not None, "what has an operation has a row"
        async with self._db.read() as tx:
            now = await tx.app_environments.get(target.id)
        return now.active_operation if now is not None else None
