"""When the end of a Job is no longer waited for. Pure.

A Job may work for hours, so who follows it waits until it has ended, or has run for a while without trouble: then its
image was pulled, its configuration was there, and it did not crash.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from domain.resources import Manifest
from services.planning.health.obstacles import Obstacles
from services.planning.health.values import Health, HealthPolicy, moment


def settled_job(progress: Health, found: Obstacles, *, now: datetime, policy: HealthPolicy) -> Health:
    """The progress of a Job; settled where its pods have run for `policy.job_steady` seconds."""
    if not pods_run(found, now=now, seconds=policy.job_steady):
        return progress
    return replace(progress, settled=True, message=f"It runs, and its end is not waited for. {progress.message}")


def pods_run(found: Obstacles, *, now: datetime, seconds: float) -> bool:
    """Whether the containers of a pod have run for so long, and no pod has an issue or has failed."""
    return not found.all and any(_runs(pod, now=now, seconds=seconds) for pod in found.pods)


def _runs(pod: Manifest, *, now: datetime, seconds: float) -> bool:
    began = [_began(status) for status in pod.status.get("containerStatuses") or ()]
    return bool(began) and all(at is not None and (now - at).total_seconds() >= seconds for at in began)


def _began(status: Mapping[str, object]) -> datetime | None:
    state = status.get("state")
    running = state.get("running") if isinstance(state, Mapping) else None
    return moment(running.get("startedAt")) if isinstance(running, Mapping) else None
