"""Deployments: from one template to the next by growing one ReplicaSet and shrinking the others.

The order of its steps follows the Deployment controller of Kubernetes, because every intermediate state is
visible to watches, and clients assess health by these states. Each reconciliation does one step; its writes trigger the
next one.
"""

from enum import Enum, auto

from sandbox.controllers.bounds import bounds_of
from sandbox.controllers.conditions import find_condition
from sandbox.controllers.deployment_status import (
    counted,
    has_deadline,
    put_condition,
    rolled_out,
    sync_plain_status,
    sync_rollout_status,
)
from sandbox.controllers.events import note, warn
from sandbox.controllers.templates import HASH_LABEL, adopt, is_finished, owner_reference, template_hash, without_hash
from sandbox.controllers.world import World
from sandbox.errors import StatusError
from sandbox.store import Object, thaw

COMPONENT = "deployment-controller"
REVISION = "deployment.kubernetes.io/revision"
REVISION_HISTORY = "deployment.kubernetes.io/revision-history"
DESIRED = "deployment.kubernetes.io/desired-replicas"
MAXIMUM = "deployment.kubernetes.io/max-replicas"
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


def reconcile(world: World, deployment: Object) -> None:
    """Take one Deployment one step further."""
    replica_sets = _oldest_first(world.controlled(deployment, "replicasets"))
    template = without_hash(deployment["spec"]["template"])
    new = next((rs for rs in replica_sets if without_hash(rs["spec"]["template"]) == template), None)
    if deployment["metadata"].get("deletionTimestamp"):
        sync_plain_status(world, deployment, replica_sets, new)
        return
    if _tell_pause(world, deployment):
        return
    paused = bool(deployment["spec"].get("paused"))
    if paused or _is_scaled(deployment, replica_sets):
        if not _scale_all(world, deployment, replica_sets, new):
            sync_plain_status(world, deployment, replica_sets, new)
            if paused:
                _forget_old(world, deployment, replica_sets, new)
        return
    old = [rs for rs in replica_sets if rs is not new]
    recreate = deployment["spec"].get("strategy", {}).get("type") == "Recreate"
    step = _recreate if recreate else _roll
    match step(world, deployment, new, old):
        case Step.CREATED:
            return
        case Step.SCALED:
            replica_sets = [_fresh(world, rs) for rs in replica_sets]
            new = _fresh(world, new) if new else None
        case Step.NONE:
            _forget_old(world, deployment, replica_sets, new)
    sync_rollout_status(world, _fresh(world, deployment), replica_sets, new)


class Step(Enum):
    """What one look at a Deployment did to its ReplicaSets."""

    CREATED = auto()
    """… or took up again, and said so in its own words: the counts follow at the next look."""
    SCALED = auto()
    NONE = auto()


def _fresh(world: World, obj: Object) -> Object:
    return world.at(world.key(obj)) or obj


def _oldest_first(replica_sets: list[Object]) -> list[Object]:
    return sorted(replica_sets, key=lambda rs: (rs["metadata"]["creationTimestamp"], _revision(rs)))


def _revision(obj: Object) -> int:
    return int((obj["metadata"].get("annotations") or {}).get(REVISION, 0))


def _tell_pause(world: World, deployment: Object) -> bool:
    """Say that a rollout is paused or goes on. True if something was written."""
    if not has_deadline(deployment):
        return False
    status = deployment.get("status") or {}
    conditions = status.get("conditions") or []
    reason = (find_condition(conditions, "Progressing") or {}).get("reason")
    if reason == "ProgressDeadlineExceeded":
        return False
    if deployment["spec"].get("paused") and reason != "DeploymentPaused":
        words = ("DeploymentPaused", "Deployment is paused")
    elif not deployment["spec"].get("paused") and reason == "DeploymentPaused":
        words = ("DeploymentResumed", "Deployment is resumed")
    else:
        return False
    updated = put_condition(conditions, "Progressing", "Unknown", *words, now=world.stamp())
    world.update_status(deployment, {**status, "conditions": updated})
    return True


def _is_scaled(deployment: Object, replica_sets: list[Object]) -> bool:
    """Whether the desired number changed: active ReplicaSets record the number that they were scaled for."""
    desired = str(deployment["spec"]["replicas"])
    return any(
        (rs["metadata"].get("annotations") or {}).get(DESIRED, desired) != desired
        for rs in replica_sets
        if rs["spec"]["replicas"]
    )


def _scale_all(world: World, deployment: Object, replica_sets: list[Object], new: Object | None) -> bool:
    """Bring a changed number of replicas to the ReplicaSets; in the midst of a rollout each gets its share."""
    active = [rs for rs in replica_sets if rs["spec"]["replicas"]]
    desired = deployment["spec"]["replicas"]
    if len(active) <= 1:
        only = active[0] if active else new
        return only is not None and _scale(world, deployment, only, desired)
    total = sum(rs["spec"]["replicas"] for rs in active)
    to_add = desired + (bounds_of(deployment).surge if desired else 0) - total
    stepped = False
    newest_first = sorted(active, key=lambda rs: rs["spec"]["replicas"], reverse=True)
    left = to_add
    for index, rs in enumerate(newest_first):
        last = index == len(newest_first) - 1
        share = left if last else round(rs["spec"]["replicas"] * to_add / total)
        left -= share
        stepped |= _scale(world, deployment, rs, max(0, rs["spec"]["replicas"] + share))
    return stepped


