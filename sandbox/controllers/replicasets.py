"""ReplicaSets: the desired number of pods, and the counts in the status."""

from sandbox.controllers.conditions import find_condition, is_true
from sandbox.controllers.templates import create_pod, delete_pod, is_active, is_terminating, pod_from
from sandbox.controllers.world import World, parse_time
from sandbox.store import Object

COMPONENT = "replicaset-controller"


def reconcile(world: World, rs: Object) -> None:
    """Report what is there, then create or delete what is missing or too much."""
    pods = world.controlled(rs, "pods")
    active = [pod for pod in pods if is_active(pod)]
    missing = rs["spec"]["replicas"] - len(active)
    failure = None
    if rs["metadata"].get("deletionTimestamp"):
        missing = 0
    if missing > 0:
        failure = _create(world, rs, missing)
    elif missing < 0:
        for pod in sorted(active, key=_first_to_go)[:-missing]:
            delete_pod(world, rs, pod, component=COMPONENT)
    terminating = sum(is_terminating(pod) for pod in pods)
    world.update_status(rs, _status(world, rs, active, terminating=terminating, failure=failure))


def _create(world: World, rs: Object, missing: int) -> str | None:
    for _ in range(missing):
        refusal = create_pod(world, rs, pod_from(rs, rs["spec"]["template"]), component=COMPONENT)
        if refusal is not None:
            return refusal
    return None


def _first_to_go(pod: Object) -> tuple[bool, bool, str]:
    """Not scheduled before scheduled, not ready before ready: what is missed least goes first."""
    return ("nodeName" in pod["spec"], is_true(pod, "Ready"), pod["metadata"]["creationTimestamp"])


def available_in(world: World, pod: Object, min_ready_seconds: int) -> float | None:
    """Seconds until a pod counts as available (0: it does), or None while it is not ready."""
    ready = find_condition(pod.get("status", {}).get("conditions") or [], "Ready")
    if ready is None or ready["status"] != "True" or is_terminating(pod):
        return None
    since = (world.now() - parse_time(ready["lastTransitionTime"])).total_seconds()
    return max(0.0, min_ready_seconds - since) if min_ready_seconds else 0.0


def count_available(world: World, owner: Object, pods: list[Object], min_ready_seconds: int) -> int:
    """How many pods are available; schedules a reconciliation of the owner for when the next one will be."""
    waits = [wait for pod in pods if (wait := available_in(world, pod, min_ready_seconds)) is not None]
    if later := [wait for wait in waits if wait > 0]:
        world.requeue_after(owner, min(later))
    return sum(wait == 0 for wait in waits)


def _status(world: World, rs: Object, active: list[Object], *, terminating: int, failure: str | None) -> Object:
    labels = (rs["spec"]["template"]["metadata"].get("labels") or {}).items()
    counts = {
        "fullyLabeledReplicas": sum(labels <= (pod["metadata"].get("labels") or {}).items() for pod in active),
        "readyReplicas": sum(is_true(pod, "Ready") for pod in active),
        "availableReplicas": count_available(world, rs, active, rs["spec"].get("minReadySeconds", 0)),
    }
    status: Object = {"replicas": len(active)}
    status |= {k: v for k, v in counts.items() if v}
    status |= {"terminatingReplicas": terminating, "observedGeneration": rs["metadata"]["generation"]}
    if failure is not None:
        old = find_condition((rs.get("status") or {}).get("conditions") or [], "ReplicaFailure")
        since = old["lastTransitionTime"] if old else world.stamp()
        words = {"reason": "FailedCreate", "message": failure}
        status["conditions"] = [{"type": "ReplicaFailure", "status": "True", "lastTransitionTime": since, **words}]
    return status
