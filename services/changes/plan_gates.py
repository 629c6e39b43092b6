"""The gates that are in the way of a plan. They come and go, so they do not enter its digest."""

from dataclasses import replace

from db.records.inventory import AppEnvironmentRecord
from db.transaction import Database
from domain.grants import Actor
from domain.words import OperationKind
from services.people.approvals import gates_before
from services.people.gates import change_of
from services.planning.images.promotion_plan import PromotionPlan


async def with_gates(
    db: Database,
    plan: PromotionPlan,
    target: AppEnvironmentRecord,
    kind: OperationKind,
    *,
    actor: Actor,
    reason: str | None = None,
) -> PromotionPlan:
    """The plan with the gates that would keep it from being started now."""
    written = written_clusters(plan, target)
    change = change_of(target, kind, actor=actor.caller.ref.kind, reason=reason, cluster_ids=written)
    async with db.read() as tx:
        gates = await gates_before(tx, change)
    return replace(plan, gates=gates)


def written_clusters(plan: PromotionPlan, target: AppEnvironmentRecord) -> frozenset[str]:
    """The ids of the clusters that the plan writes, or may: one that could not be read may answer by then.

    A stop of another cluster is not in its way.
    """
    written = {each.cluster for each in plan.clusters if not each.untouched}
    written |= {each.cluster for each in plan.bring.clusters if not each.nothing_to_do} if plan.bring else set()
    return frozenset(each.id for each in target.environment.clusters if each.name in written)