def _roll(world: World, deployment: Object, new: Object | None, old: list[Object]) -> Step:
    if new is None:
        return _create_new(world, deployment, old)
    if _adopt_new(world, deployment, new, old):
        return Step.CREATED
    target = _target_of_new(deployment, new["spec"]["replicas"], old)
    scaled = _scale(world, deployment, new, target) or _scale_down_old(world, deployment, new, old)
    return Step.SCALED if scaled else Step.NONE


def _recreate(world: World, deployment: Object, new: Object | None, old: list[Object]) -> Step:
    stopped = [_scale(world, deployment, rs, 0) for rs in old]
    if any(stopped):
        return Step.SCALED
    if any(not is_finished(pod) for rs in old for pod in world.controlled(rs, "pods")):
        return Step.NONE
    if new is None:
        return _create_new(world, deployment, old)
    if _adopt_new(world, deployment, new, old):
        return Step.CREATED
    return Step.SCALED if _scale(world, deployment, new, deployment["spec"]["replicas"]) else Step.NONE


def _target_of_new(deployment: Object, current: int, old: list[Object]) -> int:
    """How many pods of the new template may exist now: no more than desired, and no more than the surge allows."""
    desired = deployment["spec"]["replicas"]
    if current >= desired or deployment["spec"].get("strategy", {}).get("type") == "Recreate":
        return int(desired)
    room = desired + bounds_of(deployment).surge - current - sum(rs["spec"]["replicas"] for rs in old)
    return int(current + max(0, min(room, desired - current)))


def _create_new(world: World, deployment: Object, old: list[Object]) -> Step:
    template = thaw(without_hash(deployment["spec"]["template"]))
    digest = template_hash(template)
    template["metadata"]["labels"][HASH_LABEL] = digest
    selector = thaw(deployment["spec"]["selector"])
    selector["matchLabels"] = {**selector.get("matchLabels", {}), HASH_LABEL: digest}
    replicas = _target_of_new(deployment, 0, old)
    revision = str(max((_revision(rs) for rs in old), default=0) + 1)
    metadata = {
        "name": f"{deployment['metadata']['name']}-{digest}",
        "namespace": deployment["metadata"]["namespace"],
        "labels": template["metadata"]["labels"],
        "annotations": {**_inherited(deployment), **_bookkeeping(deployment), REVISION: revision},
        "ownerReferences": [owner_reference(deployment)],
    }
    spec: Object = {"replicas": replicas, "selector": selector, "template": template}
    if deployment["spec"].get("minReadySeconds"):
        spec["minReadySeconds"] = deployment["spec"]["minReadySeconds"]
    try:
        world.create({"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": metadata, "spec": spec})
    except StatusError as error:
        if error.reason == "AlreadyExists" and adopt(world, deployment, "replicasets", metadata["name"]):
            return Step.CREATED
        _tell_failure(world, deployment, metadata["name"], error)
        return Step.CREATED
    if replicas:
        _tell_scaling(world, deployment, metadata["name"], 0, replicas)
    _tell_creation(world, deployment, metadata["name"], revision)
    return Step.CREATED


def _tell_creation(world: World, deployment: Object, name: str, revision: str) -> None:
    current = _with_revision(deployment, revision)
    status = current.get("status") or {}
    conditions = status.get("conditions") or []
    # On a real cluster this write loses its race when a Recreate has just written its status, so that the old
    # "NewReplicaSetAvailable" stays through the whole rollout. Health rules have to live with that; so do ours.
    recreating = conditions and current["spec"].get("strategy", {}).get("type") == "Recreate"
    if has_deadline(current) and not recreating:
        words = ("True", "NewReplicaSetCreated", f'Created new replica set "{name}"')
        conditions = put_condition(conditions, "Progressing", *words, now=world.stamp())
    world.update_status(current, {**status, "conditions": conditions} if conditions else status)


def _tell_failure(world: World, deployment: Object, name: str, error: StatusError) -> None:
    message = f'Failed to create new replica set "{name}": {error.message}'
    warn(world, deployment, "ReplicaSetCreateError", message, component=COMPONENT)
    status = deployment.get("status") or {}
    if has_deadline(deployment):
        words = ("False", "ReplicaSetCreateError", message)
        conditions = put_condition(status.get("conditions") or [], "Progressing", *words, now=world.stamp())
        world.update_status(deployment, {**status, "conditions": conditions})
    world.requeue_after(deployment, 5 * world.timing.start)


