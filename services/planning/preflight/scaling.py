"""Autoscalers that cannot do their work for the workloads that would get a new image. Pure.

An autoscaler holds no rollout up. One that cannot scale leaves the new image with the pods of the old one, whatever
load it meets (Kubernetes docs, "HorizontalPodAutoscaler Walkthrough", "Appendix: Horizontal Pod Autoscaler Status
Conditions").
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from domain.problems import Problem, Severity
from domain.resources import Manifest
from services.planning.health.values import condition, moment
from services.planning.preflight.replacement import replicas_of
from services.planning.preflight.values import PlannedOn, PreflightFacts

# An autoscaler lacks metrics for some minutes after each start of pods: that is normal.
_LASTS = timedelta(minutes=15)
_SWITCHED_OFF = "ScalingDisabled"  # its target is scaled to 0, which is said apart


def scaling(facts: PreflightFacts, planned: PlannedOn) -> Iterator[Problem]:
    """The autoscalers of workloads that change and that have not been able to scale for a quarter of an hour."""
    around = facts.surroundings
    if around is None:
        return
    changing = {(each.kind.name, each.name): each for each in planned.replaced(facts)}
    for autoscaler in around.autoscalers:
        scaled = autoscaler.spec.get("scaleTargetRef") or {}
        workload = changing.get((str(scaled.get("kind")), str(scaled.get("name"))))
        unable = _unable(autoscaler, now=around.read_at)
        if workload is None or unable is None:
            continue
        reason, since = unable
        pods = replicas_of(workload)
        yield Problem(
            code="autoscaler-unable",
            severity=Severity.TELLS,
            detail=f"{autoscaler.id.label} has not been able to scale {workload.id.label} since "
            f"{since:%Y-%m-%d %H:%M} UTC ({reason}): the new image keeps {pods} {'pod' if pods == 1 else 'pods'}, "
            "whatever load it meets.",
            cluster=facts.cluster,
            resource=autoscaler.id,
        )


def _unable(autoscaler: Manifest, *, now: datetime) -> tuple[str, datetime] | None:
    for type_ in ("AbleToScale", "ScalingActive"):
        found = condition(autoscaler, type_) or {}
        since = moment(found.get("lastTransitionTime"))
        reason = str(found.get("reason") or type_)
        if found.get("status") == "False" and reason != _SWITCHED_OFF and since is not None and now - since >= _LASTS:
            return reason, since
    return None
