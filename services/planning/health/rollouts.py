"""When a workload counts as rolled out: the rules for Deployments, StatefulSets, DaemonSets, Jobs and CronJobs.

Pure. The rules follow the controllers' definition of "complete" (Kubernetes docs, "Deployments", "Complete
Deployment"; `DeploymentComplete` in pkg/controller/deployment/util), and are stricter where `kubectl rollout status`,
Argo CD and kstatus differ: old pods have to be gone, and ready pods have to be of the newest revision. Each rule
returns a `Health`, or None where the object's status does not decide: then its pods and the time do.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from domain.resources import Manifest
from services.planning.health.counted import all_pods
from services.planning.health.kept_pods import (
    assess_daemon_set_on_delete,
    assess_partition,
    assess_stateful_set_on_delete,
    updated_replicas,
)
from services.planning.health.progress import first_seen
from services.planning.health.rollout_rules import progress_by_rules, rules_of
from services.planning.health.values import (
    Health,
    HealthPolicy,
    HealthState,
    Observation,
    Obstacle,
    condition,
    count,
    holds,
    moment,
)
from services.planning.objects.workloads import pod_spec

# math.MaxInt32 means "no deadline" (`HasProgressDeadline`): the controller then keeps no Progressing condition.
_NO_DEADLINE = 2_147_483_647
SECONDS_A_POD = 300
_USUAL_GRACE = 30
_MESSAGE_LENGTH = 300


def rollout_timeout(workload: Manifest, *, policy: HealthPolicy) -> float:
    """How long a rollout may take, in seconds: a Deployment has its own deadline, others get a time for each pod."""
    spec, status = workload.spec, workload.status
    match workload.kind.name:
        case "Deployment":
            seconds = count(spec, "progressDeadlineSeconds", default=600) + 60
        case "StatefulSet":
            seconds = max(1, count(spec, "replicas", default=1)) * (SECONDS_A_POD + _extra_grace(workload))
        case "DaemonSet":
            desired = max(1, count(status, "desiredNumberScheduled"))
            rounds = -(-desired // max(1, _at_once(workload, desired)))
            seconds = rounds * (SECONDS_A_POD + _extra_grace(workload))
        case _:
            return policy.timeout_cap
    return min(float(seconds), policy.timeout_cap)


def _at_once(daemon_set: Manifest, desired: int) -> int:
    """How many of its pods may be unavailable at once."""
    rolling = (daemon_set.spec.get("updateStrategy") or {}).get("rollingUpdate") or {}
    return _absolute(rolling.get("maxUnavailable", 1), of=desired)


def _extra_grace(workload: Manifest) -> int:
    """Seconds that a pod may take to stop beyond the usual: its successor starts only then."""
    spec = pod_spec(workload) or {}
    return max(0, count(spec, "terminationGracePeriodSeconds", default=_USUAL_GRACE) - _USUAL_GRACE)


def assess_deployment(
    deployment: Manifest,
    *,
    started: datetime | None,
    now: datetime,
    policy: HealthPolicy,
    observations: dict[Any, Observation],
) -> Health | None:
    """A Deployment that is paused, failed or complete; None while it rolls out. Adds to `observations`.

    Complete as in `DeploymentComplete` (kubernetes/kubernetes `pkg/controller/deployment/util/deployment_util.go`),
    which also counts old pods.
    """
    spec, status = deployment.spec, deployment.status
    desired = count(spec, "replicas", default=1)
    replicas, updated = count(status, "replicas"), count(status, "updatedReplicas")
    available, ready = count(status, "availableReplicas"), count(status, "readyReplicas")
    if spec.get("paused"):
        return Health(
            state=HealthState.SUSPENDED,
            reason="Paused",
            message="The Deployment is paused: changes roll out when it is resumed.",
            ready=ready,
            desired=desired,
            held=updated < desired,
        )
    failure = _deployment_failure(deployment, started=started, now=now, policy=policy, observations=observations)
    if failure is not None:
        return failure
    has_deadline = count(spec, "progressDeadlineSeconds", default=600) < _NO_DEADLINE
    reported_complete = (condition(deployment, "Progressing") or {}).get("reason") == "NewReplicaSetAvailable"
    if updated == replicas == desired and available >= desired and (reported_complete or not has_deadline):
        return _ready(all_pods(desired, "available"), ready, desired)
    return None


def assess_stateful_set(workload: Manifest, newest: Sequence[Manifest] = ()) -> Health | None:
    """A StatefulSet that is complete; None while it rolls out. `newest` are its pods of the newest revision.

    With a partition, only pods with an ordinal from the partition on are updated and waited for. See
    `StatefulSetStatusViewer` in kubernetes/kubectl `pkg/polymorphichelpers/rollout_status.go`.
    """
    spec, status = workload.spec, workload.status
    desired = count(spec, "replicas", default=1)
    ready, replicas = count(status, "readyReplicas"), count(status, "replicas")
    updated, available = updated_replicas(workload), count(status, "availableReplicas")
    one_revision = status.get("currentRevision") == status.get("updateRevision")
    strategy = spec.get("updateStrategy") or {}
    if strategy.get("type") == "OnDelete":
        return assess_stateful_set_on_delete(workload, newest)
    partition = count(strategy.get("rollingUpdate") or {}, "partition")
    enough = updated >= desired - partition and ready >= desired and replicas == desired
    steady = count(spec, "minReadySeconds") == 0 or available >= desired
    if enough and steady and partition > 0:
        return assess_partition(workload, partition)
    if enough and steady and one_revision:
        return _ready(all_pods(desired, "ready"), ready, desired)
    return None


def assess_daemon_set(workload: Manifest, *, policy: HealthPolicy, obstacles: Sequence[Obstacle] = ()) -> Health | None:
    """A DaemonSet that is complete; None while it rolls out. The tolerance keeps a broken node from blocking it.

    See `DaemonSetStatusViewer` in kubernetes/kubectl `pkg/polymorphichelpers/rollout_status.go`. `obstacles` may name
    pods on nodes that do not answer. The controller counts such nodes among the desired ones, and never finishes
    (argoproj/argo-cd#16951); within `maxUnavailable` they are no reason to wait
    (openshift/cluster-monitoring-operator#1279).
    """
    status = workload.status
    desired = count(status, "desiredNumberScheduled")
    ready, available = count(status, "numberReady"), count(status, "numberAvailable")
    updated = count(status, "updatedNumberScheduled")
    if not desired:
        return _ready("No node matches: no pod runs.", ready, desired, reason="NoMatchingNode")
    if (workload.spec.get("updateStrategy") or {}).get("type") == "OnDelete":
        return assess_daemon_set_on_delete(workload)
    if updated >= desired and available >= desired - policy.daemon_set_tolerance:
        return _ready(f"{available} of {desired} nodes run it.", ready, desired)
    stuck = tuple(each for each in obstacles if each.stuck_node)
    may_lack = min(max(1, _at_once(workload, desired)), desired - 1)
    if stuck and len(stuck) <= may_lack and updated >= desired - len(stuck) and available >= desired - len(stuck):
        more = f" So do {len(stuck) - 1} more pods." if len(stuck) > 1 else ""
        message = f"{available} of {desired} nodes run it. {stuck[0].sentence}{more}"
        return replace(_ready(message, ready, desired, reason=stuck[0].reason), pod=stuck[0].pod)
    return None


def assess_job(job: Manifest) -> Health | None:
    """A Job that is finished or suspended; None while it runs.

    Only the terminal conditions decide; `FailureTarget` precedes them while pods are still terminating. See
    https://kubernetes.io/docs/concepts/workloads/controllers/job/#terminal-job-conditions.
    """
    failed = condition(job, "Failed") or {}
    if failed.get("status") == "True":
        reason = str(failed.get("reason") or "Failed")
        return Health(state=HealthState.FAILED, reason=reason, message=f"The Job failed: {_text(failed) or reason}")
    if holds(job, "Complete"):
        return Health(state=HealthState.READY, message="The Job has completed.")
    if holds(job, "Suspended") or job.spec.get("suspend"):
        return Health(state=HealthState.SUSPENDED, reason="Suspended", message="The Job is suspended.")
    return None


def assess_cron_job(cron_job: Manifest) -> Health:
    """A CronJob has no rollout: a change takes effect at its next run."""
    if cron_job.spec.get("suspend"):
        return Health(state=HealthState.SUSPENDED, reason="Suspended", message="The CronJob is suspended.")
    return Health(state=HealthState.READY, message="Takes effect at the next run.")


def progress_of(workload: Manifest) -> Health:
    """The progress of a workload that is neither ready nor failed."""
    spec, status, rules = workload.spec, workload.status, rules_of(workload.kind)
    if rules is not None and not rules.counts:
        return progress_by_rules(workload, rules)
    match workload.kind.name:
        case "DaemonSet":
            desired, updated = count(status, "desiredNumberScheduled"), count(status, "updatedNumberScheduled")
            ready = count(status, "numberAvailable")
        case "Job":
            desired, ready = count(spec, "completions", default=1), count(status, "succeeded")
            active, failed = count(status, "active"), count(status, "failed")
            under_way = f" {active} {'pod is' if active == 1 else 'pods are'} under way." if active else ""
            attempts = f" {failed} {'attempt has' if failed == 1 else 'attempts have'} failed." if failed else ""
            return _progressing(f"{ready} of {desired} runs have succeeded.{under_way}{attempts}", ready, desired)
        case "ReplicaSet" | "ReplicationController":
            desired, ready = count(spec, "replicas", default=1), count(status, "availableReplicas")
            return _progressing(f"{ready} of {desired} pods are available.", ready, desired)
        case "Pod":
            return _progressing(f"It is {str(status.get('phase') or 'pending').lower()}, not ready.", 0, 1)
        case _:
            desired, ready = count(spec, "replicas", default=1), count(status, "readyReplicas")
            updated = updated_replicas(workload)
            surplus = count(status, "replicas") - updated
            if updated >= desired and surplus > 0:
                return _progressing(all_pods(desired, f"new; old pods left: {surplus}"), ready, desired)
    return _progressing(f"{updated} of {desired} pods are new, {ready} ready.", ready, desired)


def _deployment_failure(
    deployment: Manifest,
    *,
    started: datetime | None,
    now: datetime,
    policy: HealthPolicy,
    observations: dict[Any, Observation],
) -> Health | None:
    desired, ready = count(deployment.spec, "replicas", default=1), count(deployment.status, "readyReplicas")
    progressing = condition(deployment, "Progressing") or {}
    if progressing.get("reason") == "ProgressDeadlineExceeded" and _deadline_is_ours(
        deployment, progressing, started=started, now=now, policy=policy, observations=observations
    ):
        message = f"The rollout made no progress within its deadline: {ready} of {desired} pods are ready."
        return _failed("ProgressDeadlineExceeded", message, ready, desired)
    return None


def _deadline_is_ours(
    deployment: Manifest,
    progressing: Mapping[str, Any],
    *,
    started: datetime | None,
    now: datetime,
    policy: HealthPolicy,
    observations: dict[Any, Observation],
) -> bool:
    """Whether an exceeded deadline is that of the newest spec.

    When a Deployment returns to a former ReplicaSet, its controller may for a moment report the new generation together
    with the Progressing condition of the former rollout. A condition dated before the write therefore has to stay for
    `stale_deadline` seconds; clocks may differ, too.
    """
    updated = moment(progressing.get("lastUpdateTime"))
    if started is None or updated is None or updated >= started:
        return True
    since = first_seen(deployment, "ProgressDeadlineExceeded", at=None, now=now, observations=observations)
    return (now - since).total_seconds() >= policy.stale_deadline


def _absolute(value: object, *, of: int) -> int:
    if isinstance(value, str) and value.endswith("%"):
        return -(-of * int(value[:-1] or 0) // 100)
    return value if isinstance(value, int) else 1


def _text(entry: Mapping[str, Any]) -> str:
    return str(entry.get("message") or "")[:_MESSAGE_LENGTH]


def _ready(message: str, ready: int, desired: int, *, reason: str | None = None) -> Health:
    return Health(state=HealthState.READY, reason=reason, message=message, ready=ready, desired=desired)


def _failed(reason: str, message: str, ready: int, desired: int) -> Health:
    return Health(state=HealthState.FAILED, reason=reason, message=message, ready=ready, desired=desired)


def _progressing(message: str, ready: int, desired: int) -> Health:
    return Health(state=HealthState.PROGRESSING, message=message, ready=ready, desired=desired)
