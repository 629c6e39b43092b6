"""Canaries of Argo Rollouts: from one template to the next by steps, at which a person may be waited for.

One look does what one reconciliation does (rollout/canary.go `rolloutCanary`): it scales for the present step, sees
whether the step is completed, and writes the status, which brings about the next look.
"""

from math import ceil
from typing import Any

from sandbox.argo_rollouts.replica_sets import count, hash_of, of_template, scale, template_name
from sandbox.controllers.world import Topic, World, parse_time
from sandbox.store import Object, thaw

NAMESPACE, SETTINGS = "argo-rollouts", "argo-rollouts-config"
"""The ConfigMap with the settings of Argo Rollouts: where it is missing, no Argo Rollouts runs in the cluster."""

WORKLOAD_GENERATION = "rollout.argoproj.io/workload-generation"
_DEADLINE = 600  # `DefaultProgressDeadlineSeconds` (utils/defaults/defaults.go)
_UNITS = {"s": 1, "m": 60, "h": 3600}


def reconcile(world: World, rollout: Object) -> None:
    """Take one Rollout one step further."""
    world.wait_for(rollout, Topic("configmaps", NAMESPACE))
    if world.get("configmaps", SETTINGS, NAMESPACE) is None or rollout["metadata"].get("deletionTimestamp"):
        return
    source = _source(world, rollout)
    if source is None:
        return
    rollout = _with_workload_generation(world, rollout, source)
    template, selector = source["spec"]["template"], source["spec"].get("selector") or {}
    status = _begun(rollout, template_name(template))
    if not rollout["spec"].get("paused"):
        _proceed(world, rollout, template, selector, status)
    _report(world, rollout, status)


def _source(world: World, rollout: Object) -> Object | None:
    """What has the template: the Rollout, or the workload that it refers to (utils/rollout templateref)."""
    reference = rollout["spec"].get("workloadRef")
    if reference is None:
        return rollout
    namespace = rollout["metadata"]["namespace"]
    world.wait_for(rollout, Topic("deployments", namespace, reference["name"]))
    return world.get("deployments", reference["name"], namespace)


def _with_workload_generation(world: World, rollout: Object, source: Object) -> Object:
    """The template resolver notes which generation of the workload it has resolved (`workload-generation`)."""
    if source is rollout:
        return rollout
    generation = str(source["metadata"]["generation"])
    if (rollout["metadata"].get("annotations") or {}).get(WORKLOAD_GENERATION) == generation:
        return rollout
    changed = thaw(rollout)
    changed["metadata"].setdefault("annotations", {})[WORKLOAD_GENERATION] = generation
    return world.update(changed)


def _steps(rollout: Object) -> list[Any]:
    return ((rollout["spec"].get("strategy") or {}).get("canary") or {}).get("steps") or []


def _begun(rollout: Object, newest: str) -> Object:
    """The status to go on from. A new template begins at the first step, and takes pauses and aborts back.

    The first template has no steps, nor has the way back to the stable one (`syncRolloutStatusCanary`).
    """
    status: Object = thaw(rollout.get("status") or {})
    if status.get("currentPodHash") != newest:
        stable = status.get("stableRS", "")
        skips = stable in {"", newest}
        status |= {
            "currentPodHash": newest,
            "currentStepIndex": len(_steps(rollout)) if skips else 0,
            "pauseConditions": None,
            "controllerPause": False,
            "abort": False,
        }
    return status


def _proceed(world: World, rollout: Object, template: Object, selector: Object, status: Object) -> None:
    """Scale for the present step, and take note in `status` of what is completed."""
    steps, replicas = _steps(rollout), rollout["spec"].get("replicas", 1)
    new = of_template(world, rollout, template, selector)
    others = [rs for rs in world.controlled(rollout, "replicasets") if hash_of(rs) != hash_of(new)]
    stable = next((rs for rs in others if hash_of(rs) == status.get("stableRS")), None)
    if status.get("abort"):
        status |= {"currentStepIndex": 0, "pauseConditions": None, "controllerPause": False}
    wanted = replicas if stable is None else _pods_of(_weight(steps, status), replicas)
    scale(world, new, wanted)
    for rs in others:
        scale(world, rs, replicas - wanted if rs is stable else 0)
    if status.get("abort"):
        status.setdefault("abortedAt", world.stamp())
        return
    status.pop("abortedAt", None)
    available = count([new], "availableReplicas")
    if status["currentStepIndex"] < len(steps):
        _step(world, rollout, steps[status["currentStepIndex"]], status, reached=available >= wanted)
    elif available >= replicas:
        status["stableRS"] = hash_of(new)


