"""Garbage collection of owned objects: foreground, background and orphaning deletion."""

from sandbox.controllers.world import World
from sandbox.store import Object, thaw

FOREGROUND = "foregroundDeletion"
ORPHAN = "orphan"


def is_abandoned(world: World, obj: Object) -> bool:
    """Whether an object names owners and none of them exists (any more, or ever did in this cluster)."""
    references = obj["metadata"].get("ownerReferences")
    return bool(references) and not any(world.exists(reference["uid"]) for reference in references)


def finish_deletion(world: World, owner: Object) -> None:
    """Work off the finalizers that a deletion in the foreground, or one that leaves orphans, has set."""
    finalizers = owner["metadata"].get("finalizers") or []
    if ORPHAN in finalizers:
        for dependent in world.dependents(owner):
            _let_go(world, dependent, owner)
        _take_out(world, owner, ORPHAN)
    elif FOREGROUND in finalizers:
        blocking = world.dependents(owner)
        for dependent in blocking:
            # What owns something itself goes after it, so that the owner is the last of all.
            world.delete(dependent, propagation="Foreground" if world.dependents(dependent) else "Background")
        if not any(_blocks(dependent, owner) for dependent in world.dependents(owner)):
            _take_out(world, owner, FOREGROUND)


def _blocks(dependent: Object, owner: Object) -> bool:
    references = dependent["metadata"].get("ownerReferences") or []
    return any(r["uid"] == owner["metadata"]["uid"] and r.get("blockOwnerDeletion") for r in references)


def _let_go(world: World, dependent: Object, owner: Object) -> None:
    changed = thaw(dependent)
    kept = [r for r in changed["metadata"]["ownerReferences"] if r["uid"] != owner["metadata"]["uid"]]
    changed["metadata"]["ownerReferences"] = kept
    if not kept:
        del changed["metadata"]["ownerReferences"]
    world.update(changed)


def _take_out(world: World, owner: Object, finalizer: str) -> None:
    changed = thaw(owner)
    changed["metadata"]["finalizers"] = [f for f in changed["metadata"]["finalizers"] if f != finalizer]
    world.update(changed)
