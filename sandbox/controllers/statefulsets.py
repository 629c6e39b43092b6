"""StatefulSets: pods in order, each with its name and claims; updated from the last to the first.

As on a real cluster a pod that never becomes ready blocks its set, even after the template was corrected, until a
person deletes it. There are no conditions and no deadline.
"""

from dataclasses import dataclass, field

from sandbox.controllers.bounds import share_of
from sandbox.controllers.conditions import is_true
from sandbox.controllers.replicasets import available_in, count_available
from sandbox.controllers.revisions import sync_revisions, template_of
from sandbox.controllers.templates import (
    REVISION_LABEL,
    create_pod,
    delete_pod,
    is_active,
    is_finished,
    is_terminating,
    owner_reference,
    pod_from,
)
from sandbox.controllers.world import World
from sandbox.errors import StatusError
from sandbox.store import Object, thaw

COMPONENT = "statefulset-controller"


@dataclass(kw_only=True)
class _Look:
    """One look at a set: what is there, and which pods this look deletes."""

    world: World
    owner: Object
    current: str
    update: Object
    pods: dict[int, Object]
    deleted: set[int] = field(default_factory=set)

    @property
    def updated(self) -> str:
        name: str = self.update["metadata"]["name"]
        return name

    @property
    def ordinals(self) -> range:
        start = (self.owner["spec"].get("ordinals") or {}).get("start", 0)
        return range(start, start + self.owner["spec"]["replicas"])

    @property
    def one_by_one(self) -> bool:
        return bool(self.owner["spec"].get("podManagementPolicy", "OrderedReady") == "OrderedReady")

    def is_healthy(self, pod: Object) -> bool:
        minimum = self.owner["spec"].get("minReadySeconds", 0)
        return is_active(pod) and available_in(self.world, pod, minimum) == 0

    def delete(self, ordinal: int) -> None:
        self.deleted.add(ordinal)
        delete_pod(self.world, self.owner, self.pods[ordinal], component=COMPONENT)


def reconcile(world: World, owner: Object) -> None:
    """Create, replace or delete the next pod, and count."""
    status = owner.get("status") or {}
    in_use = {status.get("currentRevision", ""), status.get("updateRevision", "")}
    update = sync_revisions(world, owner, in_use=in_use)
    look = _Look(
        world=world,
        owner=owner,
        current=status.get("currentRevision") or update["metadata"]["name"],
        update=update,
        pods={_ordinal(pod): pod for pod in world.controlled(owner, "pods")},
    )
    if not owner["metadata"].get("deletionTimestamp"):
        _step(look)
    world.update_status(owner, _status(look))


def _ordinal(pod: Object) -> int:
    return int(pod["metadata"]["name"].rpartition("-")[2])


def _step(look: _Look) -> None:
    if not _fill(look) and look.one_by_one:
        return
    if not _shrink(look) and look.one_by_one:
        return
    if look.owner["spec"].get("updateStrategy", {}).get("type") != "OnDelete":
        _replace(look)


def _fill(look: _Look) -> bool:
    """Every ordinal gets its pod. False while one of them holds up the next."""
    complete = True
    for ordinal in look.ordinals:
        pod = look.pods.get(ordinal)
        if pod is None:
            complete = False
            _create(look, ordinal)
        elif is_finished(pod) and not is_terminating(pod):
            complete = False
            look.delete(ordinal)
        elif not look.is_healthy(pod):
            complete = False
        if not complete and look.one_by_one:
            return False
    return complete


def _shrink(look: _Look) -> bool:
    """Delete pods beyond the desired ordinals, the highest first. False while one of them is terminating."""
    beyond = sorted((o for o in look.pods if o not in look.ordinals), reverse=True)
    for ordinal in beyond:
        if not is_terminating(look.pods[ordinal]):
            look.delete(ordinal)
            _drop_claims(look, ordinal)
        if look.one_by_one:
            return False
    return not beyond


def _replace(look: _Look) -> None:
    """Pods of an older template go, the highest ordinal first, as many at a time as may be unavailable."""
    rolling = look.owner["spec"].get("updateStrategy", {}).get("rollingUpdate") or {}
    first = look.ordinals.start + rolling.get("partition", 0)
    allowed = max(1, int(share_of(rolling.get("maxUnavailable", 1), look.owner["spec"]["replicas"])))
    unavailable = sum(not look.is_healthy(look.pods[o]) for o in look.ordinals if o in look.pods)
    for ordinal in sorted((o for o in look.ordinals if o >= first and o in look.pods), reverse=True):
        if unavailable >= allowed:
            return
        pod = look.pods[ordinal]
        if pod["metadata"]["labels"].get(REVISION_LABEL) != look.updated and not is_terminating(pod):
            look.delete(ordinal)
            unavailable += 1


