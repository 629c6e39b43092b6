"""What the controllers of Flux have in common: their source, their conditions, and when they look again."""

from collections.abc import Mapping

from sandbox.controllers.world import Topic, World
from sandbox.flux.definitions import SOURCE
from sandbox.git_folders import files_of
from sandbox.store import Object, thaw

REQUESTED_AT = "reconcile.fluxcd.io/requestedAt"


class NotReadyError(Exception):
    """Why an object is not reconciled; the condition `Ready` is False for `reason`."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


def is_at_work(world: World, obj: Object) -> bool:
    """Whether the controllers run here, and have anything to do with the object."""
    served = world.cluster.resources.of_kind(f"{SOURCE}/v1", "GitRepository") is not None
    return served and not obj["spec"].get("suspend") and not obj["metadata"].get("deletionTimestamp")


def source_files(world: World, obj: Object, reference: Mapping[str, str], path: str | None) -> dict[str, str]:
    """Raises `NotReadyError`."""
    namespace = reference.get("namespace") or obj["metadata"]["namespace"]
    world.wait_for(obj, Topic("configmaps", namespace), Topic("gitrepositories", namespace))
    repository = world.get(f"gitrepositories.{SOURCE}", reference.get("name", ""), namespace)
    if repository is None:
        raise NotReadyError(
            "ArtifactFailed", f"{reference.get('kind')} '{namespace}/{reference.get('name')}' not found"
        )
    files = files_of(world, namespace, repository["spec"].get("url"), path)
    if files is None:
        raise NotReadyError("ArtifactFailed", f"stat {path}: no such file or directory")
    return files


def report(
    world: World, obj: Object, *, ready: str, reason: str, message: str, begun: bool = False, **more: object
) -> None:
    """The status of an object, with the conditions `Ready` and, while something is under way, `Reconciling`.

    fluxcd/pkg runtime/conditions/setter.go; `lastHandledReconcileAt` is the request that was seen. `begun`: what was
    begun earlier has ended, so that neither the spec nor a request of since then has been seen.
    """
    former = thaw(obj).get("status") or {}
    conditions = [_condition(world, former, {"type": "Ready", "status": ready, "reason": reason, "message": message})]
    if ready == "Unknown":
        conditions.append(_condition(world, former, {**conditions[0], "type": "Reconciling", "status": "True"}))
    requested = (obj["metadata"].get("annotations") or {}).get(REQUESTED_AT)
    seen = {
        "observedGeneration": obj["metadata"]["generation"],
        **({"lastHandledReconcileAt": requested} if requested else {}),
    }
    status = {**former, **({} if begun else seen), "conditions": conditions, **more}
    world.update_status(obj, status)


def _condition(world: World, former: Object, news: Object) -> Object:
    """With the time since which it has this status."""
    known = next((each for each in former.get("conditions") or () if each["type"] == news["type"]), None)
    same = known is not None and known["status"] == news["status"]
    return {**news, "lastTransitionTime": known["lastTransitionTime"] if known and same else world.stamp()}
