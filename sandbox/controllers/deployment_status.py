"""The status of a Deployment: counts from its ReplicaSets, and three conditions.

Clients assess rollouts by `Progressing`. Its rules, and the order of the conditions, follow the
Deployment controller of Kubernetes (`progress.go`, `syncRolloutStatus`).
"""

from datetime import timedelta

from sandbox.controllers.bounds import bounds_of
from sandbox.controllers.conditions import find_condition
from sandbox.controllers.world import World, parse_time
from sandbox.store import Object

NO_DEADLINE = 2**31 - 1


def put_condition(
    conditions: list[Object], type_: str, status: str, reason: str, message: str, *, now: str
) -> list[Object]:
    """The list with this condition last; unchanged if it says the same status and reason already."""
    old = find_condition(conditions, type_)
    if old and old["status"] == status and old["reason"] == reason:
        return conditions
    since = old["lastTransitionTime"] if old and old["status"] == status else now
    new = {
        "type": type_,
        "status": status,
        "lastUpdateTime": now,
        "lastTransitionTime": since,
        "reason": reason,
        "message": message,
    }
    return [*without(conditions, type_), new]


def without(conditions: list[Object], type_: str) -> list[Object]:
    return [c for c in conditions if c["type"] != type_]


def has_deadline(deployment: Object) -> bool:
    return bool(deployment["spec"].get("progressDeadlineSeconds", NO_DEADLINE) < NO_DEADLINE)


def counted(deployment: Object, replica_sets: list[Object], new: Object | None, *, now: str) -> Object:
    """The status as the ReplicaSets make it, `Available` included, `Progressing` as it was."""
    stati = [rs.get("status") or {} for rs in replica_sets]
    available = _sum(stati, "availableReplicas")
    desired = deployment["spec"]["replicas"]
    total = sum(rs["spec"]["replicas"] for rs in replica_sets)
    old = deployment.get("status") or {}
    counts = {
        "observedGeneration": deployment["metadata"]["generation"],
        "replicas": _sum(stati, "replicas"),
        "updatedReplicas": ((new or {}).get("status") or {}).get("replicas", 0),
        "readyReplicas": _sum(stati, "readyReplicas"),
        "availableReplicas": available,
        "unavailableReplicas": max(0, total - available),
    }
    status: Object = {k: v for k, v in counts.items() if v}
    status["terminatingReplicas"] = _sum(stati, "terminatingReplicas")
    if "collisionCount" in old:
        status["collisionCount"] = old["collisionCount"]
    conditions = old.get("conditions") or []
    if available >= desired - bounds_of(deployment).unavailable:
        words = ("True", "MinimumReplicasAvailable", "Deployment has minimum availability.")
    else:
        words = ("False", "MinimumReplicasUnavailable", "Deployment does not have minimum availability.")
    status["conditions"] = put_condition(conditions, "Available", *words, now=now)
    return status


def rolled_out(deployment: Object, status: Object) -> bool:
    """Kubernetes' own word for it: all pods are of the new template, all are available, none is left over."""
    desired = deployment["spec"]["replicas"]
    counts = ("updatedReplicas", "replicas", "availableReplicas")
    return all(status.get(c, 0) == desired for c in counts)


def sync_rollout_status(world: World, deployment: Object, replica_sets: list[Object], new: Object | None) -> None:
    """Write the status of a rollout under way, with its progress; look again when its deadline will have passed."""
    now = world.stamp()
    status = counted(deployment, replica_sets, new, now=now)
    conditions = status["conditions"]
    old = find_condition(conditions, "Progressing")
    subject = f'ReplicaSet "{(new or deployment)["metadata"]["name"]}"'
    settled = (
        old is not None
        and old["reason"] == "NewReplicaSetAvailable"
        and status.get("replicas", 0) == status.get("updatedReplicas", 0)
    )
    if not has_deadline(deployment):
        conditions = without(conditions, "Progressing")
    elif not settled:
        words = None
        if rolled_out(deployment, status):
            words = ("True", "NewReplicaSetAvailable", f"{subject} has successfully progressed.")
        elif _progressed(deployment.get("status") or {}, status):
            words = ("True", "ReplicaSetUpdated", f"{subject} is progressing.")
            # Progress made again must renew its time, or the deadline would count from the first step.
            conditions = _renewed(conditions)
        elif old is not None and _timed_out(world, deployment, old):
            words = ("False", "ProgressDeadlineExceeded", f"{subject} has timed out progressing.")
        if words:
            conditions = put_condition(conditions, "Progressing", *words, now=now)
    status["conditions"] = _with_failures(conditions, replica_sets, now=now)
    world.update_status(deployment, status)
    _look_at_deadline(world, deployment, status)


def sync_plain_status(world: World, deployment: Object, replica_sets: list[Object], new: Object | None) -> None:
    """Write counts and `Available` alone: while paused, while scaled, while being deleted."""
    world.update_status(deployment, counted(deployment, replica_sets, new, now=world.stamp()))


def _sum(stati: list[Object], field: str) -> int:
    return sum(status.get(field, 0) for status in stati)


def _progressed(old: Object, new: Object) -> bool:
    def left_over(status: Object) -> int:
        return int(status.get("replicas", 0)) - int(status.get("updatedReplicas", 0))

    grown = ("updatedReplicas", "readyReplicas", "availableReplicas")
    return any(new.get(f, 0) > old.get(f, 0) for f in grown) or left_over(new) < left_over(old)


def _renewed(conditions: list[Object]) -> list[Object]:
    """`Progressing` made unlike any reason, its transition time kept, so that putting it writes a new update time."""
    return [{**c, "reason": ""} if c["type"] == "Progressing" else c for c in conditions]


def _deadline(deployment: Object) -> timedelta:
    return timedelta(seconds=deployment["spec"]["progressDeadlineSeconds"])


def _timed_out(world: World, deployment: Object, progressing: Object) -> bool:
    if progressing["reason"] in {"NewReplicaSetAvailable", "DeploymentPaused"}:
        # After success, and while paused, time does not count.
        return False
    if progressing["reason"] == "ProgressDeadlineExceeded":
        return True
    return world.now() > parse_time(progressing["lastUpdateTime"]) + _deadline(deployment)


def _look_at_deadline(world: World, deployment: Object, status: Object) -> None:
    progressing = find_condition(status["conditions"], "Progressing")
    if progressing is None or progressing["reason"] in {"NewReplicaSetAvailable", "ProgressDeadlineExceeded"}:
        return
    passed = parse_time(progressing["lastUpdateTime"]) + _deadline(deployment)
    world.requeue_after(deployment, (passed - world.now()).total_seconds() + 0.001)


def _with_failures(conditions: list[Object], replica_sets: list[Object], *, now: str) -> list[Object]:
    failures = [
        failure
        for rs in replica_sets
        if (failure := find_condition((rs.get("status") or {}).get("conditions") or [], "ReplicaFailure"))
    ]
    if not failures:
        return without(conditions, "ReplicaFailure")
    words = (failures[0]["status"], failures[0]["reason"], failures[0]["message"])
    return put_condition(conditions, "ReplicaFailure", *words, now=now)
