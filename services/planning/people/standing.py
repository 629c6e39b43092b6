"""Which gates are in the way of a change: stops for everybody, freezes for all but a roll-back with a reason, and
holds for automation alone.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from domain.gates import Freeze, Gate, GateKind, Hold, Stop
from domain.rights import ApplicationRef, EnvironmentRef
from domain.sentences import as_sentence
from domain.words import OperationKind
from services.planning.people.freezes import closed_by, concerning

STOP_OPENED_BY = "Who maintains all applications in the environment, or an administrator, can lift the stop."
HOLD_OPENED_BY = (
    "Who maintains the application here can lift the hold; deploying the newest images lifts a roll-back's."
)


@dataclass(frozen=True, kw_only=True)
class Change:
    """What is to be changed, and by whom: `automation` is no person. `reason` is why it should pass a freeze.

    `operation` is the one that goes on: the hold that it has set itself is not in its way.
    """

    application: ApplicationRef
    environment: EnvironmentRef
    kind: OperationKind
    cluster_ids: Collection[str] = field(default=())
    automation: bool = False
    reason: str | None = None
    operation: str | None = None

    @property
    def passes_freezes(self) -> bool:
        """Whoever rolls back puts right what runs: nobody has to wait for that, if he says why."""
        return self.kind is OperationKind.ROLLBACK and self.reason is not None


@dataclass(frozen=True, kw_only=True)
class Standing:
    """All that may be in the way, as it is stored."""

    stops: Sequence[Stop] = ()
    freezes: Sequence[Freeze] = ()
    holds: Sequence[Hold] = ()


def closed_for(change: Change, standing: Standing, at: datetime) -> tuple[Gate, ...]:
    """The gates that keep the change from being begun at this moment (UTC), the strictest first."""
    gates = list(stopped(standing.stops, environment_id=change.environment.id, cluster_ids=change.cluster_ids))
    if not change.passes_freezes:
        gates += closed_by(concerning(standing.freezes, change.application, change.environment), at)
    if change.automation:
        gates += (_hold_gate(each) for each in standing.holds if _concerns(each, change, at))
    return tuple(gates)


def stopped(stops: Iterable[Stop], *, environment_id: str, cluster_ids: Collection[str]) -> tuple[Gate, ...]:
    """The stops that keep an operation of the environment from writing to at least one of the clusters."""
    return tuple(
        stop_gate(stop)
        for stop in stops
        if any(stop.covers(environment_id=environment_id, cluster_id=each) for each in (*cluster_ids, None))
    )


def stop_gate(stop: Stop) -> Gate:
    """The gate that a stop closes; it has no end of its own."""
    return Gate(kind=GateKind.STOP, id=stop.id, reason=stop.reason, until=None, opened_by=STOP_OPENED_BY)


def _hold_gate(hold: Hold) -> Gate:
    reason = f"{as_sentence(hold.reason)} Held by {hold.by.name}."
    return Gate(kind=GateKind.HOLD, id=hold.id, reason=reason, until=hold.until, opened_by=HOLD_OPENED_BY)


def _concerns(hold: Hold, change: Change, at: datetime) -> bool:
    here = hold.environment_id == change.environment.id and hold.application_id in {None, change.application.id}
    own = hold.operation is not None and hold.operation == change.operation
    return here and not own and (hold.until is None or hold.until > at)
