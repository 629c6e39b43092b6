"""Storage classes: the class of a claim, and whether it binds at once or for its first pod."""

from sandbox.controllers.world import World
from sandbox.store import Object

SELECTED_NODE = "volume.kubernetes.io/selected-node"
"""Set on a claim by the scheduler: the node of the first pod that wants it."""
_DEFAULT = "storageclass.kubernetes.io/is-default-class"


def class_of(world: World, claim: Object) -> Object | None:
    """The class that a claim names, or the default one; an empty name means none."""
    name = claim["spec"].get("storageClassName")
    if name is not None:
        return world.get("storageclasses", name) if name else None
    classes = world.select("storageclasses")
    return next((c for c in classes if (c["metadata"].get("annotations") or {}).get(_DEFAULT) == "true"), None)


def waits_for_consumer(storage_class: Object) -> bool:
    return bool(storage_class.get("volumeBindingMode") == "WaitForFirstConsumer")
