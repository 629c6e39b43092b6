"""What people decide about an operation that a gate has paused: continue or undo it. To cancel is `Operations`'."""

from db.events import NewEvent
from db.records.operations import OperationRecord
from db.transaction import Database, Transaction
from domain.audit import AuditEntry, Target
from domain.gates import Gate, GateKind
from domain.grants import Actor
from domain.rights import Right
from domain.words import ClusterPhase, EventType, OperationKind, PauseDecision
from services.changes.operations import OperationEndedError, require_right, require_source
from services.errors import Category, NotFoundError, StagecoachError
from services.people.gates import GateClosedError, change_of_operation, closed_gates
from services.planning.rings.waiting import continued_after
from services.reading.audit_entries import of_app_environment
from services.reading.hidden_sources import operations_as_seen
from services.reading.permissions import Permissions


class NotPausedError(StagecoachError):
    """There is nothing to decide: no gate has paused the operation."""

    code = "not-paused"
    title = "The operation is not paused"
    category = Category.CONFLICT


class NothingToUndoError(StagecoachError):
    """A configure or import keeps no former state to go back to."""

    code = "nothing-to-undo"
    title = "The operation cannot be undone"
    category = Category.CONFLICT


class PausedOperations:
    """The decisions about paused operations."""

    def __init__(self, db: Database, permissions: Permissions) -> None:
        self._db = db
        self._permissions = permissions

    async def proceed(self, operation_id: str, *, actor: Actor) -> OperationRecord:
        """Continue it, once no gate is in its way any more.

        Raises `NotFoundError`, `ForbiddenError`, `OperationEndedError`, `NotPausedError`, `GateClosedError`.
        """
        await require_right(self._db, self._permissions, actor, operation_id)
        await require_source(self._db, self._permissions, actor, operation_id)
        async with self._db.begin() as tx:
            await proceed(tx, operation_id, actor)
            return await _as_seen(tx, operation_id, actor)

    async def undo(self, operation_id: str, *, actor: Actor) -> OperationRecord:
        """Restore the previous images on all clusters that it has changed, whatever its `on_failure` says.

        One that is not paused need not wait for its end: it stops where it is, and goes back from there. A freeze
        permits that, a stop does not. Raises as `proceed` except for `NotPausedError`, and `NothingToUndoError`.
        """
        await require_right(self._db, self._permissions, actor, operation_id)
        async with self._db.begin() as tx:
            await undo(tx, operation_id, actor)
            return await _as_seen(tx, operation_id, actor)


async def proceed(tx: Transaction, operation_id: str, actor: Actor) -> None:
    """As `PausedOperations.proceed`, in the caller's transaction."""
    operation = await _paused(tx, operation_id)
    gates = await closed_gates(tx, await change_of_operation(tx, operation))
    if _only_undoes(operation):
        gates = _stops(gates)
    if gates:
        raise GateClosedError(f"It cannot go on yet. {gates[0]} {gates[0].opened_by}", gates=gates)
    ring = continued_after(operation.pause.gates) if operation.pause is not None else None
    if ring is not None:
        await tx.operation_lifecycle.change_ring(operation_id, ring, continued_by=actor.name)
    await _decide(tx, operation_id, PauseDecision.CONTINUE)
    event = NewEvent(type=EventType.OPERATION_CONTINUED, data={"by": actor.name})
    await tx.events.append(operation_id, [event])
    await tx.audit.add(await _entry(tx, "operation.continued", operation, actor))


async def undo(tx: Transaction, operation_id: str, actor: Actor) -> None:
    """As `PausedOperations.undo`, in the caller's transaction."""
    operation = await _under_way(tx, operation_id)
    if operation.kind in {OperationKind.CONFIGURE, OperationKind.IMPORT}:
        raise NothingToUndoError(
            f"An operation of kind {operation.kind} keeps no former state. Continue or cancel it: what was "
            "written stays, and a retry goes on with the rest."
        )
    gates = _stops(await closed_gates(tx, await change_of_operation(tx, operation)))
    if gates:
        raise GateClosedError(f"Nothing is written, to undo neither. {gates[0]}", gates=gates)
    if operation.pause is not None:
        await _decide(tx, operation_id, PauseDecision.UNDO)
    await tx.operation_interruptions.undo_on_failure(operation_id)
    await tx.operation_interruptions.request_cancel(operation_id, by=actor.name)
    event = NewEvent(type=EventType.OPERATION_UNDO_REQUESTED, data={"by": actor.name})
    await tx.events.append(operation_id, [event])
    await tx.audit.add(await _entry(tx, "operation.undo-requested", operation, actor))


async def _as_seen(tx: Transaction, operation_id: str, actor: Actor) -> OperationRecord:
    seen = actor.holdings.scopes(Right.VIEW)
    (shown,) = await operations_as_seen(tx, seen, [await _operation(tx, operation_id)])
    return shown


async def _decide(tx: Transaction, operation_id: str, decision: PauseDecision) -> None:
    """Of two people who decide at once, the second one finds it decided."""
    if not await tx.operation_interruptions.decide_pause(operation_id, decision):
        raise NotPausedError("Somebody else has decided already.")


async def _operation(tx: Transaction, operation_id: str) -> OperationRecord:
    operation = await tx.operations.get(operation_id)
    if operation is None:
        raise NotFoundError("operation", operation_id)
    return operation


async def _under_way(tx: Transaction, operation_id: str) -> OperationRecord:
    """The operation, which cannot end before this transaction does."""
    await tx.operation_lifecycle.hold(operation_id)
    operation = await _operation(tx, operation_id)
    if operation.state.ended:
        raise OperationEndedError(f"The operation has ended ({operation.state}); there is nothing to decide.")
    return operation


async def _paused(tx: Transaction, operation_id: str) -> OperationRecord:
    """As `_under_way`. Raises `NotPausedError`."""
    operation = await _under_way(tx, operation_id)
    if operation.pause is None:
        raise NotPausedError("No gate has paused the operation. To end it, cancel it.")
    return operation


def _only_undoes(operation: OperationRecord) -> bool:
    """Whether all that is left is to restore previous images, which a freeze permits."""
    return all(each.phase in {ClusterPhase.UNDOING, ClusterPhase.ENDED} for each in operation.clusters)


def _stops(gates: tuple[Gate, ...]) -> tuple[Gate, ...]:
    return tuple(each for each in gates if each.kind is GateKind.STOP)


async def _entry(tx: Transaction, action: str, operation: OperationRecord, actor: Actor) -> AuditEntry:
    target = await tx.app_environments.get(operation.app_environment_id)
    assert target is not None, "an operation is deleted with its app environment"
    named = Target(kind="operation", id=operation.id, name=operation.kind.value)
    return of_app_environment(actor.caller, action, target, named)
