"""The gates as they stand: for use cases before they start something, and for the engine before it writes."""

import asyncio
import time
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime

from db.records.inventory import AppEnvironmentRecord
from db.records.operations import OperationRecord
from db.transaction import Database, Transaction
from domain.actors import ActorKind
from domain.gates import Gate, Stop
from domain.rights import ApplicationRef, EnvironmentRef
from domain.words import OperationKind
from services.errors import Category, StagecoachError
from services.planning.people.standing import Change, Standing, closed_for, stopped

_CACHED = 0.4  # seconds for which stops are not read again: with the write itself, a stop is obeyed within a second
_PATIENCE = 5.0  # seconds for the question to our database; a write that waits for it is not sent


class StandingGates:
    """What services.engine.gates.Gates asks for, from our tables."""

    def __init__(self, db: Database, *, patience: float = _PATIENCE) -> None:
        self._db = db
        self._patience = patience
        self._stops: tuple[Stop, ...] = ()
        self._read_at = float("-inf")
        self._reading = asyncio.Lock()

    async def stops(self) -> Sequence[Stop]:
        """Every stop. Read again after 0.4 seconds, once for all who ask; raises where it cannot be read in time."""
        if self._old(time.monotonic()):  # else no timer is set: each write of hundreds asks
            async with asyncio.timeout(self._patience), self._reading:
                asked_at = time.monotonic()
                if self._old(asked_at):  # nobody has read them while this one waited
                    async with self._db.autocommit_read() as tx:
                        self._stops = await tx.stops.all()
                    self._read_at = asked_at
        return self._stops

    def _old(self, now: float) -> bool:
        return now - self._read_at >= _CACHED

    async def closed(
        self, operation: OperationRecord, target: AppEnvironmentRecord, *, cluster_ids: Collection[str]
    ) -> tuple[Gate, ...]:
        """The stops and freezes that keep the operation from beginning a wave on these clusters."""
        async with self._db.read() as tx:
            change = change_of(target, operation.kind, reason=operation.reason, cluster_ids=cluster_ids)
            return await closed_gates(tx, change)


class GateClosedError(StagecoachError):
    """Gates are in the way of a change; `gates` are all of them."""

    code = "gate-closed"
    title = "A gate is closed"
    category = Category.CONFLICT

    def __init__(self, detail: str, *, gates: tuple[Gate, ...]) -> None:
        super().__init__(detail)
        self.gates = gates

    def members(self) -> Mapping[str, object]:
        return {"gates": self.gates}


async def require_open(tx: Transaction, change: Change) -> None:
    """Raises `GateClosedError` where a gate is in the way of the change now."""
    gates = await closed_gates(tx, change)
    if gates:
        more = f" {len(gates) - 1} more gates are closed." if len(gates) > 1 else ""
        raise GateClosedError(f"{gates[0]} {gates[0].opened_by}{more}", gates=gates)


async def require_unstopped(db: Database, *, environment_id: str, cluster_id: str) -> None:
    """Before a write that no operation makes. Raises `GateClosedError`, and whatever the database does."""
    async with db.autocommit_read() as tx:
        stops = await tx.stops.all()
    gates = stopped(stops, environment_id=environment_id, cluster_ids=[cluster_id])
    if gates:
        raise GateClosedError(f"{gates[0]} {gates[0].opened_by}", gates=gates)


async def closed_gates(tx: Transaction, change: Change) -> tuple[Gate, ...]:
    """The gates that are in the way of the change now."""
    where = {"environment_id": change.environment.id, "application_id": change.application.id}
    standing = Standing(
        stops=await tx.stops.all(),
        freezes=() if change.passes_freezes else await tx.freezes.all(),
        holds=await tx.holds.at(**where) if change.automation else (),
    )
    return closed_for(change, standing, datetime.now(UTC))


async def change_of_operation(tx: Transaction, operation: OperationRecord, *, actor: ActorKind | None = None) -> Change:
    """What the operation still has to do, as a change."""
    target = await tx.app_environments.get(operation.app_environment_id)
    assert target is not None, "an operation is deleted with its app environment"
    left = [
        each.cluster_id for each in operation.clusters if each.cluster_id and not (each.outcome and each.outcome.good)
    ]
    return change_of(
        target, operation.kind, actor=actor, reason=operation.reason, cluster_ids=left, operation=operation.id
    )


def change_of(
    target: AppEnvironmentRecord,
    kind: OperationKind,
    *,
    actor: ActorKind | None = None,
    reason: str | None = None,
    cluster_ids: Collection[str] | None = None,
    operation: str | None = None,
) -> Change:
    """A change of an app environment, on all its clusters where none are named. `operation` is one that goes on."""
    application, environment = target.application, target.environment
    return Change(
        application=ApplicationRef(id=application.id, name=application.name, labels=application.labels),
        environment=EnvironmentRef(id=environment.id, name=environment.name),
        kind=kind,
        cluster_ids=[each.id for each in environment.clusters] if cluster_ids is None else cluster_ids,
        automation=actor is ActorKind.AUTOMATION,
        reason=reason,
        operation=operation,
    )
