"""The gates that are closed for changes of an application, as screens say it before anybody asks for a plan."""

from dataclasses import dataclass
from datetime import UTC, datetime

from db.transaction import Database
from domain.gates import Gate
from domain.grants import Actor, ApplicationViewGrant
from domain.words import OperationKind
from services.people.approvals import approval_gate
from services.people.gates import change_of
from services.planning.people.closed_gates import ROLL_BACK_REASON, STARTED_KINDS, ClosedGate, by_kind
from services.planning.people.standing import Standing, closed_for
from services.reading.app_environments import application_of
from services.reading.permissions import Permissions, environment_ref


@dataclass(frozen=True, kw_only=True)
class EnvironmentGates:
    """What is closed for the application in one environment."""

    environment: str
    gates: tuple[ClosedGate, ...]


class ClosedGates:
    """Reads what is closed, as previews of plans read it, for each kind of operation at once."""

    def __init__(self, db: Database, permissions: Permissions) -> None:
        self._db = db
        self._permissions = permissions

    async def of(self, application: str, *, actor: Actor) -> tuple[EnvironmentGates, ...]:
        """In each environment in which the actor sees the application, by rank. Raises `NotFoundError`."""
        grant = await self._permissions.application(actor, ApplicationViewGrant, application)
        async with self._db.read() as tx:
            targets = await tx.app_environments.of([await application_of(tx, grant)])
            standing = Standing(stops=await tx.stops.all(), freezes=await tx.freezes.all())
            policies = await tx.approval_policies.all()
        now = datetime.now(UTC)
        found = []
        for target in targets:
            if not grant.sees(environment_ref(target.environment)):
                continue
            # Holds keep automation alone from changing something, and nobody asks this for automation.
            closed: dict[OperationKind, tuple[Gate, ...]] = {
                kind: closed_for(change_of(target, kind, reason=ROLL_BACK_REASON), standing, now)
                for kind in STARTED_KINDS
            }
            policy = policies.get(target.environment.id)
            if policy is not None:
                gate = approval_gate(policy, target.environment.name)
                closed |= {kind: (*closed[kind], gate) for kind in policy.kinds}
            found.append(EnvironmentGates(environment=target.environment.name, gates=by_kind(closed)))
        return tuple(found)
