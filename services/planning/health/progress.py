"""What is remembered of a workload itself: its last progress, and since when it reports what it reports. Pure.

Kubernetes counts a Deployment's `progressDeadlineSeconds` from its last progress, so that a slow rollout which advances
does not time out. The same holds here for StatefulSets and DaemonSets, which have no deadline of their own: one with
fifty pods is not broken because it is long.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from domain.resources import Manifest
from services.planning.health.values import Observation, Observations, condition, conditions_of, count, moment

_PROGRESS = "Progress"  # the reason under which observations keep the last progress


def last_progress(
    workload: Manifest, *, started: datetime, now: datetime, observations: dict[Any, Observation]
) -> datetime:
    """The time from which a rollout's timeout counts. Adds to `observations`.

    The progress that this process observed counts; before it observed any (after a restart), the time in a Deployment's
    Progressing condition does, and for other workloads the start.
    """
    marks = _marks(workload)
    if marks is None:
        return started
    key = (workload.uid or workload.name, "", _PROGRESS)
    known = observations.get(key)
    if known is None:
        progressing = condition(workload, "Progressing") or {}
        reported = moment(progressing.get("lastUpdateTime")) if progressing.get("status") == "True" else None
        since = max(started, min(reported, now)) if reported else started
    else:
        earlier = (known.version or "").split()
        since = now if any(mark > int(was) for mark, was in zip(marks, earlier, strict=True)) else known.since
    observations[key] = Observation(since=since, times=1, version=" ".join(map(str, marks)))
    return since


def first_seen(
    workload: Manifest, reason: str, *, at: datetime | None, now: datetime, observations: dict[Any, Observation]
) -> datetime:
    """Since when a workload reports `reason`, at the latest `now`. Adds to `observations`."""
    key = (workload.uid or workload.name, "", reason)
    known = observations.get(key)
    if known is None:
        known = Observation(since=min(at, now) if at else now, times=1, version=workload.resource_version)
        observations[key] = known
    return known.since


def keep_own_observations(
    workload: Manifest, observations: Observations, *, reasons: Iterable[str] = ()
) -> dict[Any, Observation]:
    """The observations that were made of the workload: its progress, and the reasons that it still reports.

    `reasons` are those that something else than its conditions reports, as an event.
    """
    uid = workload.uid or workload.name
    reported = {_PROGRESS, *reasons} | {
        str(entry.get("reason"))
        for entry in conditions_of(workload)
        if entry.get("type") in {"Progressing", "ReplicaFailure"}
    }
    return {
        key: observation
        for key, observation in observations.items()
        if key[0] == uid and not key[1] and key[2] in reported
    }


def _marks(workload: Manifest) -> tuple[int, ...] | None:
    """The counts of which a rise is progress; None for a workload without a rollout.

    Those of a Deployment are those of its controller, the last being minus the number of old pods
    (`DeploymentProgressing` in pkg/controller/deployment/util/deployment_util.go).
    """
    status = workload.status
    match workload.kind.name:
        case "Deployment":
            updated = count(status, "updatedReplicas")
            surplus = updated - count(status, "replicas")
            return updated, count(status, "readyReplicas"), count(status, "availableReplicas"), surplus
        case "StatefulSet" | "CloneSet":
            return tuple(count(status, key) for key in ("updatedReplicas", "readyReplicas", "availableReplicas"))
        case "Rollout":
            counts = ("updatedReplicas", "readyReplicas", "availableReplicas", "currentStepIndex")
            return tuple(count(status, key) for key in counts)
        case "DaemonSet":
            return tuple(count(status, key) for key in ("updatedNumberScheduled", "numberReady", "numberAvailable"))
        case _:
            return None
