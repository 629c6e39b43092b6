"""What Flagger reports of a Canary (fluxcd/flagger pkg/canary/status.go). It names no generation."""

from enum import StrEnum

from sandbox.controllers.deployment_status import put_condition
from sandbox.controllers.world import World
from sandbox.store import Object, thaw


class Phase(StrEnum):
    """`CanaryPhase` (pkg/apis/flagger/v1beta1/status.go)."""

    INITIALIZING = "Initializing"
    INITIALIZED = "Initialized"
    WAITING = "Waiting"
    PROGRESSING = "Progressing"
    WAITING_PROMOTION = "WaitingPromotion"
    PROMOTING = "Promoting"
    FINALISING = "Finalising"
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"


# The status of the condition `Promoted` and its message, by phase (`MakeStatusConditions`).
_WORDS = {
    Phase.INITIALIZING: ("Unknown", "New Deployment detected, starting initialization."),
    Phase.INITIALIZED: ("True", "Deployment initialization completed."),
    Phase.WAITING: ("Unknown", "Waiting for approval."),
    Phase.PROGRESSING: ("Unknown", "New revision detected, progressing canary analysis."),
    Phase.WAITING_PROMOTION: ("Unknown", "Waiting for approval."),
    Phase.PROMOTING: ("Unknown", "Canary analysis completed, starting primary rolling update."),
    Phase.FINALISING: ("Unknown", "Canary analysis completed, routing all traffic to primary."),
    Phase.SUCCEEDED: ("True", "Canary analysis completed successfully, promotion finished."),
    Phase.FAILED: ("False", "Canary analysis failed, Deployment scaled to zero."),
}


def synced(world: World, canary: Object, phase: Phase, applied: str) -> Object:
    """`syncCanaryStatus`: the phase begins anew, for the template of this hash."""
    promoted = {"lastPromotedSpec": applied} if phase is Phase.INITIALIZED else {}
    counts = {"canaryWeight": 0, "failedChecks": 0, "iterations": 0}
    return _written(world, canary, phase=phase.value, lastAppliedSpec=applied, **counts, **promoted)


def in_phase(world: World, canary: Object, phase: Phase) -> Object:
    """`setStatusPhase`."""
    status: Object = canary["status"]
    changes: Object = {}
    if phase not in {Phase.PROGRESSING, Phase.WAITING}:
        changes = {"canaryWeight": 0, "iterations": 0}
    if phase is Phase.WAITING_PROMOTION:
        changes["iterations"] = canary["spec"]["analysis"]["iterations"] - 1
    if phase is Phase.SUCCEEDED:
        changes["lastPromotedSpec"] = status["lastAppliedSpec"]
    return _written(world, canary, phase=phase.value, **changes)


def counted(world: World, canary: Object, **counts: int) -> Object:
    """`setStatusIterations` and `setStatusFailedChecks`."""
    return _written(world, canary, **counts)


def _written(world: World, canary: Object, **changes: object) -> Object:
    """Every write moves `lastTransitionTime` on; the condition's times move with the phase alone."""
    status = {**thaw(canary).get("status", {}), **changes, "lastTransitionTime": world.stamp()}
    phase = Phase(status["phase"])
    promoted, message = _WORDS[phase]
    status["conditions"] = put_condition(
        status.get("conditions") or [], "Promoted", promoted, phase.value, message, now=world.stamp()
    )
    return world.update_status(canary, status)