def _adopt_new(world: World, deployment: Object, new: Object, old: list[Object]) -> bool:
    """A template that was there before is used again: its ReplicaSet gets the next revision. True if it moved."""
    newest = max((_revision(rs) for rs in old), default=0)
    revision = _revision(new)
    moved = revision <= newest and bool(old)
    annotations = dict(new["metadata"].get("annotations") or {})
    desired = {**annotations, **_bookkeeping(deployment)}
    if moved:
        history = [h for h in annotations.get(REVISION_HISTORY, "").split(",") if h]
        desired |= {REVISION_HISTORY: ",".join([*history, str(revision)]), REVISION: str(newest + 1)}
    minimum = deployment["spec"].get("minReadySeconds", 0)
    if desired != annotations or new["spec"].get("minReadySeconds", 0) != minimum:
        changed = thaw(new)
        changed["metadata"]["annotations"] = desired
        changed["spec"]["minReadySeconds"] = minimum
        world.update(changed)
        moved = True
    current = _with_revision(deployment, desired.get(REVISION, "1"))
    status = current.get("status") or {}
    conditions = status.get("conditions") or []
    if has_deadline(current) and find_condition(conditions, "Progressing") is None:
        words = ("True", "FoundNewReplicaSet", f'Found new replica set "{new["metadata"]["name"]}"')
        status = {**status, "conditions": put_condition(conditions, "Progressing", *words, now=world.stamp())}
    moved |= status != (deployment.get("status") or {}) or _revision(deployment) != _revision(current)
    world.update_status(current, status)
    return moved


def _with_revision(deployment: Object, revision: str) -> Object:
    """The Deployment as it is to be: the annotation is written together with the status, which raises no generation."""
    annotations = {**(deployment["metadata"].get("annotations") or {}), REVISION: revision}
    return {**deployment, "metadata": {**deployment["metadata"], "annotations": annotations}}


def _scale_down_old(world: World, deployment: Object, new: Object, old: list[Object]) -> bool:
    """Take away old pods as far as availability allows: first those that do not run anyway, then the oldest."""
    active = [rs for rs in old if rs["spec"]["replicas"]]
    total = new["spec"]["replicas"] + sum(rs["spec"]["replicas"] for rs in active)
    minimum = deployment["spec"]["replicas"] - bounds_of(deployment).unavailable
    new_unavailable = new["spec"]["replicas"] - _available(new)
    may_go = total - minimum - new_unavailable
    if may_go <= 0 or not active:
        return False
    targets = {rs["metadata"]["name"]: rs["spec"]["replicas"] for rs in active}
    for rs in active:
        unhealthy = min(may_go, rs["spec"]["replicas"] - min(_available(rs), rs["spec"]["replicas"]))
        targets[rs["metadata"]["name"]] -= unhealthy
        may_go -= unhealthy
    healthy_may_go = min(may_go, _available(new) + sum(_available(rs) for rs in active) - minimum)
    for rs in active:
        going = max(0, min(targets[rs["metadata"]["name"]], healthy_may_go))
        targets[rs["metadata"]["name"]] -= going
        healthy_may_go -= going
    scaled = [_scale(world, deployment, rs, targets[rs["metadata"]["name"]]) for rs in active]
    return any(scaled)


def _available(rs: Object) -> int:
    return int((rs.get("status") or {}).get("availableReplicas", 0))


def _scale(world: World, deployment: Object, rs: Object, replicas: int) -> bool:
    before = rs["spec"]["replicas"]
    annotations = {**(rs["metadata"].get("annotations") or {}), **_bookkeeping(deployment)}
    if before == replicas and annotations == rs["metadata"].get("annotations"):
        return False
    changed = thaw(rs)
    changed["spec"]["replicas"] = replicas
    changed["metadata"]["annotations"] = annotations
    world.update(changed)
    if before != replicas:
        _tell_scaling(world, deployment, rs["metadata"]["name"], before, replicas)
    return bool(before != replicas)


def _tell_scaling(world: World, deployment: Object, name: str, before: int, after: int) -> None:
    word = "up" if after > before else "down"
    message = f"Scaled {word} replica set {name} from {before} to {after}"
    note(world, deployment, "ScalingReplicaSet", message, component=COMPONENT)


def _bookkeeping(deployment: Object) -> dict[str, str]:
    desired = deployment["spec"]["replicas"]
    return {DESIRED: str(desired), MAXIMUM: str(desired + bounds_of(deployment).surge)}


def _inherited(deployment: Object) -> dict[str, str]:
    own = {REVISION, REVISION_HISTORY, DESIRED, MAXIMUM, LAST_APPLIED}
    return {k: v for k, v in (deployment["metadata"].get("annotations") or {}).items() if k not in own}


def _forget_old(world: World, deployment: Object, replica_sets: list[Object], new: Object | None) -> None:
    """Once rolled out, keep only as many empty ReplicaSets as the history may hold."""
    paused = deployment["spec"].get("paused")
    if not paused and not rolled_out(deployment, counted(deployment, replica_sets, new, now=world.stamp())):
        return
    keep = deployment["spec"].get("revisionHistoryLimit", 10)
    empty = [rs for rs in replica_sets if rs is not new and not rs["spec"]["replicas"] and not _has_pods(rs)]
    for rs in sorted(empty, key=_revision)[: max(0, len(empty) - keep)]:
        world.delete(rs)


def _has_pods(rs: Object) -> bool:
    return bool((rs.get("status") or {}).get("replicas"))
