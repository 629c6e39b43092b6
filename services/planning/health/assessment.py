"""Assess the health of an object, and whether the last write to a workload has rolled out.

Pure. One function serves every kind; the rules are in `rollouts`, `non_workloads` and `pods`. An assessment of one
moment (an overview) passes neither `started` nor `observations`. A caller that follows a rollout passes both, and
passes the observations of each assessment to the next one: an issue has to last before it counts as a failure.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from domain.resources import Manifest
from services.planning.health.non_workloads import assess_object
from services.planning.health.pods import PodIssue, PodIssueClass, is_final, issues_of, observe, restarts_of
from services.planning.health.revisions import newest_pods, owned_by
from services.planning.health.rollouts import (
    assess_cron_job,
    assess_daemon_set,
    assess_deployment,
    assess_job,
    assess_stateful_set,
    keep_own_observations,
    last_progress,
    progress_of,
    rollout_timeout,
)
from services.planning.health.values import Children, Health, HealthPolicy, HealthState, Observation, Observations

_ROLLING = frozenset({("apps", "Deployment"), ("apps", "StatefulSet"), ("apps", "DaemonSet"), ("batch", "Job")})
# These controllers always report `status.observedGeneration`: where it is absent, they have seen no generation.
_REPORTS_GENERATION = frozenset({("apps", "Deployment"), ("apps", "StatefulSet"), ("apps", "DaemonSet")})
_DELETE_BY_HAND = "A StatefulSet waits for this pod even after its image is set back: delete the pod by hand."


def assess(
    manifest: Manifest | None,
    *,
    now: datetime,
    policy: HealthPolicy,
    children: Children | None = None,
    generation: int | None = None,
    written: bool = False,
    started: datetime | None = None,
    observations: Observations | None = None,
) -> Health:
    """The health of `manifest` at `now`; `manifest` is None where the object does not exist.

    `generation` is that of the write which the caller follows: a status of an older generation says nothing about it.
    `written` says that the object existed when the write returned, so that its absence is a failure. `started` is when
    the caller began to wait; without it there is no timeout.
    """
    if manifest is None:
        state = HealthState.FAILED if written else HealthState.MISSING
        return Health(state=state, reason="Gone" if written else "Missing", message="The object does not exist.")
    if manifest.metadata.get("deletionTimestamp"):
        return Health(state=HealthState.TERMINATING, reason="Terminating", message="It is being deleted.")
    if not _generation_seen(manifest, generation):
        pending = Health(state=HealthState.PENDING, message="Its controller has not seen the change yet.")
        return _timed_out(manifest, started=started, now=now, policy=policy) or pending
    if manifest.id.group_kind == ("batch", "CronJob"):
        return assess_cron_job(manifest)
    if manifest.id.group_kind not in _ROLLING:
        health = assess_object(manifest)
        late = _timed_out(manifest, started=started, now=now, policy=policy)
        return late if late and health.state is HealthState.PROGRESSING else health
    return _assess_workload(
        manifest, children or Children(), started=started, now=now, policy=policy, observations=observations
    )


def _assess_workload(
    workload: Manifest,
    children: Children,
    *,
    started: datetime | None,
    now: datetime,
    policy: HealthPolicy,
    observations: Observations | None,
) -> Health:
    pods = newest_pods(workload, children)
    issues = issues_of(pods, children.events)
    remembered: dict[Any, Observation] = {
        **keep_own_observations(workload, observations or {}),
        **observe(issues, observations or {}, now=now),
    }
    counted = last_progress(workload, started=started, now=now, observations=remembered) if started else None
    health = _by_own_status(workload, started=started, now=now, policy=policy, observations=remembered)
    if health is None:
        followed = remembered if observations is not None else None
        health = (
            _by_pods(workload, issues, followed, now=now, policy=policy)
            or _stuck_on_former_pod(workload, children, now=now, policy=policy)
            or _timed_out(workload, started=counted, now=now, policy=policy)
            or _with_issue(progress_of(workload), issues)
        )
    elif health.reason == "ProgressDeadlineExceeded":
        health = _with_cause(health, issues)
    return replace(health, restarts=restarts_of(pods), observations=remembered)


def _by_own_status(
    workload: Manifest,
    *,
    started: datetime | None,
    now: datetime,
    policy: HealthPolicy,
    observations: dict[Any, Observation],
) -> Health | None:
    match workload.kind.name:
        case "Deployment":
            return assess_deployment(workload, started=started, now=now, policy=policy, observations=observations)
        case "StatefulSet":
            return assess_stateful_set(workload)
        case "DaemonSet":
            return assess_daemon_set(workload, policy=policy)
        case _:
            return assess_job(workload)


def _by_pods(
    workload: Manifest,
    issues: tuple[PodIssue, ...],
    observations: Mapping[tuple[str, str, str], Observation] | None,
    *,
    now: datetime,
    policy: HealthPolicy,
) -> Health | None:
    is_job = workload.kind.name == "Job"
    for issue in issues:
        if is_job and issue.kind is PodIssueClass.CRASH:
            continue  # a Job counts its attempts itself (backoffLimit) and reports when none is left
        if is_final(issue, observations, now=now, policy=policy):
            progress = progress_of(workload)
            return replace(
                progress,
                state=HealthState.FAILED,
                reason=issue.reason,
                message=issue.sentence + _forced_rollback_hint(workload),
                pod=issue.pod,
                container=issue.container,
            )
    return None


def _stuck_on_former_pod(
    workload: Manifest, children: Children, *, now: datetime, policy: HealthPolicy
) -> Health | None:
    """An ordered StatefulSet replaces no pod while a pod of a former revision is broken.

    Kubernetes docs, "StatefulSets", section "Forced rollback".
    """
    if workload.kind.name != "StatefulSet" or not _is_ordered(workload):
        return None
    newest_uids = {pod.uid for pod in newest_pods(workload, children)}
    former = [pod for pod in owned_by(workload, children.pods) if pod.uid not in newest_uids]
    for issue in issues_of(former):
        if is_final(issue, None, now=now, policy=policy):
            return replace(
                progress_of(workload),
                state=HealthState.FAILED,
                reason="StuckOnFormerPod",
                message=f"{issue.sentence} {_DELETE_BY_HAND}",
                pod=issue.pod,
                container=issue.container,
            )
    return None


def _with_issue(progress: Health, issues: tuple[PodIssue, ...]) -> Health:
    """An issue that is not final yet is shown, too, so that a person sees what the rollout waits for."""
    if not issues:
        return progress
    first = issues[0]
    return replace(
        progress,
        reason=first.reason,
        message=f"{progress.message} {first.sentence}",
        pod=first.pod,
        container=first.container,
    )


def _with_cause(health: Health, issues: tuple[PodIssue, ...]) -> Health:
    """The deadline says that there was no progress, the pods say why: the message has both, the reason is the cause."""
    if not issues:
        return health
    first = issues[0]
    return replace(
        health,
        reason=first.reason,
        message=f"{health.message} {first.sentence}",
        pod=first.pod,
        container=first.container,
    )


def _forced_rollback_hint(workload: Manifest) -> str:
    return f" {_DELETE_BY_HAND}" if workload.kind.name == "StatefulSet" and _is_ordered(workload) else ""


def _is_ordered(workload: Manifest) -> bool:
    return bool(workload.spec.get("podManagementPolicy", "OrderedReady") == "OrderedReady")


def _timed_out(manifest: Manifest, *, started: datetime | None, now: datetime, policy: HealthPolicy) -> Health | None:
    if started is None:
        return None
    limit = rollout_timeout(manifest, policy=policy)
    if (now - started).total_seconds() <= limit:
        return None
    return replace(
        progress_of(manifest) if manifest.id.group_kind in _ROLLING else Health(state=HealthState.FAILED, message=""),
        state=HealthState.FAILED,
        reason="Timeout",
        message=f"It made no progress for {limit:.0f} seconds."
        if manifest.kind.name == "Deployment"
        else f"It was not ready after {limit:.0f} seconds.",
    )


def _generation_seen(manifest: Manifest, generation: int | None) -> bool:
    observed = manifest.status.get("observedGeneration")
    if observed is None:
        return manifest.id.group_kind not in _REPORTS_GENERATION
    # Without a write to follow, the status has to be that of the newest generation of the object.
    awaited = generation if generation is not None else manifest.generation
    return awaited is None or observed >= awaited
