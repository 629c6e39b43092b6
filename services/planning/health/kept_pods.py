"""Workloads whose pods keep a former template until a person acts: nothing replaces them, or a strategy holds it back.

Pure. A StatefulSet or DaemonSet with `OnDelete`, a StatefulSet with a partition, a ReplicationController and a bare
ReplicaSet take a new template and go on running the former one. That is no failure, and it is not ready either.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from domain.resources import Manifest
from services.planning.health.counted import SCALED_TO_ZERO, all_pods
from services.planning.health.values import Health, HealthState, count, holds
from services.planning.images.pod_images import has_images_of
from services.planning.objects.workloads import Container, containers

# The code of a cluster's success where pods keep their former images until a person acts.
PODS_NOT_REPLACED = "pods-not-replaced"

_COPIED = ("command", "args", "workingDir")  # members of a container that no admission changes as a rule


def assess_stateful_set_on_delete(workload: Manifest, newest: Iterable[Manifest]) -> Health | None:
    """A StatefulSet with OnDelete; None while one of its new pods starts.

    `updatedReplicas` decides: with OnDelete the controller never moves `currentRevision` on
    (kubernetes/kubernetes#73492, #106055).
    """
    spec, status = workload.spec, workload.status
    desired, ready = count(spec, "replicas", default=1), count(status, "readyReplicas")
    updated = updated_replicas(workload)
    if updated >= desired:
        return _ready(all_pods(desired, "ready"), ready, desired) if (ready >= desired) else None
    starting = [pod for pod in newest if not holds(pod, "Ready")]
    if updated and ready < desired and (starting or not tuple(newest)):
        return None
    if count(status, "replicas") < desired:
        return None
    return _held(
        "OnDelete",
        f"{updated} of {desired} pods run the new template; the others keep the former one until they are deleted "
        f"(update strategy OnDelete).{_unready(ready, desired)}",
        ready,
        desired,
    )


def assess_partition(workload: Manifest, partition: int) -> Health:
    """A StatefulSet whose pods from the partition on are updated and ready."""
    desired, ready = count(workload.spec, "replicas", default=1), count(workload.status, "readyReplicas")
    updated = updated_replicas(workload)
    if updated >= desired:
        return _ready(all_pods(desired, "ready"), ready, desired)
    return _held(
        "Partition",
        f"{updated} of {desired} pods run the new template; those below ordinal {_first_ordinal(workload) + partition} "
        f"keep the former one until the partition is lowered.{_unready(ready, desired)}",
        ready,
        desired,
    )


def assess_daemon_set_on_delete(workload: Manifest) -> Health | None:
    """A DaemonSet with OnDelete; None while one of its new pods starts."""
    status = workload.status
    desired, ready = count(status, "desiredNumberScheduled"), count(status, "numberReady")
    updated = count(status, "updatedNumberScheduled")
    if updated >= desired:
        return _ready(f"{ready} of {desired} nodes run it.", ready, desired) if ready >= desired else None
    return _held(
        "OnDelete",
        f"{updated} of {desired} nodes run the new template; pods on the others keep the former one until they are "
        f"deleted (update strategy OnDelete).{_unready(ready, desired)}",
        ready,
        desired,
    )


def assess_replicas(workload: Manifest, pods: Iterable[Manifest], *, followed: bool) -> Health | None:
    """A ReplicationController or a bare ReplicaSet, which replaces no pods; None while pods are missing or start.

    `followed`: it was just written, so that pods which cannot be read may be of before.
    """
    spec, status = workload.spec, workload.status
    desired, available = count(spec, "replicas", default=1), count(status, "availableReplicas")
    if available < desired:
        return None
    if not desired:
        return _ready(SCALED_TO_ZERO, available, desired)
    ended = {"Failed", "Succeeded"}  # an evicted pod stays for days, and runs nothing
    owned = [pod for pod in pods if not pod.metadata.get("deletionTimestamp") and pod.status.get("phase") not in ended]
    if not owned:
        message = f"{available} of {desired} pods are available; which template they run cannot be read."
        held = _held("PodsNotReplaced", message, available, desired)
        return held if followed else _ready(message, available, desired)
    runs = sum(has_images_of(workload, pod) and _is_of_template(workload, pod) for pod in owned)
    if runs >= min(desired, len(owned)):
        return _ready(f"{available} of {desired} pods are available.", available, desired)
    return _held(
        "PodsNotReplaced",
        f"{runs} of {desired} pods run the new template; the others keep the former one until they are deleted: a "
        f"{workload.kind.name} replaces no pods.",
        available,
        desired,
    )


def updated_replicas(stateful_set: Manifest) -> int:
    """How many pods run the template. Not all controllers count them where there is one revision only.

    kubernetes/kubernetes#52653, #76748.
    """
    status = stateful_set.status
    if status.get("currentRevision") and status.get("currentRevision") == status.get("updateRevision"):
        return count(status, "replicas")
    return count(status, "updatedReplicas")


def _is_of_template(workload: Manifest, pod: Manifest) -> bool:
    """Whether a pod's containers were made from the workload's template, as far as admission leaves it to be seen."""
    made = {(container.init, container.name): container for container in containers(pod)}
    return all(_is_made_from(made.get((each.init, each.name)), each) for each in containers(workload))


def _is_made_from(container: Container | None, template: Container) -> bool:
    if container is None:
        return False
    env: list[Mapping[str, Any]] = container.body.get("env") or []
    return all(container.body.get(key) == template.body.get(key) for key in _COPIED) and all(
        variable in env for variable in template.body.get("env") or ()
    )


def _first_ordinal(workload: Manifest) -> int:
    return count(workload.spec.get("ordinals") or {}, "start")


def _unready(ready: int, desired: int) -> str:
    return f" {ready} of {desired} pods are ready." if ready < desired else ""


def _ready(message: str, ready: int, desired: int) -> Health:
    return Health(state=HealthState.READY, message=message, ready=ready, desired=desired)


def _held(reason: str, message: str, ready: int, desired: int) -> Health:
    return Health(state=HealthState.SUSPENDED, reason=reason, message=message, ready=ready, desired=desired, held=True)