def _create(look: _Look, ordinal: int) -> None:
    owner, spec = look.owner, look.owner["spec"]
    strategy = spec.get("updateStrategy", {})
    partition = (strategy.get("rollingUpdate") or {}).get("partition", 0)
    keeps_old = ordinal < look.ordinals.start + partition
    old = look.world.get("controllerrevisions", look.current, owner["metadata"]["namespace"]) if keeps_old else None
    revision = old or look.update
    name = f"{owner['metadata']['name']}-{ordinal}"
    labels = {
        "apps.kubernetes.io/pod-index": str(ordinal),
        REVISION_LABEL: revision["metadata"]["name"],
        "statefulset.kubernetes.io/pod-name": name,
    }
    pod = pod_from(owner, template_of(revision), name=name, labels=labels)
    pod["spec"] |= {"hostname": name}
    if spec.get("serviceName"):
        pod["spec"]["subdomain"] = spec["serviceName"]
    if templates := spec.get("volumeClaimTemplates"):
        claimed = {template["metadata"]["name"] for template in templates}
        own = [v for v in pod["spec"].get("volumes") or [] if v["name"] not in claimed]
        pod["spec"]["volumes"] = [*(_claim(look, template, name) for template in templates), *own]
    failing = f"create Pod {name} in StatefulSet {owner['metadata']['name']} failed error:"
    create_pod(look.world, owner, pod, component=COMPONENT, failing=failing)


def _claim(look: _Look, template: Object, pod_name: str) -> Object:
    """The claim of one pod, made if it is not there yet (it outlives its pod); as a volume of that pod."""
    volume = template["metadata"]["name"]
    claim = f"{volume}-{pod_name}"
    namespace = look.owner["metadata"]["namespace"]
    if look.world.get("persistentvolumeclaims", claim, namespace) is None:
        labels = {**(template["metadata"].get("labels") or {}), **look.owner["spec"]["selector"].get("matchLabels", {})}
        metadata: Object = {"name": claim, "namespace": namespace, "labels": labels}
        if _retention(look, "whenDeleted") == "Delete":
            metadata["ownerReferences"] = [owner_reference(look.owner)]
        try:
            spec = thaw(template["spec"])
            look.world.create({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata, "spec": spec})
        except StatusError:
            # The pod says it: it cannot be scheduled for want of this claim.
            pass
    return {"name": volume, "persistentVolumeClaim": {"claimName": claim}}


def _drop_claims(look: _Look, ordinal: int) -> None:
    if _retention(look, "whenScaled") != "Delete":
        return
    metadata = look.owner["metadata"]
    for template in look.owner["spec"].get("volumeClaimTemplates") or []:
        name = f"{template['metadata']['name']}-{metadata['name']}-{ordinal}"
        claim = look.world.get("persistentvolumeclaims", name, metadata["namespace"])
        if claim is not None:
            look.world.delete(claim)


def _retention(look: _Look, when: str) -> str:
    policy = look.owner["spec"].get("persistentVolumeClaimRetentionPolicy") or {}
    return str(policy.get(when, "Retain"))


def _status(look: _Look) -> Object:
    owner, pods = look.owner, look.pods
    present = [pod for pod in pods.values() if not is_finished(pod)]
    staying = [pod for ordinal, pod in pods.items() if ordinal not in look.deleted and is_active(pod)]
    minimum = owner["spec"].get("minReadySeconds", 0)
    counts = {
        "replicas": len(present),
        "readyReplicas": sum(is_true(pod, "Ready") for pod in present),
        "currentReplicas": _of_revision(staying, look.current),
        "updatedReplicas": _of_revision(staying, look.updated),
    }
    current = look.current
    done = counts["updatedReplicas"] == counts["readyReplicas"] == counts["replicas"] == owner["spec"]["replicas"]
    on_delete = owner["spec"].get("updateStrategy", {}).get("type") == "OnDelete"
    if done and not look.deleted and not on_delete:
        current = look.updated
        counts["currentReplicas"] = counts["updatedReplicas"]
    status: Object = {"observedGeneration": owner["metadata"]["generation"], "replicas": counts.pop("replicas")}
    status |= {field: count for field, count in counts.items() if count}
    status |= {"currentRevision": current, "updateRevision": look.updated, "collisionCount": 0}
    status["availableReplicas"] = count_available(look.world, owner, present, minimum)
    return status


def _of_revision(pods: list[Object], revision: str) -> int:
    return sum(pod["metadata"]["labels"].get(REVISION_LABEL) == revision for pod in pods)
