"""Queues an operation again, in the caller's transaction: because a person retries it, or because clusters catch up."""

from collections.abc import Collection, Mapping

from db.events import NewEvent
from db.records.operations import OperationRecord
from db.transaction import Transaction
from domain.audit import Target
from domain.grants import Actor
from domain.secret_text import SecretValues
from domain.words import EventType
from services.reading.audit_entries import of_app_environment

CATCH_UP = "catch-up"
"""The cause of an attempt that nobody asked for: clusters that had not been reached answer again."""


async def reopen(
    tx: Transaction,
    operation: OperationRecord,
    *,
    actor: Actor,
    secrets: SecretValues | None = None,
    catching_up: Collection[str] | None = None,
) -> OperationRecord:
    """Its next attempt, on the clusters that did not succeed, or on those alone that are `catching_up` (ids).

    Raises `ActiveOperationError`.
    """
    await tx.operation_lifecycle.reopen(operation.id, secrets=secrets or None, catching_up=catching_up)
    attempt = {"attempt": operation.attempt + 1}
    why = _why(operation, catching_up)
    event = NewEvent(type=EventType.OPERATION_RETRIED, data={"by": actor.name, **attempt, **why})
    await tx.events.append(operation.id, [event])
    await audit_operation(tx, actor, "operation.retried", operation, after={**attempt, **why})
    reopened = await tx.operations.get(operation.id)
    assert reopened is not None, "the transaction has it locked"
    return reopened


def _why(operation: OperationRecord, catching_up: Collection[str] | None) -> dict[str, object]:
    if catching_up is None:
        return {}
    names = [each.cluster_name for each in operation.clusters if each.cluster_id in catching_up]
    return {"cause": CATCH_UP, "clusters": names}


async def audit_operation(
    tx: Transaction, actor: Actor, action: str, operation: OperationRecord, after: Mapping[str, object] | None = None
) -> None:
    """An entry in the audit about an operation whose app environment exists."""
    place = await tx.app_environments.get(operation.app_environment_id)
    assert place is not None
    target = Target(kind="operation", id=operation.id, name=operation.kind.value)
    await tx.audit.add(of_app_environment(actor.caller, action, place, target, after=after))
