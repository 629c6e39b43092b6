"""Pod templates: what distinguishes one revision from the next, and the pods made from them."""

import hashlib
import secrets

import orjson

from sandbox.controllers.events import note, warn
from sandbox.controllers.world import Topic, World, controller_uid
from sandbox.errors import StatusError
from sandbox.kinds.meta import selects
from sandbox.store import Object, thaw

HASH_LABEL = "pod-template-hash"
REVISION_LABEL = "controller-revision-hash"
_LETTERS = "bcdfghjklmnpqrstvwxz2456789"


def template_hash(template: Object) -> str:
    """A short name for a template's content, of the letters that Kubernetes uses; the hash label does not count."""
    digest = hashlib.sha256(orjson.dumps(without_hash(template), option=orjson.OPT_SORT_KEYS)).digest()
    return "".join(_LETTERS[byte % len(_LETTERS)] for byte in digest[:10])


def without_hash(template: Object) -> Object:
    metadata = template.get("metadata") or {}
    labels = {k: v for k, v in (metadata.get("labels") or {}).items() if k != HASH_LABEL}
    kept = {k: v for k, v in metadata.items() if k not in {"labels", "creationTimestamp"}}
    return {**template, "metadata": {**kept, "labels": labels}}


def random_suffix() -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(5))


def owner_reference(owner: Object) -> Object:
    return {
        "apiVersion": owner["apiVersion"],
        "kind": owner["kind"],
        "name": owner["metadata"]["name"],
        "uid": owner["metadata"]["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }


def adopt(world: World, owner: Object, plural: str, name: str) -> bool:
    """Adopt an object of this name that has no controller, as one that an orphaning deletion left."""
    left_behind = world.get(plural, name, owner["metadata"]["namespace"])
    if left_behind is None or controller_uid(left_behind) is not None or is_terminating(left_behind):
        return False
    selector = owner["spec"]["selector"].get("matchLabels") or {}
    if not selector.items() <= (left_behind["metadata"].get("labels") or {}).items():
        return False
    changed = thaw(left_behind)
    changed["metadata"].setdefault("ownerReferences", []).append(owner_reference(owner))
    world.update(changed)
    return True


def pod_from(owner: Object, template: Object, *, name: str = "", labels: dict[str, str] | None = None) -> Object:
    """A pod of this owner; a random name after the owner's unless one is given."""
    template = thaw(template)
    prefix = owner["metadata"]["name"] + "-"
    template_metadata = template.get("metadata") or {}
    metadata: Object = {
        "name": name or prefix + random_suffix(),
        "generateName": prefix,
        "namespace": owner["metadata"]["namespace"],
        "labels": {**(template_metadata.get("labels") or {}), **(labels or {})},
        "ownerReferences": [owner_reference(owner)],
    }
    if template_metadata.get("annotations"):
        metadata["annotations"] = template_metadata["annotations"]
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template["spec"]}


def create_pod(world: World, owner: Object, pod: Object, *, component: str, failing: str = "") -> str | None:
    """Create a pod and say so; the answer is why it cannot be created, or None. Another look follows what may help.

    `failing` is how the controller's event about a failure begins.
    """
    namespace = pod["metadata"]["namespace"]
    account = pod["spec"].get("serviceAccountName", "default")
    refusal = None
    if account != "default" and world.get("serviceaccounts", account, namespace) is None:
        refusal = (
            f'pods "{pod["metadata"]["generateName"]}" is forbidden: error looking up service account '
            f'{namespace}/{account}: serviceaccount "{account}" not found'
        )
    else:
        try:
            world.create(pod)
        except StatusError as error:
            if error.reason == "AlreadyExists" and adopt(world, owner, "pods", pod["metadata"]["name"]):
                return None
            refusal = error.message
    if refusal is None:
        note(world, owner, "SuccessfulCreate", f"Created pod: {pod['metadata']['name']}", component=component)
        return None
    warn(world, owner, "FailedCreate", f"{failing or 'Error creating:'} {refusal}", component=component)
    world.wait_for(
        owner, Topic("serviceaccounts", namespace), Topic("resourcequotas", namespace), Topic("", namespace), delay=1.0
    )
    return refusal


def delete_pod(world: World, owner: Object, pod: Object, *, component: str) -> None:
    if is_terminating(pod):
        return
    world.delete(pod)
    note(world, owner, "SuccessfulDelete", f"Deleted pod: {pod['metadata']['name']}", component=component)


def is_terminating(pod: Object) -> bool:
    return "deletionTimestamp" in pod["metadata"]


def is_finished(pod: Object) -> bool:
    return pod.get("status", {}).get("phase") in {"Succeeded", "Failed"}


def is_active(pod: Object) -> bool:
    return not is_terminating(pod) and not is_finished(pod)


def active_pods(world: World, namespace: str, selector: Object | None) -> list[Object]:
    """Those that a label selector matches; none where there is no selector."""
    if selector is None:
        return []
    return [
        pod
        for pod in world.select("pods", namespace)
        if is_active(pod) and selects(selector, pod["metadata"].get("labels") or {})
    ]