def _weight(steps: list[Any], status: Object) -> int:
    """That of the last step so far that sets one (utils/replicaset/canary.go `GetCurrentSetWeight`)."""
    if status.get("abort"):
        return 0
    index = status["currentStepIndex"]
    if index >= len(steps):
        return 100
    return next((step["setWeight"] for step in reversed(steps[: index + 1]) if "setWeight" in step), 0)


def _pods_of(weight: int, replicas: int) -> int:
    """Rounded up, so that a weight has a pod (`CalculateReplicaCountsForBasicCanary`)."""
    return min(replicas, ceil(replicas * weight / 100))


def _step(world: World, rollout: Object, step: Any, status: Object, *, reached: bool) -> None:
    completed = _has_paused(world, rollout, step["pause"] or {}, status) if "pause" in step else reached
    if completed:
        status |= {
            "currentStepIndex": status["currentStepIndex"] + 1,
            "pauseConditions": None,
            "controllerPause": False,
        }


def _has_paused(world: World, rollout: Object, pause: Object, status: Object) -> bool:
    """Whether a pause is over: its time has passed, or a person has taken its condition away (rollout/pause.go
    `CompletedCanaryPauseStep`).
    """
    conditions = status.get("pauseConditions")
    if not conditions:
        if status.get("controllerPause"):
            return True
        begun = {"reason": "CanaryPauseStep", "startTime": world.stamp()}
        status |= {"pauseConditions": [begun], "controllerPause": True}
        conditions = [begun]
    if pause.get("duration") is None:
        return False
    passed = (world.now() - parse_time(conditions[0]["startTime"])).total_seconds()
    left = _seconds(pause["duration"]) - passed
    if left > 0:
        world.requeue_after(rollout, left)
    return left <= 0


def _seconds(duration: int | str) -> int:
    """A number of seconds, or one with a unit (`DurationSeconds`, pkg/apis/rollouts/v1alpha1/types.go)."""
    text = str(duration)
    return int(text) if text.isdigit() else int(text[:-1]) * _UNITS[text[-1]]


def _report(world: World, rollout: Object, status: Object) -> None:
    """The counts and the phase (utils/rollout/rolloututil.go `CalculateRolloutPhase`)."""
    replica_sets = world.controlled(rollout, "replicasets")
    new = [rs for rs in replica_sets if hash_of(rs) == status["currentPodHash"]]
    status |= {
        "replicas": count(replica_sets, "replicas"),
        "readyReplicas": count(replica_sets, "readyReplicas"),
        "availableReplicas": count(replica_sets, "availableReplicas"),
        "updatedReplicas": count(new, "replicas"),
        "observedGeneration": str(rollout["metadata"]["generation"]),
    }
    generation = (rollout["metadata"].get("annotations") or {}).get(WORKLOAD_GENERATION)
    if generation is not None:
        status["workloadObservedGeneration"] = generation
    status["phase"], status["message"] = _phase(world, rollout, status)
    world.update_status(rollout, {name: value for name, value in status.items() if value not in (None, "")})


def _phase(world: World, rollout: Object, status: Object) -> tuple[str, str]:
    if rollout["spec"].get("paused"):
        return "Paused", "manually paused"
    if status.get("abort"):
        return "Degraded", f"RolloutAborted: Rollout aborted update to {status['currentPodHash']}"
    if status.get("pauseConditions"):
        return "Paused", status["pauseConditions"][0]["reason"]
    replicas = rollout["spec"].get("replicas", 1)
    promoted = status.get("stableRS") == status["currentPodHash"]
    if promoted and status["availableReplicas"] >= replicas and status["replicas"] == replicas:
        return "Healthy", ""
    progress = f"{status['currentPodHash']} {status['currentStepIndex']} {status['availableReplicas']}"
    limit = rollout["spec"].get("progressDeadlineSeconds", _DEADLINE)
    left = limit - world.elapsed(rollout, "progress", progress)
    if left <= 0:
        name = f"{rollout['metadata']['name']}-{status['currentPodHash']}"
        return "Degraded", f'ProgressDeadlineExceeded: ReplicaSet "{name}" has timed out progressing.'
    world.requeue_after(rollout, left)
    return "Progressing", "more replicas need to be updated"
