"""What the audit says of the end of an operation."""

from collections.abc import Mapping

from db.records import OperationRecord
from db.transaction import Transaction
from domain.actors import ActorKind, ActorRef, Origin, Via
from domain.audit import AuditEntry, AuditOutcome, Target
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
    application, environment = await tx.bindings.target(
        application=operation.application, environment=operation.environment
    )
    places = (("application", application), ("environment", environment))
    await tx.audit.add(
        AuditEntry(
            actor=_actor(operation),
            origin=Origin(via=Via.AUTOMATION),
            action="operation.ended",
            targets=(
                Target(kind="operation", id=operation.id, name=operation.kind.value),
                *(Target(kind=kind, id=place.id, name=place.name) for kind, place in places if place is not None),
            ),
            application_id=application.id if application else None,
            environment_id=environment.id if environment else None,
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


def _actor(operation: OperationRecord) -> ActorRef:
    """A former release stored a name and a token."""
    return ActorRef(
        kind=operation.actor_kind or ActorKind.TOKEN,
        id=operation.actor_id or operation.token_id or operation.actor,
        name=operation.actor,
    )
