"""Why pods do not run, from their status: which container, which reason, and whether waiting may still help.

Pure. It never quotes a container's termination message: with `terminationMessagePolicy: FallbackToLogsOnError` that is
the end of the container's log, and logs may hold secrets. Reasons are those of the kubelet (kubernetes/kubernetes
`pkg/kubelet/images/types.go`, `pkg/kubelet/kuberuntime/kuberuntime_container.go`,
`pkg/kubelet/container/sync_result.go`) and those of the container runtime that it passes on
(`staging/src/k8s.io/cri-api/pkg/errors/errors.go`).
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from domain.resources import Manifest
from services.planning.health.events import last_of, uid_of
from services.planning.health.restarts import Restarts, restarts_now, statuses_of
from services.planning.health.values import Observations, Obstacle, condition, moment
from services.planning.objects.workloads import containers


class PodIssueClass(StrEnum):
    """The class of an issue; it determines how long the issue may last before it is final."""

    CERTAIN = "certain"  # waiting does not help
    UNFIT = "unfit"  # the image does not run on this platform: certain once the registry has said so again
    ABSENT = "absent"  # the registry does not know the image, or does not know it yet
    CONFIGURATION = "configuration"
    LACKING = "lacking"  # a Secret, a ConfigMap or a key is not there, or not yet: another controller may create it
    PULL = "pull"
    CRASH = "crash"
    SCHEDULING = "scheduling"  # an autoscaler may add nodes, a disk may still be detaching: never final


_CERTAIN = frozenset({"InvalidImageName", "ErrImageNeverPull"})
_CONFIGURATION = frozenset(
    {"CreateContainerConfigError", "CreateContainerError", "RunContainerError", "StartError", "PreCreateHookError"}
)
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
# What an environment variable or a volume refers to and the namespace lacks (pkg/kubelet/kubelet_pods.go): the same
# pod with the former image would lack it, too.
_LACKS = ("not found", "couldn't find key", "could not find key", "non-existent config key", "non-existent secret key")
_MOUNT_EVENTS = frozenset({"FailedMount", "FailedAttachVolume", "FailedCreatePodSandBox"})
# A kubelet goes on to these only when volumes and sandbox are there. It does not report the pod's address before: an
# image is pulled within the same pass (`SyncPod` in pkg/kubelet/kuberuntime/kuberuntime_manager.go).
_SET_UP = frozenset({"Pulling", "Pulled", "Created", "Started"})
_CLAIM_EVENTS = frozenset({"ProvisioningFailed", "FailedBinding"})
# A disk that moves with its pod to another node is detached from the old one first, which takes minutes on some clouds.
_DISK_IS_MOVING = ("unable to attach or mount volumes", "waitforattach", "timed out waiting for the condition")
# A large volume takes minutes to check and to give to its group, and each try ends at its deadline or finds the former
# one under way; the driver of a node that has just joined is registered a moment later.
_DISK_IS_BUSY = ("deadline exceeded", "code = aborted", "an operation with the given volume", "registered csi drivers")
_MESSAGE_LENGTH = 300


@dataclass(frozen=True, kw_only=True)
class PodIssue:
    """Something that keeps a pod from running; `container` is None where it concerns the whole pod.

    `proven`: a registry or a running pod has reported the image's digest, so it is in its repository. `runs_elsewhere`:
    another pod of the same template has pulled the image. `blameless`: the image cannot have caused it.
    """

    kind: PodIssueClass
    reason: str
    message: str
    pod: str
    pod_uid: str
    pod_version: str | None
    pod_created: datetime | None
    container: str | None = None
    init: bool = False
    restarts: Restarts | None = None
    running: bool = False
    proven: bool = False
    runs_elsewhere: bool = False
    blameless: bool = False

    @property
    def key(self) -> tuple[str, str, str]:
        """The key of its observation. ErrImagePull and ImagePullBackOff alternate, so they share one key."""
        alternates = {PodIssueClass.ABSENT: "pull", PodIssueClass.PULL: "pull", PodIssueClass.UNFIT: "unfit"}
        crash = "crash" if self.kind is PodIssueClass.CRASH else self.reason
        return (self.pod_uid, self.container or "", alternates.get(self.kind, crash))

    @property
    def expected_to_arrive(self) -> bool:
        """Whether what cannot be pulled is known to be there.

        "Not found" is what one replica of the registry knows. Where another pod has pulled the image, the node has a
        trouble of its own: its name server, its credential, its share of pulls.
        """
        return self.runs_elsewhere or (self.proven and self.kind is PodIssueClass.ABSENT)

    @property
    def sentence(self) -> str:
        where = f"Pod {self.pod}" + (f", container {self.container}" if self.container else "")
        return f"{where}: {self.reason}" + (f" ({self.message})" if self.message else "") + "."

    @property
    def obstacle(self) -> Obstacle:
        return Obstacle(
            reason=self.reason,
            sentence=self.sentence,
            pod=self.pod,
            container=self.container,
            blameless=self.blameless,
        )


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
    by_pod = _mount_events(events)
    for pod in pods:
        if pod.metadata.get("deletionTimestamp") or pod.status.get("phase") in {"Succeeded", "Failed"}:
            continue
        found.extend(_of_containers(pod, observations, now=now, proven=proven, pulled=pulled))
        found.extend(_of_scheduling(pod, warnings))
        event = by_pod.get(pod.uid or "")
        if event is not None and not pod.status.get("podIP"):
            reason, message = event
            found.append(_issue(pod, _class_of_mount(reason, message), reason, message, blameless=True))
    return tuple(found)


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
            yield _issue(pod, PodIssueClass.CERTAIN, reason, message, container=name)
        elif reason in _PULL:
            yield _of_pull(pod, name, reason, whole, proven="@sha256:" in image or name in proven, pulled=pulled)
        elif reason in _CONFIGURATION:
            lacks = reason == "CreateContainerConfigError" and any(word in whole.lower() for word in _LACKS)
            kind = PodIssueClass.LACKING if lacks else PodIssueClass.CONFIGURATION
            yield _issue(pod, kind, reason, message, container=name, blameless=lacks)
        elif restarts.total and (restarts.since or "running" not in state):
            if "running" in state and restarts.recovered:
                continue  # what it crashed of is over; that it is not ready is another matter
            yield _crash(pod, status, restarts, init=name in inits)


def _of_pull(
    pod: Manifest, container: str, reason: str, message: str, *, proven: bool, pulled: Collection[str]
) -> PodIssue:
    kind, elsewhere = _class_of_pull(message), container in pulled
    absent = kind is PodIssueClass.ABSENT
    return _issue(
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
    return _issue(
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
        message = "; ".join((message, *_about_claims(pod, warnings)))
    yield _issue(pod, PodIssueClass.SCHEDULING, reason, message, blameless=True)


def _about_claims(pod: Manifest, warnings: Iterable[Manifest]) -> Iterable[str]:
    volumes = pod.spec.get("volumes") or ()
    claims = {(volume.get("persistentVolumeClaim") or {}).get("claimName") for volume in volumes} - {None}
    said: dict[str, str] = {}
    for event in warnings:
        about = event.body.get("involvedObject") or {}
        named = about.get("kind") == "PersistentVolumeClaim" and about.get("name") in claims
        if named and event.body.get("reason") in _CLAIM_EVENTS:
            said[str(about["name"])] = str(event.body.get("message") or "")[:_MESSAGE_LENGTH].rstrip(".")
    return (f"PersistentVolumeClaim {claim}: {message}" for claim, message in sorted(said.items()))


def _mount_events(events: Iterable[Manifest]) -> dict[str, tuple[str, str]]:
    """Pod uid → reason and message of its newest warning that its volumes or its sandbox could not be set up.

    Events stay for an hour, so one that was followed by the pull of an image says nothing of now
    (kubernetes/kubernetes#99475, #105204).
    """
    newest: dict[str, Manifest] = {}
    set_up: dict[str, datetime] = {}
    for event in sorted(events, key=last_of):
        reason = event.body.get("reason")
        if reason in _SET_UP:
            set_up[uid_of(event)] = last_of(event)
        elif reason in _MOUNT_EVENTS and event.body.get("type") == "Warning":
            newest[uid_of(event)] = event
    return {
        uid: (str(event.body["reason"]), str(event.body.get("message") or "")[:_MESSAGE_LENGTH])
        for uid, event in newest.items()
        if uid not in set_up or set_up[uid] < last_of(event)
    }


def _class_of_mount(reason: str, message: str) -> PodIssueClass:
    """A disk that moves and a network that has no address yet are the cluster's to mend, as a node that is full is."""
    said = message.lower()
    may_recover = reason == "FailedAttachVolume" or any(words in said for words in (*_DISK_IS_MOVING, *_DISK_IS_BUSY))
    no_network = reason == "FailedCreatePodSandBox" and ("network" in said or "cni" in said)
    if may_recover or no_network:
        return PodIssueClass.SCHEDULING
    refers = any(word in said for word in ("secret", "configmap", "config key"))
    lacks = reason == "FailedMount" and refers and any(words in said for words in _LACKS)
    return PodIssueClass.LACKING if lacks else PodIssueClass.CONFIGURATION


def _issue(pod: Manifest, kind: PodIssueClass, reason: str, message: str, **more: Any) -> PodIssue:
    return PodIssue(
        kind=kind,
        reason=reason,
        message=message,
        pod=pod.name,
        pod_uid=pod.uid or pod.name,
        pod_version=pod.resource_version,
        pod_created=moment(pod.metadata.get("creationTimestamp")),
        **more,
    )
