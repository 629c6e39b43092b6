"""Why pods do not run, from their status: which container, which reason, and whether waiting may still help.

Pure. It never quotes a container's termination message: with `terminationMessagePolicy: FallbackToLogsOnError` that is
the end of the container's log, and logs may hold secrets. Reasons are those of the kubelet (kubernetes/kubernetes
`pkg/kubelet/images/types.go`, `pkg/kubelet/kuberuntime/kuberuntime_container.go`,
`pkg/kubelet/container/sync_result.go`) and those of the container runtime that it passes on
(`staging/src/k8s.io/cri-api/pkg/errors/errors.go`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from domain.resources import Manifest
from services.planning.health.values import HealthPolicy, Observation, Observations, condition, count, moment


class PodIssueClass(StrEnum):
    """The class of an issue; it determines how long the issue may last before it is final."""

    CERTAIN = "certain"  # waiting does not help
    DENIED = "denied"  # the registry denied the image: certain once it denies it again
    CONFIGURATION = "configuration"
    PULL = "pull"
    CRASH = "crash"
    SCHEDULING = "scheduling"  # an autoscaler may add nodes, a disk may still be detaching: never final


_CERTAIN = frozenset({"InvalidImageName", "ErrImageNeverPull"})
_CONFIGURATION = frozenset(
    {"CreateContainerConfigError", "CreateContainerError", "RunContainerError", "StartError", "PreCreateHookError"}
)
_PULL = frozenset(
    {"ErrImagePull", "ImagePullBackOff", "ImageInspectError", "RegistryUnavailable", "SignatureValidationFailed"}
)
_DENIALS = ("not found", "manifest unknown", "unauthorized", "no match for platform", "no matching manifest", "denied")
_MOUNT_EVENTS = frozenset({"FailedMount", "FailedAttachVolume", "FailedCreatePodSandBox"})
# A disk that moves with its pod to another node is detached from the old one first, which takes minutes on some clouds.
_DISK_IS_MOVING = ("unable to attach or mount volumes", "waitforattach", "timed out waiting for the condition")
_MESSAGE_LENGTH = 300


@dataclass(frozen=True, kw_only=True)
class PodIssue:
    """Something that keeps a pod from running; `container` is None where it concerns the whole pod."""

    kind: PodIssueClass
    reason: str
    message: str
    pod: str
    pod_uid: str
    pod_version: str | None
    pod_created: datetime | None
    container: str | None = None
    restarts: int = 0
    running: bool = False

    @property
    def key(self) -> tuple[str, str, str]:
        """The key of its observation. ErrImagePull and ImagePullBackOff alternate, so denials share one key."""
        named = self.kind.value if self.kind is PodIssueClass.DENIED else self.reason
        return (self.pod_uid, self.container or "", named)

    @property
    def sentence(self) -> str:
        where = f"Pod {self.pod}" + (f", container {self.container}" if self.container else "")
        return f"{where}: {self.reason}" + (f" ({self.message})" if self.message else "") + "."


def issues_of(pods: Iterable[Manifest], events: Iterable[Manifest] = ()) -> tuple[PodIssue, ...]:
    """Every issue of these pods; finished and terminating pods have none. Volume issues come from `events`."""
    found: list[PodIssue] = []
    by_pod = _mount_events(events)
    for pod in pods:
        if pod.metadata.get("deletionTimestamp") or pod.status.get("phase") in {"Succeeded", "Failed"}:
            continue
        found.extend(_of_containers(pod))
        found.extend(_of_scheduling(pod))
        event = by_pod.get(pod.uid or "")
        if event is not None and not pod.status.get("podIP"):
            reason, message = event
            found.append(_issue(pod, _class_of_mount(reason, message), reason, message))
    return tuple(found)


def restarts_of(pods: Iterable[Manifest]) -> int:
    """The sum of the restart counts of these pods' containers."""
    return sum(count(status, "restartCount") for pod in pods for status in _statuses(pod))


def observe(issues: Iterable[PodIssue], before: Observations, *, now: datetime) -> Observations:
    """The observations of the issues that exist at `now`. Issues that are gone are dropped, except denials."""
    observations: dict[tuple[str, str, str], Observation] = {
        key: observation for key, observation in before.items() if key[2] == PodIssueClass.DENIED
    }
    for issue in issues:
        earlier = before.get(issue.key)
        if earlier is None:
            observations[issue.key] = Observation(since=now, times=1, version=issue.pod_version)
        elif earlier.version == issue.pod_version:
            observations[issue.key] = earlier
        else:
            observations[issue.key] = Observation(
                since=earlier.since, times=earlier.times + 1, version=issue.pod_version
            )
    return observations


