"""What the audit says of the pauses and the end of an operation."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from db.records.operations import OperationRecord
from db.records.promotion_sets import PromotionSetRecord
from db.transaction import Transaction
from domain.actors import ActorKind, ActorRef, Origin, Via
from domain.audit import AuditEntry, AuditOutcome, Target
from domain.gates import Gate
from domain.stored.pauses import gate_to_json
from domain.words import OperationState, Outcome


async def add_ended(
    tx: Transaction,
    operation: OperationRecord,
    *,
    state: OperationState,
    message: str,
    outcomes: Mapping[str, Outcome],
    release: int | None,
) -> None:
    """Write that it ended so, in the name of whom it was executed for."""
    entry = await _entry(tx, operation, "operation.ended")
    await tx.audit.add(
        replace(
            entry,
            outcome=AuditOutcome.DONE if state is OperationState.SUCCEEDED else AuditOutcome.FAILED,
            reason=message,
            after={
                "state": state.value,
                "attempt": operation.attempt,
                "outcomes": {name: outcome.value for name, outcome in outcomes.items()},
                "release": release,
            },
        )
    )


async def add_paused(tx: Transaction, operation: OperationRecord, gates: Sequence[Gate]) -> None:
    """Write that gates have paused it, in the name of whom it is executed for."""
    entry = await _entry(tx, operation, "operation.paused")
    after = {"gates": [gate_to_json(each) for each in gates]}
    await tx.audit.add(replace(entry, reason=str(gates[0]), after=after))


async def set_ended(tx: Transaction, found: PromotionSetRecord) -> AuditEntry:
    """That a set ended so, in the name of whom it was executed for."""
    _, environment = await tx.bindings.target(environment=found.environment)
    first = found.members[0]
    return AuditEntry(
        actor=_actor(first),
        origin=Origin(via=Via.AUTOMATION),
        action="promotion-set.ended",
        targets=(
            Target(kind="promotion-set", id=found.id, name=found.kind.value),
            *((Target(kind="environment", id=environment.id, name=environment.name),) if environment else ()),
        ),
        environment_id=environment.id if environment else None,
        outcome=AuditOutcome.DONE if found.state is OperationState.SUCCEEDED else AuditOutcome.FAILED,
        reason=found.message,
        after={"state": found.state.value, "members": {each.application: each.state.value for each in found.members}},
    )


async def _entry(tx: Transaction, operation: OperationRecord, action: str) -> AuditEntry:
    application, environment = await tx.bindings.target(
        application=operation.application, environment=operation.environment
    )
    places = (("application", application), ("environment", environment))
    return AuditEntry(
        actor=_actor(operation),
        origin=Origin(via=Via.AUTOMATION),
        action=action,
        targets=(
            Target(kind="operation", id=operation.id, name=operation.kind.value),
            *(Target(kind=kind, id=place.id, name=place.name) for kind, place in places if place is not None),
        ),
        application_id=application.id if application else None,
        environment_id=environment.id if environment else None,
    )


def _actor(operation: OperationRecord) -> ActorRef:
    """A former release stored a name and a token."""
    return ActorRef(
        kind=operation.actor_kind or ActorKind.TOKEN,
        id=operation.actor_id or operation.token_id or operation.actor,
        name=operation.actor,
    )
