"""How far an object of Flux is with what was handed over to it, while its workload has not its image yet. Pure.

Conditions are those of the status's own generation only, and of what was asked for: `observedGeneration` and
`lastHandledReconcileAt` (fluxcd/pkg apis/meta).
"""

from collections.abc import Mapping
from typing import Any

from domain.hand_overs import OwnerAddress, OwnerProgress, OwnerState
from domain.resources import Manifest
from services.planning.flux.owners import was_seen
from services.planning.health.values import condition
from services.planning.images.hand_overs import capitalised

_MOST_CHARACTERS = 500
# Of what has failed, or is tried again without a change of ours; others, as a dependency that is not ready, pass.
_ENDS = frozenset(
    {
        "UpgradeFailed",
        "InstallFailed",
        "RollbackFailed",
        "RollbackSucceeded",
        "UninstallFailed",
        "TestFailed",
        "RetriesExceeded",
        "ValuesError",
        "BuildFailed",
        "ReconciliationFailed",
        "HealthCheckFailed",
    }
)


def progress(owner: OwnerAddress, live: Manifest | None, asked: str, *, has_edits: bool) -> OwnerProgress:
    """`asked` is what asked for the reconciliation, `has_edits` whether the object has still what was written."""
    name = capitalised(owner.title)
    if live is None:
        return _said(OwnerState.FAILED, "OwnerGone", f"{name} is gone.")
    if not has_edits:
        return _said(OwnerState.FAILED, "OwnerChanged", f"{name} has another image again: somebody changed it.")
    if live.spec.get("suspend"):
        return _said(OwnerState.WAITING, "Suspended", f"{name} is suspended: it goes on when somebody resumes it.")
    if not was_seen(live, asked):
        return _said(OwnerState.HANDED_OVER, "Requested", f"{name} is asked to reconcile.")
    return _reconciled(name, condition(live, "Ready") or {})


def _reconciled(name: str, ready: Mapping[str, Any]) -> OwnerProgress:
    """By its condition `Ready`, since its controller has seen the request."""
    status, reason = ready.get("status"), str(ready.get("reason") or "Reconciling")
    told = str(ready.get("message", ""))[:_MOST_CHARACTERS]
    if status == "False" and reason in _ENDS:
        return _said(OwnerState.FAILED, reason, f"{name} has failed: {told}")
    if status == "True":
        return _said(
            OwnerState.FAILED,
            "NotBrought",
            f"{name} is ready, and the workload has another image: what Flux renders names it in another way.",
        )
    return _said(OwnerState.HANDED_OVER, reason, f"{name} is at work: {told}")


def _said(state: OwnerState, reason: str, message: str) -> OwnerProgress:
    return OwnerProgress(state=state, reason=reason, message=message)
