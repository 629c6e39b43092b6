"""Whether anything blocks a plan on a cluster by the time that its ring begins there. Pure."""

from domain.images import ContainerImage
from domain.problems import Problem
from domain.stored.plans import StoredImagePlan
from domain.words import Action
from services.planning.images.promotion_plan import ClusterPromotionPlan, plan_cluster
from services.planning.images.running import ClusterFacts
from services.planning.preflight.after_bringing import after_bringing
from services.planning.preflight.findings import findings_on
from services.planning.preflight.registry_values import RegistryAnswers
from services.planning.preflight.values import PlannedOn, PreflightFacts

_NOT_ASKED = RegistryAnswers()


def planned_again(plan: StoredImagePlan, running: ClusterFacts) -> ClusterPromotionPlan | None:
    """What the plan writes on this cluster as it is now; None where it has no part in it, or was not read."""
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
    return plan_cluster(
        desired, running, pin=plan.pin, selected=None, allow=frozenset(plan.allow), deliveries=plan.deliveries
    )


def blocking_on(
    plan: StoredImagePlan,
    now: ClusterPromotionPlan,
    facts: PreflightFacts | None,
    registry: RegistryAnswers = _NOT_ASKED,
) -> Problem | None:
    """The first problem that blocks what is written on this cluster `now`; None without one.

    `facts` are None where pre-flight could not read the cluster: then the plan's own problems alone count. A registry
    that did not answer blocks nothing.
    """
    found: tuple[Problem, ...] = ()
    if facts is not None:
        written = PlannedOn(changes=now.changes, allow=frozenset(plan.allow), registry=registry)
        found = findings_on(after_bringing(facts, plan.brought_keys), written)
    return next((problem for problem in (*now.problems, *found) if problem.blocks), None)
