"""How a controller replaces a workload's pods after a change of its template: how many go before new ones come. Pure.

Deployment: `ResolveFenceposts` and `reconcileOldReplicaSets` in kubernetes/kubernetes pkg/controller/deployment. A
StatefulSet and a DaemonSet delete a pod before its successor comes (Kubernetes docs, "StatefulSet Basics", "Perform a
Rolling Update on a DaemonSet"). PodDisruptionBudgets limit none of them (Kubernetes docs, "Disruptions", "How
disruption budgets work").
"""

from dataclasses import dataclass
from typing import Any

from domain.resources import Manifest
from services.planning.health.values import count


@dataclass(frozen=True, kw_only=True)
class Replacement:
    """`gone_first` old pods go before a new one has to come; `why` says which setting decides, for people."""

    gone_first: int
    why: str


def replacement_of(workload: Manifest) -> Replacement | None:
    """None where a new template replaces no pod: none run, or its controller leaves pods alone."""
    match (workload.kind.group, workload.kind.name):
        case ("apps", "Deployment"):
            return _of_deployment(workload)
        case ("apps", "StatefulSet"):
            return _of_stateful_set(workload)
        case ("apps", "DaemonSet"):
            return _of_daemon_set(workload)
        case _:
            return None


def replicas_of(workload: Manifest) -> int:
    """How many pods the workload asks for; for a DaemonSet, on how many nodes it is to run."""
    if workload.kind.name == "DaemonSet":
        return count(workload.status, "desiredNumberScheduled")
    return count(workload.spec, "replicas", default=1)


def _of_deployment(workload: Manifest) -> Replacement | None:
    replicas, strategy = replicas_of(workload), workload.spec.get("strategy") or {}
    if not replicas or workload.spec.get("paused"):
        return None
    if strategy.get("type") == "Recreate":
        return Replacement(gone_first=replicas, why="it is recreated")
    rolling = strategy.get("rollingUpdate") or {}
    surge = _number(rolling.get("maxSurge", "25%"), of=replicas, up=True)
    unavailable = _number(rolling.get("maxUnavailable", "25%"), of=replicas, up=False)
    if not surge and not unavailable:
        unavailable = 1  # two percentages that round down to nothing: the controller takes one
    if not unavailable:
        return Replacement(gone_first=0, why="a new pod comes before an old one goes (maxUnavailable is 0)")
    return Replacement(gone_first=unavailable, why=f"{_pods(unavailable)} at a time (maxUnavailable)")


def _of_stateful_set(workload: Manifest) -> Replacement | None:
    replicas, strategy = replicas_of(workload), workload.spec.get("updateStrategy") or {}
    partition = count(strategy.get("rollingUpdate") or {}, "partition")
    if strategy.get("type") == "OnDelete" or partition >= replicas:
        return None
    return Replacement(gone_first=1, why="each pod goes before its successor comes")


def _of_daemon_set(workload: Manifest) -> Replacement | None:
    strategy = workload.spec.get("updateStrategy") or {}
    nodes = replicas_of(workload)
    if strategy.get("type") == "OnDelete" or not nodes:
        return None
    rolling = strategy.get("rollingUpdate") or {}
    if _number(rolling.get("maxSurge", 0), of=nodes, up=True):
        return Replacement(gone_first=0, why="a new pod comes before an old one goes (maxSurge)")
    unavailable = max(1, _number(rolling.get("maxUnavailable", 1), of=nodes, up=True))
    return Replacement(gone_first=unavailable, why=f"{_pods(unavailable)} at a time (maxUnavailable)")


def _number(value: Any, *, of: int, up: bool) -> int:
    """An absolute number or a percentage, rounded as `GetScaledValueFromIntOrPercent` does."""
    if isinstance(value, str) and value.endswith("%") and value[:-1].isdigit():
        share = of * int(value[:-1])
        return -(-share // 100) if up else share // 100
    return value if isinstance(value, int) else 0


def _pods(number: int) -> str:
    return "one pod" if number == 1 else f"{number} pods"
