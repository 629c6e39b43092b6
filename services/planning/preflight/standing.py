"""How the workloads that would get a new image are at the moment: failing, in another rollout, or without pods. Pure.

Their own status says it, so no pods are read. The rules of progress are those of services.planning.health.
"""

from collections.abc import Iterator

from domain.problems import Problem, Severity
from domain.resources import Manifest
from services.planning.health.assessment import generation_seen
from services.planning.health.kept_pods import updated_replicas
from services.planning.health.rollouts import progress_of
from services.planning.health.values import condition, count
from services.planning.objects.autoscalers import autoscaler_of
from services.planning.preflight.replacement import replicas_of
from services.planning.preflight.values import PlannedOn, PreflightFacts

_COUNTED = frozenset({"Deployment", "StatefulSet", "DaemonSet"})


def standing(facts: PreflightFacts, planned: PlannedOn) -> Iterator[Problem]:
    """One finding at most of each workload that changes."""
    autoscalers = facts.surroundings.autoscalers if facts.surroundings is not None else ()
    for workload in planned.replaced(facts):
        if workload.kind.group != "apps" or workload.kind.name not in _COUNTED or workload.spec.get("paused"):
            continue
        found = _standing(workload, autoscalers)
        if found is not None:
            code, severity, detail = found
            yield Problem(code=code, severity=severity, detail=detail, cluster=facts.cluster, resource=workload.id)


def _standing(workload: Manifest, autoscalers: tuple[Manifest, ...]) -> tuple[str, Severity, str] | None:
    label = workload.id.label
    if not generation_seen(workload):
        detail = (
            f"{label} was changed a moment ago, and its controller has not seen that yet. The new image starts another "
            "rollout over it."
        )
        return "rollout-under-way", Severity.WARNS, detail
    if workload.kind.name != "DaemonSet" and not replicas_of(workload):
        return "no-pods", Severity.TELLS, _without_pods(workload, autoscalers)
    if _deadline_exceeded(workload):
        detail = (
            f"The last rollout of {label} made no progress within its deadline. {progress_of(workload).message} If the "
            "new image fails too, undoing brings back images that do not run."
        )
        return "workload-failing", Severity.WARNS, detail
    if _rolls_out(workload):
        detail = (
            f"{label} is in another rollout: {progress_of(workload).message} The new image replaces it before it is "
            "known to be good."
        )
        return "rollout-under-way", Severity.WARNS, detail
    available, desired = _available(workload)
    if available < desired:
        detail = (
            f"Only {available} of {desired} pods of {label} are available before anything changes. The rollout waits "
            "for all of them."
        )
        return "workload-failing", Severity.WARNS, detail
    return None


def _without_pods(workload: Manifest, autoscalers: tuple[Manifest, ...]) -> str:
    scaler = autoscaler_of(workload, None, autoscalers)
    by = f", and {scaler} leaves it there" if scaler else ""
    return (
        f"{workload.id.label} is scaled to 0{by}: the image is written, and no pod shows whether it starts until it is "
        "scaled up."
    )


def _deadline_exceeded(workload: Manifest) -> bool:
    progressing = condition(workload, "Progressing") or {}
    return workload.kind.name == "Deployment" and progressing.get("reason") == "ProgressDeadlineExceeded"


def _rolls_out(workload: Manifest) -> bool:
    status, desired = workload.status, replicas_of(workload)
    match workload.kind.name:
        case "Deployment":
            updated = count(status, "updatedReplicas")
            return updated < desired or count(status, "replicas") > updated
        case "StatefulSet":
            strategy = workload.spec.get("updateStrategy") or {}
            if strategy.get("type") == "OnDelete":
                return False  # its pods wait for a person, not for a rollout
            partition = count(strategy.get("rollingUpdate") or {}, "partition")
            return updated_replicas(workload) < desired - partition
        case _:
            if (workload.spec.get("updateStrategy") or {}).get("type") == "OnDelete":
                return False
            return count(status, "updatedNumberScheduled") < desired


def _available(workload: Manifest) -> tuple[int, int]:
    if workload.kind.name == "DaemonSet":
        return count(workload.status, "numberAvailable"), replicas_of(workload)
    return count(workload.status, "availableReplicas"), replicas_of(workload)
