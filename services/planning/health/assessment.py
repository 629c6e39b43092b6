"""Assess the health of an object, and whether the last write to a workload has rolled out.

Pure. One function serves every kind; the rules are in `rollouts`, `non_workloads` and `pods`. An assessment of one
moment (an overview) passes neither `started` nor `observations`. A caller that follows a rollout passes both, and
passes the observations of each assessment to the next one: an issue has to last before it counts as a failure.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

from domain.declared_kinds import Declaration
from domain.resources import Manifest
from services.planning.health.creation import MOVED, is_given_up
from services.planning.health.declared import assess_declared
from services.planning.health.driven import assess_canary, has_template_of, told_of
from services.planning.health.jobs import pods_run, settled_job
from services.planning.health.kept_pods import assess_replicas
from services.planning.health.non_workloads import assess_object, assess_pod
from services.planning.health.obstacles import DELETE_BY_HAND, Obstacles, gather, is_ordered, stuck, told
from services.planning.health.patience import is_final
from services.planning.health.pod_issue import PodIssue, PodIssueClass
from services.planning.health.progress import keep_own_observations, last_progress
from services.planning.health.restarts import last_restart_of, restarts_of
from services.planning.health.rollout_drivers import NO_DRIVERS, ROLLOUT, Drivers, driver_of
from services.planning.health.rollout_rules import assess_by_rules, rules_of
from services.planning.health.rollouts import (
    SECONDS_A_POD,
    assess_cron_job,
    assess_daemon_set,
    assess_deployment,
    assess_job,
    assess_stateful_set,
    progress_of,
    rollout_timeout,
)
from services.planning.health.values import (
    Children,
    Health,
    HealthPolicy,
    HealthState,
    Observation,
    Observations,
    moment,
    observed_generation,
)
from services.planning.objects.workloads import is_workload

# These controllers always report `status.observedGeneration`: where it is absent, they have seen no generation.
_REPORTS_GENERATION = frozenset({("apps", "Deployment"), ("apps", "StatefulSet"), ("apps", "DaemonSet")})
_WRITING = timedelta(minutes=2)  # a rollout's time begins when all objects are written, of which there may be many
_FORMER = "former"  # the reason under which observations keep how long a former pod has been in the way


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
    proven: Collection[str] = (),
    declaration: Declaration | None = None,
    changed: datetime | None = None,
) -> Health:
    """The health of `manifest` at `now`; `manifest` is None where the object does not exist.

    `generation` is that of the write which the caller follows: a status of an older generation says nothing about it.
    `written` says that the object existed when the write returned, so that its absence is a failure. `started` is when
    the caller began to wait; without it there is no timeout. `proven` are the containers whose image is known to be in
    its repository, though its reference names no digest. `declaration` is what is declared of a custom kind.
    `changed` is when the change was written, where its time has begun anew since: restarts count from there.
    """
    if manifest is None:
        state = HealthState.FAILED if written else HealthState.MISSING
        return Health(state=state, reason="Gone" if written else "Missing", message="The object does not exist.")
    if manifest.metadata.get("deletionTimestamp"):
        return Health(state=HealthState.TERMINATING, reason="Terminating", message="It is being deleted.")
    beside = children or Children()
    driver = driver_of(manifest, beside.drivers.found)
    rollout = driver if driver is not None and driver.id.group_kind == (ROLLOUT.group, ROLLOUT.name) else None
    awaited = generation if generation is not None else manifest.generation
    if rollout is not None and has_template_of(rollout, awaited):
        health = assess(
            rollout,
            now=now,
            policy=policy,
            children=replace(beside, drivers=NO_DRIVERS),
            started=started,
            observations=observations,
            proven=proven,
            changed=changed,
        )
        health = told_of(rollout, health)
    elif rollout is not None or not generation_seen(manifest, generation):
        pending = Health(state=HealthState.PENDING, message="Its controller has not seen the change yet.")
        health = _timed_out(manifest, started=started, now=now, policy=policy) or pending
    elif manifest.id.group_kind == ("batch", "CronJob"):
        health = assess_cron_job(manifest)
    elif declaration is not None or not is_workload(manifest.kind):
        health = assess_declared(manifest, declaration.health) if declaration else assess_object(manifest, now=now)
        late = _timed_out(manifest, started=started, now=now, policy=policy)
        health = late if late and health.state in {HealthState.PROGRESSING, HealthState.UNKNOWN} else health
    else:
        found = gather(
            manifest, beside, started=started, changed=changed, now=now, before=observations or {}, proven=proven
        )
        canary = _Canary(driver, beside.drivers) if driver is not None else None
        health = _assess_workload(
            manifest, found, canary, started=started, now=now, policy=policy, observations=observations
        )
    return health


class _Canary(NamedTuple):
    """The Canary that drives a workload, with what was read beside it."""

    manifest: Manifest
    beside: Drivers


def _assess_workload(
    workload: Manifest,
    found: Obstacles,
    canary: _Canary | None = None,
    *,
    started: datetime | None,
    now: datetime,
    policy: HealthPolicy,
    observations: Observations | None,
) -> Health:
    followed = observations is not None
    refused = (found.refusal.reason, MOVED) if found.refusal else ()
    found.observations.update(keep_own_observations(workload, observations or {}, reasons=refused))
    since = last_progress(workload, started=started, now=now, observations=found.observations) if started else None
    health = _by_own_status(workload, found, started=started, now=now, policy=policy)
    if canary is not None:
        judged = assess_canary(workload, canary.manifest, canary.beside, health, started=started)
        health = told_of(canary.manifest, judged) if judged is not None else None
    if health is None:
        health = (
            _by_refusal(workload, found, since=since, now=now, policy=policy)
            or _by_pods(workload, found, started=started, followed=followed, now=now, policy=policy)
            or _by_former_pod(workload, found, observations, now=now, policy=policy)
            or _by_time(workload, found, started=started, since=since, now=now, policy=policy)
            or _under_way(workload, found, started=started, since=since, now=now, policy=policy)
        )
    elif health.reason == "ProgressDeadlineExceeded":
        health = replace(told(health, found.all), blameless=found.blameless)
    elif health.state in {HealthState.READY, HealthState.WAITING}:
        health = _in_crash_loop(workload, health, found, followed=followed, policy=policy)
    return replace(
        health,
        restarts=restarts_of(found.pods),
        last_restart=last_restart_of(found.pods),
        observations=found.observations,
    )


def _by_own_status(
    workload: Manifest,
    found: Obstacles,
    *,
    started: datetime | None,
    now: datetime,
    policy: HealthPolicy,
) -> Health | None:
    match workload.kind.name:
        case "Deployment":
            remembered = found.observations
            return assess_deployment(workload, started=started, now=now, policy=policy, observations=remembered)
        case "StatefulSet":
            return assess_stateful_set(workload, found.pods)
        case "DaemonSet":
            return assess_daemon_set(workload, policy=policy, obstacles=found.hold_ups)
        case "Job":
            return assess_job(workload)
        case "Pod":
            pod = assess_pod(workload)
            return pod if pod.state is not HealthState.PROGRESSING else None
        case _:
            rules = rules_of(workload.kind)
            if rules is None:
                health = assess_replicas(workload, found.pods, followed=started is not None)
            else:
                health = assess_by_rules(workload, rules)
            return health


def _by_refusal(
    workload: Manifest, found: Obstacles, *, since: datetime | None, now: datetime, policy: HealthPolicy
) -> Health | None:
    """Pods that cannot be created. A service account that is missing or a quota that is full may be mended."""
    refusal = found.refusal
    if refusal is None or not is_given_up(
        workload,
        refusal,
        moving=found.moving,
        progressed=since,
        now=now,
        patience=policy.configuration,
        observations=found.observations,
    ):
        return None
    return replace(
        progress_of(workload),
        state=HealthState.FAILED,
        reason=refusal.reason,
        message=refusal.sentence,
        blameless=refusal.obstacle.blameless,
    )


def _by_pods(
    workload: Manifest,
    found: Obstacles,
    *,
    started: datetime | None,
    followed: bool,
    now: datetime,
    policy: HealthPolicy,
) -> Health | None:
    observations = found.observations if followed else None
    final = [
        issue
        for issue in found.issues
        # A Job counts its attempts itself (backoffLimit) and reports when none is left.
        if not (workload.kind.name == "Job" and issue.kind is PodIssueClass.CRASH)
        and is_final(issue, observations, now=now, policy=policy, created_now=_created_now(workload, started))
    ]
    if not final:
        return None
    worst = min(final, key=lambda issue: issue.blameless)
    return replace(
        progress_of(workload),
        state=HealthState.FAILED,
        reason=worst.reason,
        message=worst.sentence + (f" {DELETE_BY_HAND}" if is_ordered(workload) else ""),
        pod=worst.pod,
        container=worst.container,
        blameless=worst.blameless and found.blameless,
    )


def _created_now(workload: Manifest, started: datetime | None) -> bool:
    """Whether the change created it, and nobody has changed it since: then it has no former template that ran."""
    created = moment(workload.metadata.get("creationTimestamp"))
    untouched = workload.generation in {None, 1}
    return untouched and started is not None and created is not None and created >= started - _WRITING


def _by_former_pod(
    workload: Manifest,
    found: Obstacles,
    observations: Observations | None,
    *,
    now: datetime,
    policy: HealthPolicy,
) -> Health | None:
    """An ordered StatefulSet replaces no pod while a pod of a former revision is broken.

    That pod may become ready again, or be deleted by a person, so it is told at once and is final only later.
    """
    for issue in found.stuck_on:
        if not _has_stayed(issue, found, observations, now=now, policy=policy):
            continue
        return replace(
            progress_of(workload),
            state=HealthState.FAILED,
            reason="StuckOnFormerPod",
            message=stuck(issue).sentence,
            pod=issue.pod,
            container=issue.container,
            blameless=True,
        )
    return None


def _has_stayed(
    issue: PodIssue, found: Obstacles, observations: Observations | None, *, now: datetime, policy: HealthPolicy
) -> bool:
    if observations is None:
        return is_final(issue, None, now=now, policy=policy)
    key = (issue.pod_uid, "", _FORMER)
    seen = observations.get(key) or Observation(since=now, times=1, version=issue.pod_version)
    found.observations[key] = seen
    return issue.kind is not PodIssueClass.SCHEDULING and (now - seen.since).total_seconds() >= policy.configuration


def _by_time(
    workload: Manifest,
    found: Obstacles,
    *,
    started: datetime | None,
    since: datetime | None,
    now: datetime,
    policy: HealthPolicy,
) -> Health | None:
    late = _timed_out(workload, started=since, now=now, policy=policy, advanced=since != started)
    if late is None or (workload.kind.name == "Job" and pods_run(found, now=now, seconds=0)):
        return None
    told_late = told(late, found.all)
    return replace(told_late, reason=late.reason, blameless=found.blameless)


def _under_way(
    workload: Manifest,
    found: Obstacles,
    *,
    started: datetime | None,
    since: datetime | None,
    now: datetime,
    policy: HealthPolicy,
) -> Health:
    """Its progress, with what holds it up."""
    progress = progress_of(workload)
    if since is not None and workload.kind.name == "Job":
        progress = settled_job(progress, found, now=now, policy=policy)
    advancing = (
        since is not None and since != started and (now - since).total_seconds() <= SECONDS_A_POD and not found.suspect
    )
    return replace(told(progress, found.all), blameless=found.blameless, advancing=advancing)


def _in_crash_loop(
    workload: Manifest, health: Health, found: Obstacles, *, followed: bool, policy: HealthPolicy
) -> Health:
    """A workload that is ready, or waits, for a moment, as a container that crashes again and again runs just now.

    Without a readiness probe a container is ready as soon as it runs. What is shown must not change at each restart.
    """
    for issue in found.issues:
        looping = issue.restarts is not None and issue.restarts.in_a_row >= policy.restarts
        if not looping or workload.kind.name == "Job":
            continue
        return replace(
            health,
            state=HealthState.PROGRESSING if followed else HealthState.FAILED,
            needs_person=False,
            reason=issue.reason,
            message=issue.sentence,
            pod=issue.pod,
            container=issue.container,
        )
    return health


def _timed_out(
    manifest: Manifest, *, started: datetime | None, now: datetime, policy: HealthPolicy, advanced: bool = False
) -> Health | None:
    """`advanced`: it made progress after the change, and `started` is when it last did."""
    if started is None:
        return None
    limit = rollout_timeout(manifest, policy=policy)
    if (now - started).total_seconds() <= limit:
        return None
    return replace(
        progress_of(manifest) if is_workload(manifest.kind) else Health(state=HealthState.FAILED, message=""),
        state=HealthState.FAILED,
        reason="Timeout",
        message=f"It made no progress for {limit:.0f} seconds."
        if advanced or manifest.kind.name == "Deployment"
        else f"It was not ready after {limit:.0f} seconds.",
    )


def generation_seen(manifest: Manifest, generation: int | None = None) -> bool:
    """Whether the status is that of this generation; without one, of the newest of the object."""
    observed = observed_generation(manifest.status)
    if observed is None:
        return manifest.id.group_kind not in _REPORTS_GENERATION
    awaited = generation if generation is not None else manifest.generation
    return awaited is None or observed >= awaited
