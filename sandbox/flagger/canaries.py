"""Canaries of Flagger: a changed Deployment is analysed, then copied to its primary, or given up.

One look does what one run of the scheduler does (fluxcd/flagger pkg/controller/scheduler.go `advanceCanary`), at most
one in each interval of the analysis. A Deployment that has been taken up or given up is left with 0 replicas.
"""

from sandbox.controllers.world import World
from sandbox.durations import seconds
from sandbox.flagger.deployments import (
    Readiness,
    create_primary,
    has_changed,
    hash_of,
    primary_name,
    promote,
    readiness,
    scale,
)
from sandbox.flagger.status import Phase, counted, in_phase, synced
from sandbox.store import Object

NAMESPACE, SETTINGS = "flagger-system", "flagger"
"""The ConfigMap with what webhooks answer: where it is missing, no Flagger runs in the cluster."""

_INTERVAL = 60.0  # `AnalysisInterval` (pkg/apis/flagger/v1beta1/canary.go)
_UNDER_WAY = frozenset({Phase.PROGRESSING, Phase.WAITING, Phase.WAITING_PROMOTION, Phase.PROMOTING, Phase.FINALISING})
_ANALYSED = frozenset({Phase.PROGRESSING, Phase.WAITING_PROMOTION})


def reconcile(world: World, canary: Object) -> None:
    """Take one Canary one step further, and look again after its interval."""
    if world.get("configmaps", SETTINGS, NAMESPACE) is None or canary["metadata"].get("deletionTimestamp"):
        return
    interval = seconds(canary["spec"].get("analysis", {}).get("interval"), _INTERVAL)
    left = interval - world.elapsed(canary, "status", str(canary.get("status")))
    world.requeue_after(canary, left if left > 0 else interval)
    if not canary.get("status"):
        synced(world, canary, Phase.INITIALIZING, "")
    elif left <= 0 and not canary["spec"].get("suspend"):
        _advance(world, canary)


def _advance(world: World, canary: Object) -> None:
    namespace = canary["metadata"]["namespace"]
    target = world.get("deployments", canary["spec"]["targetRef"]["name"], namespace)
    if target is None:
        return
    primary = world.get("deployments", primary_name(canary), namespace) or create_primary(world, canary, target)
    phase = Phase(canary["status"]["phase"])
    if phase is Phase.INITIALIZING:
        if readiness(world, canary, primary) is Readiness.READY:
            scale(world, target, 0)
            synced(world, canary, Phase.INITIALIZED, hash_of(target))
        return
    changed = has_changed(canary, target)
    if phase is Phase.FAILED:
        # `shouldAdvance`: the template is noted in this phase too, so that a later one is a change.
        canary = synced(world, canary, Phase.FAILED, hash_of(target))
    if (phase not in _UNDER_WAY and not changed) or readiness(world, canary, primary) is not Readiness.READY:
        return
    if phase not in _UNDER_WAY or phase is Phase.WAITING:
        _begin(world, canary, target)
    elif phase in _ANALYSED and changed:
        synced(world, canary, Phase.PROGRESSING, hash_of(target))
    else:
        _analyse(world, canary, target, primary)


def _begin(world: World, canary: Object, target: Object) -> None:
    """`checkCanaryStatus`: the pods of the changed Deployment start once the gate `confirm-rollout` is open.

    Until then the phase is `Progressing` for a moment at each look.
    """
    canary = synced(world, canary, Phase.PROGRESSING, hash_of(target))
    if _is_open(world, canary, "confirm-rollout"):
        scale(world, target, target["spec"]["replicas"] or 1)
    else:
        in_phase(world, canary, Phase.WAITING)


def _analyse(world: World, canary: Object, target: Object, primary: Object) -> None:
    found = readiness(world, canary, target)
    if found is Readiness.STUCK or (found is Readiness.READY and _is_given_up(world, canary)):
        scale(world, target, 0)
        synced(world, canary, Phase.FAILED, hash_of(target))
    elif found is Readiness.READY:
        _proceed(world, canary, target, primary)


def _is_given_up(world: World, canary: Object) -> bool:
    status = canary["status"]
    if status["phase"] not in _ANALYSED:
        return False
    called_back = _has_gate(canary, "rollback") and _is_open(world, canary, "rollback")
    return called_back or status["failedChecks"] >= canary["spec"]["analysis"].get("threshold", 1)


def _proceed(world: World, canary: Object, target: Object, primary: Object) -> None:
    status = canary["status"]
    match Phase(status["phase"]):
        case Phase.PROMOTING:
            in_phase(world, canary, Phase.FINALISING)
        case Phase.FINALISING:
            scale(world, target, 0)
            in_phase(world, canary, Phase.SUCCEEDED)
        case _ if status["iterations"] and not _is_open(world, canary, "rollout"):
            counted(world, canary, failedChecks=status["failedChecks"] + 1)
        case _:
            _run_blue_green(world, canary, target, primary)


def _run_blue_green(world: World, canary: Object, target: Object, primary: Object) -> None:
    """`runBlueGreen`: after the last iteration comes one more, and then the promotion."""
    done, wanted = canary["status"]["iterations"], canary["spec"]["analysis"]["iterations"]
    if done < wanted:
        counted(world, canary, iterations=done + 1)
    elif not _is_open(world, canary, "confirm-promotion"):
        if canary["status"]["phase"] != Phase.WAITING_PROMOTION:
            in_phase(world, canary, Phase.WAITING_PROMOTION)
        else:
            counted(world, canary, iterations=wanted - 1)
    elif done == wanted:
        counted(world, canary, iterations=done + 1)
    else:
        promote(world, primary, target)
        in_phase(world, canary, Phase.PROMOTING)


def _has_gate(canary: Object, type_: str) -> bool:
    webhooks = canary["spec"].get("analysis", {}).get("webhooks") or ()
    return any(each.get("type", "rollout") == type_ for each in webhooks)


def _is_open(world: World, canary: Object, type_: str) -> bool:
    """Whether nothing holds it up there (pkg/controller/scheduler_hooks.go)."""
    if not _has_gate(canary, type_):
        return True
    settings = world.get("configmaps", SETTINGS, NAMESPACE) or {}
    key = f"{canary['metadata']['namespace']}.{canary['metadata']['name']}.{type_}"
    return bool((settings.get("data") or {}).get(key) == "open")
