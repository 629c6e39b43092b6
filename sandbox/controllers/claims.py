"""Claims for volumes: bound at once, or when the first pod that uses one is scheduled, as their class says."""

from sandbox.controllers.events import note, warn
from sandbox.controllers.references import claims_of
from sandbox.controllers.storage_classes import SELECTED_NODE, class_of, waits_for_consumer
from sandbox.controllers.templates import is_finished
from sandbox.controllers.world import Topic, World
from sandbox.store import Object, thaw

PROTECTION = "kubernetes.io/pvc-protection"
COMPONENT = "persistentvolume-controller"


def reconcile(world: World, claim: Object) -> None:
    """Bind a claim when its time has come; let it go when it is to go and no pod holds it."""
    status = claim.get("status") or {}
    if claim["metadata"].get("deletionTimestamp"):
        _release(world, claim)
        return
    if status.get("phase") == "Bound":
        return
    if not status.get("phase"):
        status = {**status, "phase": "Pending"}
        world.update_status(claim, status)
    storage_class = class_of(world, claim)
    if storage_class is None:
        message = "no persistent volumes available for this claim and no storage class is set"
        if name := claim["spec"].get("storageClassName"):
            message = f'storageclass.storage.k8s.io "{name}" not found'
        if world.elapsed(claim, "class", message) == 0.0:
            warn(world, claim, "ProvisioningFailed", message, component=COMPONENT)
        world.wait_for(claim, Topic("storageclasses", ""))
        return
    if waits_for_consumer(storage_class) and SELECTED_NODE not in (claim["metadata"].get("annotations") or {}):
        if world.elapsed(claim, "class", "waiting") == 0.0:
            message = "waiting for first consumer to be created before binding"
            note(world, claim, "WaitForFirstConsumer", message, component=COMPONENT)
        return
    left = world.timing.bind - world.elapsed(claim, "volume", "binding")
    if left > 0:
        world.requeue_after(claim, left)
        return
    _bind(world, claim, storage_class)


def _release(world: World, claim: Object) -> None:
    finalizers = claim["metadata"].get("finalizers") or []
    if PROTECTION not in finalizers:
        return
    namespace = claim["metadata"]["namespace"]
    pods = [pod for pod in world.select("pods", namespace) if not is_finished(pod)]
    if any(claim["metadata"]["name"] in claims_of(pod) for pod in pods):
        world.wait_for(claim, Topic("pods", namespace))
        return
    changed = thaw(claim)
    changed["metadata"]["finalizers"] = [f for f in finalizers if f != PROTECTION]
    world.update(changed)


def _bind(world: World, claim: Object, storage_class: Object) -> None:
    provisioner = storage_class["provisioner"]
    changed = thaw(claim)
    changed["metadata"]["annotations"] = {
        **(changed["metadata"].get("annotations") or {}),
        "pv.kubernetes.io/bind-completed": "yes",
        "pv.kubernetes.io/bound-by-controller": "yes",
        "volume.beta.kubernetes.io/storage-provisioner": provisioner,
        "volume.kubernetes.io/storage-provisioner": provisioner,
    }
    changed["spec"]["volumeName"] = f"pvc-{claim['metadata']['uid']}"
    bound = world.update(changed)
    capacity = (claim["spec"].get("resources") or {}).get("requests") or {}
    status = {"phase": "Bound", "accessModes": claim["spec"].get("accessModes", []), "capacity": capacity}
    world.update_status(bound, status)
