"""The health of what Argo CD and Flux deliver: that of the worst of its objects.

As argoproj/gitops-engine pkg/health/health_deployment.go and its neighbours judge them; `Progressing` is worse than
`Healthy`, `Degraded` worse than both, and `Missing` worse still (pkg/health/health.go, `healthOrder`).
"""

from collections.abc import Iterable

from sandbox.controllers.conditions import find_condition
from sandbox.store import Object

_ORDER = ("Healthy", "Suspended", "Progressing", "Missing", "Degraded", "Unknown")


def health_of(live: Object | None) -> str:
    if live is None:
        return "Missing"
    return _workload(live) if live["kind"] in {"Deployment", "StatefulSet", "DaemonSet"} else "Healthy"


def worst(found: Iterable[str]) -> str:
    return max(found, key=_ORDER.index, default="Healthy")


def _workload(live: Object) -> str:
    status, spec = live.get("status") or {}, live["spec"]
    if spec.get("paused"):
        return "Suspended"
    if status.get("observedGeneration", 0) < live["metadata"].get("generation", 0):
        return "Progressing"
    progressing = find_condition(status.get("conditions") or [], "Progressing")
    if progressing and progressing.get("reason") == "ProgressDeadlineExceeded":
        return "Degraded"
    if live["kind"] == "DaemonSet":
        desired, updated = status.get("desiredNumberScheduled", 0), status.get("updatedNumberScheduled", 0)
        return "Healthy" if updated >= desired and status.get("numberAvailable", 0) >= desired else "Progressing"
    desired, updated = spec.get("replicas", 1), status.get("updatedReplicas", 0)
    complete = updated >= desired and status.get("replicas", 0) <= updated
    ready = status.get("availableReplicas", 0) if live["kind"] == "Deployment" else status.get("readyReplicas", 0)
    return "Healthy" if complete and ready >= updated else "Progressing"
