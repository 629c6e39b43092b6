"""Why pods do not run, from their status: which container, which reason, and whether waiting may still help.

Pure. It never quotes a container's termination message: with `terminationMessagePolicy: FallbackToLogsOnError` that is
the end of the container's log, and logs may hold secrets. Reasons are those of the kubelet (kubernetes/kubernetes
`pkg/kubelet/images/types.go`, `pkg/kubelet/kuberuntime/kuberuntime_container.go`,
`pkg/kubelet/container/sync_result.go`) and those of the container runtime that it passes on
(`staging/src/k8s.io/cri-api/pkg/errors/errors.go`).
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from domain.resources import Manifest
from services.planning.health.pod_issue import PodIssue, PodIssueClass, issue_of
from services.planning.health.restarts import Restarts, restarts_now, statuses_of
from services.planning.health.values import Observations, condition
from services.planning.health.volumes import LACKS, about_claims, class_of_mount, mount_events
from services.planning.objects.workloads import containers

_CERTAIN = frozenset({"InvalidImageName", "ErrImageNeverPull"})
_CONFIGURATION = frozenset(
    {"CreateContainerConfigError", "CreateContainerError", "RunContainerError", "StartError", "PreCreateHookError"}
)
# These say nothing is wrong, or are told by their restarts.
_USUAL = frozenset({"", "ContainerCreating", "PodInitializing", "CrashLoopBackOff"})
# A container that the runtime could not start has written no log: the message is the runtime's own.
_NEVER_STARTED = frozenset({"StartError", "ContainerCannotRun"})
_PULL = frozenset(
    {"ErrImagePull", "ImagePullBackOff", "ImageInspectError", "RegistryUnavailable", "SignatureValidationFailed"}
)
# The last two are CRI-O's (containers/image, `chooseInstance`).
_UNFIT = (
    "no match for platform",
    "no matching manifest",
    "no image found in manifest list",
    "no image found in image index",
)
_ABSENT = ("not found", "manifest unknown", "manifest_unknown", "name unknown", "name_unknown")
_MESSAGE_LENGTH = 300


def issues_of(
    pods: Iterable[Manifest],
    events: Iterable[Manifest] = (),
    *,
    now: datetime,
    observations: Observations,
    proven: Collection[str] = (),
) -> tuple[PodIssue, ...]:
    """Every issue of these pods; finished and terminating pods have none.

    Why volumes are not there comes from `events`, and the restarts of before a change from `observations`. `proven` are
    containers whose image is known to be in its repository, though its reference names no digest. The pods are those of
    one template: what one of them has pulled, the others can pull as well.
    """
    found: list[PodIssue] = []
    pods, events = tuple(pods), tuple(events)
    pulled = frozenset(
        str(status.get("name", ""))
        for pod in pods
        for status in statuses_of(pod)
        if status.get("imageID") or "running" in _state(status)
    )
    warnings = tuple(event for event in events if event.body.get("type") == "Warning")
    by_pod = mount_events(events)
    for pod in pods:
        if pod.metadata.get("deletionTimestamp") or pod.status.get("phase") in {"Succeeded", "Failed"}:
            continue
        found.extend(_of_containers(pod, observations, now=now, proven=proven, pulled=pulled))
        found.extend(_of_scheduling(pod, warnings))
        event = by_pod.get(pod.uid or "")
        if event is not None and not pod.status.get("podIP"):
            reason, message = event
            found.append(issue_of(pod, class_of_mount(reason, message), reason, message, blameless=True))
    return tuple(found)


def says_its_message(reason: str | None) -> bool:
    """Whether the message of a container that waits for this reason is read; a hook's own may hold what it printed."""
    return reason in _CERTAIN or reason in _PULL or reason in _CONFIGURATION


def is_of_the_runtime(reason: str | None) -> bool:
    """Whether the message of a container that ended for this reason is the runtime's own, and not the end of a log."""
    return reason in _NEVER_STARTED


