"""Whether anything blocks a plan on a cluster by the time that its ring begins there. Pure."""

from domain.images import ContainerImage
from domain.problems import Problem
from domain.stored.plans import StoredImagePlan
from domain.words import Action
from services.planning.images.promotion_plan import plan_cluster
from services.planning.images.running import ClusterFacts
from services.planning.preflight.after_bringing import after_bringing
from services.planning.preflight.findings import findings_on
from services.planning.preflight.values import PlannedOn, PreflightFacts


def blocking_on(plan: StoredImagePlan, running: ClusterFacts, facts: PreflightFacts | None) -> Problem | None:
    """The first problem that blocks what the plan writes on this cluster; None without one, or where it was not read.

    `facts` are None where pre-flight could not read the cluster: then the plan's own problems alone count.
    """
    planned = plan.clusters.get(running.cluster)
    if planned is None or running.failure is not None:
        return None
    desired = planned.desired
    if planned.read:
        desired = tuple(
            ContainerImage(workload=each.workload, container=each.container, init=each.init, image=each.after)
            for each in planned.changes
            if each.action is Action.UPDATE
        )
    allow = frozenset(plan.allow)
    now = plan_cluster(desired, running, pin=plan.pin, selected=None, allow=allow)
    then = after_bringing(facts, plan.brought_keys) if facts is not None else None
    found = findings_on(then, PlannedOn(changes=now.changes, allow=allow)) if then is not None else ()
    return next((problem for problem in (*now.problems, *found) if problem.blocks), None)
