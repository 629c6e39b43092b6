"""PodDisruptionBudgets and ResourceQuotas: the counts in their status."""

import math

from sandbox.controllers.bounds import share_of
from sandbox.controllers.conditions import is_true, set_condition
from sandbox.controllers.templates import active_pods
from sandbox.controllers.world import Topic, World
from sandbox.quota import format_amount, used_in
from sandbox.store import Object

_RECOUNT = 0.5


def reconcile_budget(world: World, budget: Object) -> None:
    """How many pods may be taken away at present."""
    namespace, spec = budget["metadata"]["namespace"], budget["spec"]
    world.wait_for(budget, Topic("pods", namespace), delay=_RECOUNT)
    pods = active_pods(world, namespace, spec.get("selector"))
    healthy = sum(is_true(pod, "Ready") for pod in pods)
    if "maxUnavailable" in spec:
        desired = max(0, len(pods) - math.ceil(share_of(spec["maxUnavailable"], len(pods))))
    else:
        desired = math.ceil(share_of(spec.get("minAvailable", 0), len(pods)))
    allowed = max(0, healthy - desired)
    reason = "SufficientPods" if allowed else "InsufficientPods"
    old = (budget.get("status") or {}).get("conditions") or []
    put = set_condition(old, "DisruptionAllowed", "True" if allowed else "False", now=world.stamp(), reason=reason)
    conditions = [{"observedGeneration": budget["metadata"]["generation"], "message": "", **c} for c in put]
    status = {
        "conditions": [{k: v for k, v in c.items() if k != "lastProbeTime"} for c in conditions],
        "currentHealthy": healthy,
        "desiredHealthy": desired,
        "disruptionsAllowed": allowed,
        "expectedPods": len(pods),
        "observedGeneration": budget["metadata"]["generation"],
    }
    world.update_status(budget, status)


def reconcile_quota(world: World, quota: Object) -> None:
    """How much of what a quota limits is used."""
    namespace = quota["metadata"]["namespace"]
    world.wait_for(quota, Topic("", namespace), delay=_RECOUNT)
    hard = quota["spec"].get("hard") or {}
    amounts = used_in(world.cluster.store, namespace, hard, quota["spec"])
    used = {limited: format_amount(amounts[limited]) for limited in hard}
    world.update_status(quota, {"hard": hard, "used": used})
