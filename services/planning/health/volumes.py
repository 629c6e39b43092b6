"""Why a pod's volumes or its sandbox are not there: its events, and those of its volume claims. Pure."""

from collections.abc import Iterable
from datetime import datetime

from domain.resources import Manifest
from services.planning.health.events import last_of, uid_of
from services.planning.health.pod_issue import PodIssueClass

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
# What an environment variable or a volume refers to and the namespace lacks (pkg/kubelet/kubelet_pods.go): the same
# pod with the former image would lack it, too.
LACKS = ("not found", "couldn't find key", "could not find key", "non-existent config key", "non-existent secret key")


def mount_events(events: Iterable[Manifest]) -> dict[str, tuple[str, str]]:
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


def class_of_mount(reason: str, message: str) -> PodIssueClass:
    """A disk that moves and a network that has no address yet are the cluster's to mend, as a node that is full is."""
    said = message.lower()
    may_recover = reason == "FailedAttachVolume" or any(words in said for words in (*_DISK_IS_MOVING, *_DISK_IS_BUSY))
    no_network = reason == "FailedCreatePodSandBox" and ("network" in said or "cni" in said)
    if may_recover or no_network:
        return PodIssueClass.SCHEDULING
    refers = any(word in said for word in ("secret", "configmap", "config key"))
    lacks = reason == "FailedMount" and refers and any(words in said for words in LACKS)
    return PodIssueClass.LACKING if lacks else PodIssueClass.CONFIGURATION


def about_claims(pod: Manifest, warnings: Iterable[Manifest]) -> Iterable[str]:
    """What is said of the pod's volume claims that cannot be bound, claim by claim."""
    volumes = pod.spec.get("volumes") or ()
    claims = {(volume.get("persistentVolumeClaim") or {}).get("claimName") for volume in volumes} - {None}
    said: dict[str, str] = {}
    for event in warnings:
        about = event.body.get("involvedObject") or {}
        named = about.get("kind") == "PersistentVolumeClaim" and about.get("name") in claims
        if named and event.body.get("reason") in _CLAIM_EVENTS:
            said[str(about["name"])] = str(event.body.get("message") or "")[:_MESSAGE_LENGTH].rstrip(".")
    return (f"PersistentVolumeClaim {claim}: {message}" for claim, message in sorted(said.items()))
