"""When the end of a Job is no longer waited for. Pure.

A Job may work for hours, so who follows it waits until it has ended, or has run for a while without trouble: then its
image was pulled, its configuration was there, and it did not crash.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from domain.resources import Manifest
from services.planning.health.obstacles import Obstacles
from services.planning.health.values import Health, HealthPolicy, moment


def settled_job(progress: Health, found: Obstacles, *, now: datetime, policy: HealthPolicy) -> Health:
    """The progress of a Job; settled where its pods have run for `policy.job_steady` seconds.

    An attempt that failed need not be the Job's end: its pod may have been evicted, and the Job counts its attempts
    itself. So the one that follows has to run for longer than those that failed.
    """
    longest = max((_duration(pod) for pod in found.pods if pod.status.get("phase") == "Failed"), default=timedelta())
    if not pods_run(found, now=now, seconds=max(policy.job_steady, longest.total_seconds())):
        return progress
    return replace(progress, settled=True, message=f"It runs, and its end is not waited for. {progress.message}")


def pods_run(found: Obstacles, *, now: datetime, seconds: float) -> bool:
    """Whether the containers of a pod have run or have ended well for so long, and no pod has an issue."""
    trouble = found.refusal or found.issues or found.hold_ups
    return not trouble and any(_runs(pod, now=now, seconds=seconds) for pod in found.pods)


def _runs(pod: Manifest, *, now: datetime, seconds: float) -> bool:
    """A pod that has succeeded proves as much as one that runs: a Job of many short runs has no other."""
    if pod.status.get("phase") == "Succeeded":
        since = [_time(status, "terminated", "finishedAt") for status in _statuses(pod)]
    else:
        since = [_time(status, "running", "startedAt") for status in _statuses(pod)]
    return bool(since) and all(at is not None and (now - at).total_seconds() >= seconds for at in since)


def _duration(pod: Manifest) -> timedelta:
    """For how long its longest container ran, as far as that is known."""
    runs = []
    for status in _statuses(pod):
        began, ended = _time(status, "terminated", "startedAt"), _time(status, "terminated", "finishedAt")
        if began is not None and ended is not None:
            runs.append(ended - began)
    return max(runs, default=timedelta())


def _statuses(pod: Manifest) -> Iterable[Mapping[str, object]]:
    statuses: Iterable[Mapping[str, object]] = pod.status.get("containerStatuses") or ()
    return statuses


def _time(status: Mapping[str, object], state: str, key: str) -> datetime | None:
    states = status.get("state")
    found = states.get(state) if isinstance(states, Mapping) else None
    return moment(found.get(key)) if isinstance(found, Mapping) else None
