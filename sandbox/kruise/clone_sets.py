"""CloneSets of OpenKruise: pods of two templates at most, of which a partition keeps the former one.

openkruise/kruise pkg/controller/cloneset: `sync/cloneset_sync_utils.go` says how many pods are of which template,
`cloneset_status.go` what is reported. There is no condition for a rollout that does not advance.
"""

from dataclasses import dataclass
from math import ceil

from sandbox.controllers.bounds import share_of
from sandbox.controllers.conditions import find_condition, is_true
from sandbox.controllers.replicasets import available_in, count_available
from sandbox.controllers.revisions import sync_revisions, template_of
from sandbox.controllers.templates import (
    REVISION_LABEL,
    create_pod,
    delete_pod,
    is_active,
    pod_from,
    random_suffix,
)
from sandbox.controllers.world import Topic, World
from sandbox.store import Object

NAMESPACE, SETTINGS = "kruise-system", "kruise-configuration"
"""The ConfigMap with the settings of OpenKruise (pkg/util/configuration): where it is missing, none runs here."""

COMPONENT = "cloneset-controller"
_INSTANCE = "apps.kruise.io/cloneset-instance-id"
_MAX_UNAVAILABLE = "20%"  # `DefaultCloneSetMaxUnavailable` (apis/apps/v1alpha1/cloneset_types.go)


@dataclass(kw_only=True)
class _Look:
    """One look at a CloneSet: its active pods, and the revisions that they may have."""

    world: World
    owner: Object
    current: str
    update: Object
    pods: list[Object]
    failure: str | None = None

    @property
    def updated(self) -> str:
        return str(self.update["metadata"]["name"])

    @property
    def replicas(self) -> int:
        return int(self.owner["spec"].get("replicas", 1))

    @property
    def strategy(self) -> Object:
        found: Object = self.owner["spec"].get("updateStrategy") or {}
        return found

    @property
    def partition(self) -> int:
        """How many pods keep the former template (pkg/util/tools.go `CalculatePartitionReplicas`).

        A percentage is rounded up, and lets one pod go unless it is all of them.
        """
        given = self.strategy.get("partition", 0)
        pods = ceil(share_of(given, self.replicas))
        if isinstance(given, str) and given != "100%" and self.replicas > 1 and pods == self.replicas:
            pods -= 1
        return max(0, min(pods, self.replicas))

    def of(self, revision: str) -> list[Object]:
        return [pod for pod in self.pods if pod["metadata"]["labels"].get(REVISION_LABEL) == revision]

    def is_available(self, pod: Object) -> bool:
        return available_in(self.world, pod, self.owner["spec"].get("minReadySeconds", 0)) == 0


def reconcile(world: World, owner: Object) -> None:
    """Create, replace or delete pods of one CloneSet, and count."""
    world.wait_for(owner, Topic("configmaps", NAMESPACE))
    if world.get("configmaps", SETTINGS, NAMESPACE) is None or owner["metadata"].get("deletionTimestamp"):
        return
    status = owner.get("status") or {}
    update = sync_revisions(world, owner, in_use={status.get("currentRevision", ""), status.get("updateRevision", "")})
    look = _Look(
        world=world,
        owner=owner,
        current=status.get("currentRevision") or update["metadata"]["name"],
        update=update,
        pods=[pod for pod in world.controlled(owner, "pods") if is_active(pod)],
    )
    # It either scales or updates in one look (`syncCloneSet`).
    if not _scale(look) and not look.strategy.get("paused"):
        _update(look)
    world.update_status(owner, _status(look))


def _scale(look: _Look) -> bool:
    """Whether pods were made or taken away (`sync/cloneset_scale.go`)."""
    former = len(look.pods) - len(look.of(look.updated))
    missing = look.replicas - len(look.pods)
    for number in range(missing):
        keeps_former = number < look.partition - former and look.current != look.updated
        look.failure = look.failure or _create(look, look.current if keeps_former else look.updated)
    surplus = sorted(look.pods, key=look.is_available)[: max(0, -missing)]
    for pod in surplus:
        delete_pod(look.world, look.owner, pod, component=COMPONENT)
    return missing != 0


def _create(look: _Look, name: str) -> str | None:
    """Why the pod cannot be created, or None."""
    owner = look.owner
    revision = look.world.get("controllerrevisions", name, owner["metadata"]["namespace"]) or look.update
    instance = random_suffix()
    labels = {REVISION_LABEL: revision["metadata"]["name"], _INSTANCE: instance}
    pod = pod_from(owner, template_of(revision), name=f"{owner['metadata']['name']}-{instance}", labels=labels)
    return create_pod(look.world, owner, pod, component=COMPONENT)


def _update(look: _Look) -> None:
    """Pods of the former template go beyond the partition, those first that are not available anyway.

    `sync/cloneset_update.go` `limitUpdateIndexes`; without surge `maxUnavailable` is rounded up.
    """
    former = [pod for pod in look.pods if pod not in look.of(look.updated)]
    allowed = ceil(share_of(look.strategy.get("maxUnavailable", _MAX_UNAVAILABLE), look.replicas))
    unavailable = sum(not look.is_available(pod) for pod in look.pods)
    for pod in sorted(former, key=look.is_available)[: max(0, len(former) - look.partition)]:
        if look.is_available(pod):
            if unavailable >= allowed:
                return
            unavailable += 1
        delete_pod(look.world, look.owner, pod, component=COMPONENT)


def _status(look: _Look) -> Object:
    """`calculateStatus`: a template that all pods have is the current one, ready or not."""
    pods, updated = look.pods, look.of(look.updated)
    current = look.updated if len(updated) == len(pods) else look.current
    selector = look.owner["spec"]["selector"].get("matchLabels") or {}
    status: Object = {
        "observedGeneration": look.owner["metadata"]["generation"],
        "replicas": len(pods),
        "readyReplicas": sum(is_true(pod, "Ready") for pod in pods),
        "availableReplicas": count_available(
            look.world, look.owner, pods, look.owner["spec"].get("minReadySeconds", 0)
        ),
        "updatedReplicas": len(updated),
        "updatedReadyReplicas": sum(is_true(pod, "Ready") for pod in updated),
        "expectedUpdatedReplicas": look.replicas - (look.partition if current != look.updated else 0),
        "currentRevision": current,
        "updateRevision": look.updated,
        "labelSelector": ",".join(f"{key}={value}" for key, value in selector.items()),
    }
    if look.failure is not None:
        former = find_condition((look.owner.get("status") or {}).get("conditions") or [], "FailedScale")
        since = former["lastTransitionTime"] if former else look.world.stamp()
        failed = {"type": "FailedScale", "status": "True", "lastTransitionTime": since, "message": look.failure}
        status["conditions"] = [failed]
    return status
