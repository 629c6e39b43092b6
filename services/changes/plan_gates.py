"""The gates that are in the way of a plan. They come and go, so they do not enter its digest."""

from dataclasses import replace
from typing import TypeVar

from db.records import AppEnvironmentRecord
from db.transaction import Database
from domain.grants import Actor
from domain.words import OperationKind
from services.people.approvals import gates_before
from services.people.gates import change_of
from services.planning.copying.plan import CopyPlan
from services.planning.images.promotion_plan import PromotionPlan

Plan = TypeVar("Plan", CopyPlan, PromotionPlan)


async def with_gates(
    db: Database,
    plan: Plan,
    target: AppEnvironmentRecord,
    kind: OperationKind,
    *,
    actor: Actor,
    reason: str | None = None,
) -> Plan:
    """The plan with the gates that would keep it from being started now."""
    async with db.read() as tx:
        gates = await gates_before(tx, change_of(target, kind, actor=actor.caller.ref.kind, reason=reason))
    return replace(plan, gates=gates)