def is_final(issue: PodIssue, observations: Observations | None, *, now: datetime, policy: HealthPolicy) -> bool:
    """Whether to stop waiting and let the rollout fail.

    Without observations (an assessment of one moment), an issue is taken to be as old as its pod.
    """
    observation = observations.get(issue.key) if observations is not None else None
    since = observation.since if observation else (issue.pod_created or now)
    lasted = (now - since).total_seconds()
    match issue.kind:
        case PodIssueClass.CERTAIN:
            return True
        case PodIssueClass.DENIED:
            return (
                observation is not None and observation.times >= policy.certain_observations
            ) or lasted >= policy.pull
        case PodIssueClass.CONFIGURATION:
            return lasted >= policy.configuration
        case PodIssueClass.PULL:
            return lasted >= policy.pull
        case PodIssueClass.CRASH:
            # Without observations, restarts of long ago look like a crash loop even while the container runs.
            return issue.restarts >= policy.restarts and not (issue.running and observations is None)
        case PodIssueClass.SCHEDULING:
            return False


def _statuses(pod: Manifest) -> list[Mapping[str, Any]]:
    return [*(pod.status.get("initContainerStatuses") or ()), *(pod.status.get("containerStatuses") or ())]


def _of_containers(pod: Manifest) -> Iterable[PodIssue]:
    for status in _statuses(pod):
        if status.get("ready"):
            continue
        state = status.get("state") or {}
        waiting = state.get("waiting") or {}
        reason = str(waiting.get("reason") or "")
        message = str(waiting.get("message") or "")[:_MESSAGE_LENGTH]
        container = str(status.get("name", ""))
        restarts = count(status, "restartCount")
        if reason in _CERTAIN:
            yield _issue(pod, PodIssueClass.CERTAIN, reason, message, container=container)
        elif reason in _PULL:
            denied = any(word in message.lower() for word in _DENIALS)
            kind = PodIssueClass.DENIED if denied else PodIssueClass.PULL
            yield _issue(pod, kind, reason, message, container=container)
        elif reason in _CONFIGURATION:
            yield _issue(pod, PodIssueClass.CONFIGURATION, reason, message, container=container)
        elif restarts:
            last = state.get("terminated") or (status.get("lastState") or {}).get("terminated") or {}
            yield _issue(
                pod,
                PodIssueClass.CRASH,
                "OOMKilled" if last.get("reason") == "OOMKilled" else "CrashLoopBackOff",
                _crash_message(restarts, last),
                container=container,
                restarts=restarts,
                running="running" in state,
            )


def _crash_message(restarts: int, last: Mapping[str, Any]) -> str:
    restarted = f"{restarts} {'restart' if restarts == 1 else 'restarts'}"
    if "exitCode" not in last:
        return restarted
    ended = f", {last['reason']}" if last.get("reason") else ""
    return f"{restarted}, last exit code {last['exitCode']}{ended}"


def _of_scheduling(pod: Manifest) -> Iterable[PodIssue]:
    scheduled = condition(pod, "PodScheduled") or {}
    if scheduled.get("status") == "False" and scheduled.get("reason") == "Unschedulable":
        message = str(scheduled.get("message") or "")[:_MESSAGE_LENGTH]
        yield _issue(pod, PodIssueClass.SCHEDULING, "Unschedulable", message.rstrip("."))


def _mount_events(events: Iterable[Manifest]) -> dict[str, tuple[str, str]]:
    """Pod uid → reason and message of the warning event that its volumes or its sandbox could not be set up."""
    warnings = {}
    for event in events:
        reason = str(event.body.get("reason", ""))
        if reason in _MOUNT_EVENTS and event.body.get("type") == "Warning":
            about = event.body.get("involvedObject") or {}
            warnings[str(about.get("uid", ""))] = (reason, str(event.body.get("message") or "")[:_MESSAGE_LENGTH])
    return warnings


def _class_of_mount(reason: str, message: str) -> PodIssueClass:
    may_recover = reason == "FailedAttachVolume" or any(words in message.lower() for words in _DISK_IS_MOVING)
    return PodIssueClass.SCHEDULING if may_recover else PodIssueClass.CONFIGURATION


def _issue(
    pod: Manifest,
    kind: PodIssueClass,
    reason: str,
    message: str,
    *,
    container: str | None = None,
    restarts: int = 0,
    running: bool = False,
) -> PodIssue:
    return PodIssue(
        kind=kind,
        reason=reason,
        message=message,
        pod=pod.name,
        pod_uid=pod.uid or pod.name,
        pod_version=pod.resource_version,
        pod_created=moment(pod.metadata.get("creationTimestamp")),
        container=container,
        restarts=restarts,
        running=running,
    )
