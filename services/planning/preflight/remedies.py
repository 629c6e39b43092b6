"""What one more request does about the problems of a promotion that bring no remedy of their own. Pure.

A promotion is over several workloads and, often, several source clusters: the finding about one of them need not stop
the rest. A deploy names what it changes, so whoever sent it can name less. Why another finding has no remedy, its page
says (docs/preflight.md).
"""

from dataclasses import replace

from domain.images import ContainerKey, Omission, container_key
from domain.problems import Problem, Remedy, Severity
from services.planning.images.promotion_plan import PromotionPlan

LEAVE_OUT = "leave-out"
CHOOSE_SOURCE_CLUSTER = "choose-source-cluster"
SOURCE_SKEW = "source-skew"

ABOUT_WORKLOADS = frozenset(
    {
        "delivery-refused",
        "digest-ambiguous",
        "direct-takes-from-others",
        "job-immutable",
        "limits-refuse-pods",
        "no-node-fits",
        "owned",
        "owned-by-controller",
        "owners-disagree",
        "quota-needs-resources",
        "quota-stalls-rollout",
        "revision-named",
        "rollout-driver-hidden",
        "rollout-paused",
        "rollout-under-way",
        "source-failing",
        "source-pods-differ",
        "source-pods-kept",
        "source-rolling-out",
        "storage-class-missing",
        "traffic-pinned",
        "workload-failing",
        "workload-missing",
    }
)
"""Findings about a whole workload, which is left out."""

ABOUT_CONTAINERS = frozenset(
    {
        "container-not-in-source",
        "container-unmatched",
        "downgrade",
        "image-differs-in-registry",
        "image-invalid",
        "image-not-spelt",
        "image-not-copyable",
        "image-not-in-registry",
        "image-platform",
        "pull-secret-missing",
        "pull-secret-refused",
    }
)
"""Findings about the image of one container, which is left out; its field names it."""

WHERE_NAMED = frozenset(
    {"container-not-in-source", "container-unmatched", "image-invalid", "image-not-spelt", "job-immutable"}
)
"""They are left out already, unless the request names them: only then they block."""


def with_remedies(plan: PromotionPlan) -> PromotionPlan:
    """The plan of a promotion with the remedies of its problems; any other plan as it is."""
    if plan.source_environment is None:
        return plan
    runs_first = {container_key(each.workload, each.container): each.images[0].cluster for each in plan.skew}
    return replace(
        plan,
        problems=tuple(_remedied(each, runs_first) for each in plan.problems),
        clusters=tuple(
            replace(one, problems=tuple(_remedied(each, runs_first) for each in one.problems)) for one in plan.clusters
        ),
    )


def _remedied(problem: Problem, runs_first: dict[ContainerKey, str]) -> Problem:
    if problem.remedy is not None or problem.resource is None:
        return problem
    if problem.code == SOURCE_SKEW and problem.field is not None:
        return replace(problem, remedy=_taking_from(runs_first[container_key(problem.resource, problem.field)]))
    idle = problem.severity is Severity.TELLS or (problem.code in WHERE_NAMED and not problem.blocks)
    if problem.code in ABOUT_WORKLOADS and not idle:
        return replace(problem, remedy=_leaving_out(Omission(workload=problem.resource)))
    if problem.code in ABOUT_CONTAINERS and not idle:
        return replace(problem, remedy=_leaving_out(Omission(workload=problem.resource, container=problem.field)))
    return problem


def _taking_from(cluster: str) -> Remedy:
    """The first one is the source's primary, where that one answers."""
    return Remedy(
        code=CHOOSE_SOURCE_CLUSTER, title=f"Take the images of {cluster}", request={"source_cluster": cluster}
    )


def _leaving_out(omission: Omission) -> Remedy:
    container = f", container {omission.container}" if omission.container is not None else ""
    return Remedy(
        code=LEAVE_OUT,
        title=f"Leave out {omission.workload.label}{container}",
        request={"leave_out": [omission.to_json()]},
    )