def _of_containers(
    pod: Manifest, observations: Observations, *, now: datetime, proven: Collection[str], pulled: Collection[str]
) -> Iterable[PodIssue]:
    images = {(container.init, container.name): container.image for container in containers(pod)}
    inits = {str(status.get("name", "")) for status in pod.status.get("initContainerStatuses") or ()}
    for status in statuses_of(pod):
        state = _state(status)
        name = str(status.get("name", ""))
        restarts = restarts_now(pod, status, observations, now=now)
        if status.get("ready") and (restarts.recovered or not restarts.since or "running" not in state):
            continue
        waiting = state.get("waiting") or {}
        reason = str(waiting.get("reason") or "")
        whole = str(waiting.get("message") or "")
        message = _shortened(whole)
        image = images.get((name in inits, name), "")
        if reason in _CERTAIN:
            yield issue_of(pod, PodIssueClass.CERTAIN, reason, message, container=name)
        elif reason in _PULL:
            yield _of_pull(pod, name, reason, whole, proven="@sha256:" in image or name in proven, pulled=pulled)
        elif reason in _CONFIGURATION:
            lacks = reason == "CreateContainerConfigError" and any(word in whole.lower() for word in LACKS)
            kind = PodIssueClass.LACKING if lacks else PodIssueClass.CONFIGURATION
            yield issue_of(pod, kind, reason, message, container=name, blameless=lacks)
        elif restarts.total and (restarts.since or "running" not in state):
            if "running" in state and restarts.recovered:
                continue  # what it crashed of is over; that it is not ready is another matter
            yield _crash(pod, status, restarts, init=name in inits)
        elif reason not in _USUAL:
            # As PostStartHookError, whose message may hold what the hook printed.
            yield issue_of(pod, PodIssueClass.CONFIGURATION, reason, "", container=name)


def _of_pull(
    pod: Manifest, container: str, reason: str, message: str, *, proven: bool, pulled: Collection[str]
) -> PodIssue:
    kind, elsewhere = _class_of_pull(message), container in pulled
    absent = kind is PodIssueClass.ABSENT
    return issue_of(
        pod,
        kind,
        reason,
        _shortened(message),
        container=container,
        proven=proven or elsewhere,
        runs_elsewhere=elsewhere,
        blameless=(absent and proven) or (elsewhere and kind is not PodIssueClass.UNFIT),
    )


def _state(status: Mapping[str, Any]) -> Mapping[str, Any]:
    state: Mapping[str, Any] = status.get("state") or {}
    return state


def _shortened(message: str) -> str:
    """A message of a pull names the image several times, and ends with the reason."""
    if len(message) <= _MESSAGE_LENGTH:
        return message
    half = _MESSAGE_LENGTH // 2
    return f"{message[:half]} … {message[-half:]}"


def _class_of_pull(message: str) -> PodIssueClass:
    said = message.lower()
    if any(words in said for words in _UNFIT):
        return PodIssueClass.UNFIT
    return PodIssueClass.ABSENT if any(words in said for words in _ABSENT) else PodIssueClass.PULL


def _crash(pod: Manifest, status: Mapping[str, Any], restarts: Restarts, *, init: bool) -> PodIssue:
    state = _state(status)
    last = state.get("terminated") or (status.get("lastState") or {}).get("terminated") or {}
    running = "running" in state
    reason = "OOMKilled" if last.get("reason") == "OOMKilled" else "Restarted" if running else "CrashLoopBackOff"
    return issue_of(
        pod,
        PodIssueClass.CRASH,
        reason,
        _crash_message(restarts, last),
        container=str(status.get("name", "")),
        init=init,
        restarts=restarts,
        running=running,
    )


def _crash_message(restarts: Restarts, last: Mapping[str, Any]) -> str:
    restarted = f"{restarts.total} {'restart' if restarts.total == 1 else 'restarts'}"
    if restarts.since < restarts.total:
        restarted += f", {restarts.since or 'none'} of them since the change"
    if "exitCode" not in last:
        return restarted
    ended = f", {last['reason']}" if last.get("reason") else ""
    if last.get("reason") in _NEVER_STARTED and last.get("message"):
        ended += f": {_shortened(str(last['message'])).rstrip('.')}"
    return f"{restarted}, last exit code {last['exitCode']}{ended}"


def _of_scheduling(pod: Manifest, warnings: Iterable[Manifest]) -> Iterable[PodIssue]:
    """The scheduler's words, and where a volume claim keeps the pod waiting, the words about the claim."""
    scheduled = condition(pod, "PodScheduled") or {}
    reason = str(scheduled.get("reason") or "")
    if scheduled.get("status") != "False" or reason not in {"Unschedulable", "SchedulingGated"}:
        return
    message = str(scheduled.get("message") or "")[:_MESSAGE_LENGTH].rstrip(".")
    if "persistentvolumeclaim" in message.lower():
        message = "; ".join((message, *about_claims(pod, warnings)))
    yield issue_of(pod, PodIssueClass.SCHEDULING, reason, message, blameless=True)
