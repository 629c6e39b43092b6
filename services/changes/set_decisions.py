"""What people decide about a promotion set under way or ended: for all its members at once, in one transaction."""

from db.errors import ActiveOperationError
from db.records.promotion_sets import PromotionSetRecord
from db.transaction import Database, Transaction
from domain.audit import AuditEntry, Target
from domain.grants import Actor
from services.changes.errors import about
from services.changes.operations import OperationEndedError, Operations, request_cancel, try_again
from services.changes.paused import NotPausedError, proceed, undo
from services.changes.retrying import NothingToRetryError
from services.changes.set_reading import SetReading, SetView
from services.errors import NotFoundError, OperationUnderwayError


class SetDecisions:
    """Cancel, continue, undo and retry. All of them raise `NotFoundError` and `ForbiddenError`."""

    def __init__(self, db: Database, operations: Operations) -> None:
        self._db = db
        self._operations = operations
        self._reading = SetReading(db)

    async def cancel(self, set_id: str, *, actor: Actor) -> SetView:
        """Stop it. What was changed goes back, unless a stop has paused it. Raises `OperationEndedError`."""
        await self._reading.decided_by(set_id, actor)
        async with self._db.begin() as tx:
            found = await _under_way(tx, set_id)
            for member in found.active:
                await request_cancel(tx, member, actor)
            await tx.audit.add(await _entry(tx, "promotion-set.cancelled", found, actor))
        return await self._reading.read(set_id, actor=actor)

    async def proceed(self, set_id: str, *, actor: Actor) -> SetView:
        """Continue its members that gates have paused, once none is in their way any more.

        Raises `OperationEndedError`, `NotPausedError`, `GateClosedError`.
        """
        await self._reading.decided_by(set_id, actor)
        async with self._db.begin() as tx:
            found = await _under_way(tx, set_id)
            paused = [each for each in found.active if each.pause is not None]
            if not paused:
                raise NotPausedError("No gate has paused the set. To end it, cancel it.")
            for member in paused:
                await about(member.application, proceed(tx, member.id, actor))
            await tx.audit.add(await _entry(tx, "promotion-set.continued", found, actor))
        return await self._reading.read(set_id, actor=actor)

    async def undo(self, set_id: str, *, actor: Actor) -> SetView:
        """Stop it where it is, and restore the previous images of all applications on all clusters that it changed.

        Raises `OperationEndedError`, `GateClosedError`.
        """
        await self._reading.decided_by(set_id, actor)
        async with self._db.begin() as tx:
            found = await _under_way(tx, set_id)
            for member in found.active:
                await about(member.application, undo(tx, member.id, actor))
            await tx.audit.add(await _entry(tx, "promotion-set.undo-requested", found, actor))
        return await self._reading.read(set_id, actor=actor)

    async def retry(self, set_id: str, *, actor: Actor) -> SetView:
        """Execute it again in the applications that did not succeed on every cluster: all of them, or none.

        They get the images that were frozen as the set was started. Raises `NothingToRetryError`, `SupersededError`,
        `OperationUnderwayError`, `GateClosedError`.
        """
        await self._reading.decided_by(set_id, actor)
        attempt = await self._operations.shielded(self._reopened(set_id, actor))
        await self._operations.execute_set(set_id, attempt=attempt)
        return await self._reading.read(set_id, actor=actor)

    async def _reopened(self, set_id: str, actor: Actor) -> int:
        try:
            async with self._db.begin() as tx:
                return await _reopen(tx, set_id, actor)
        except ActiveOperationError as active:
            raise OperationUnderwayError(
                "The set, or another operation in one of its app environments, is under way.",
                operation=active.operation_id,
            ) from None


async def _reopen(tx: Transaction, set_id: str, actor: Actor) -> int:
    """Queue the set and those of its members again that did not succeed; returns the number of the attempt."""
    await tx.promotion_sets.lock(set_id)
    found = await _set(tx, set_id)
    if not found.state.ended:
        raise ActiveOperationError(None)
    left = [each for each in found.members if not all(one.outcome and one.outcome.good for one in each.clusters)]
    if not left:
        raise NothingToRetryError("The set succeeded in every application on every cluster.")
    for member in sorted(left, key=lambda each: each.app_environment_id):
        await about(member.application, try_again(tx, member, actor))
    await tx.audit.add(await _entry(tx, "promotion-set.retried", found, actor))
    return await tx.promotion_sets.reopen(set_id)


async def _set(tx: Transaction, set_id: str) -> PromotionSetRecord:
    found = await tx.promotion_sets.get(set_id)
    if found is None:
        raise NotFoundError("promotion set", set_id)
    return found


async def _under_way(tx: Transaction, set_id: str) -> PromotionSetRecord:
    await tx.promotion_sets.lock(set_id)
    found = await _set(tx, set_id)
    if not found.active:
        raise OperationEndedError(f"The set has ended ({found.state}); there is nothing to decide.")
    return found


async def _entry(tx: Transaction, action: str, found: PromotionSetRecord, actor: Actor) -> AuditEntry:
    _, environment = await tx.bindings.target(environment=found.environment)
    return AuditEntry.by(
        actor.caller,
        action,
        Target(kind="promotion-set", id=found.id, name=found.kind.value),
        *((Target(kind="environment", id=environment.id, name=environment.name),) if environment else ()),
        environment_id=environment.id if environment else None,
    )
