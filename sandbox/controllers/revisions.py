"""ControllerRevisions: the former templates of StatefulSets and DaemonSets, by hash."""

from sandbox.controllers.templates import adopt, owner_reference, template_hash
from sandbox.controllers.world import World
from sandbox.store import Object, thaw


def sync_revisions(world: World, owner: Object, *, in_use: set[str]) -> Object:
    """The revision of the present template, made or renumbered if needed; old ones beyond the limit go."""
    known = sorted(world.controlled(owner, "controllerrevisions"), key=lambda r: int(r["revision"]))
    digest = template_hash(owner["spec"]["template"])
    name = f"{owner['metadata']['name']}-{digest}"
    newest = int(known[-1]["revision"]) if known else 0
    present = next((r for r in known if r["metadata"]["name"] == name), None)
    if present is None and adopt(world, owner, "controllerrevisions", name):
        present = world.get("controllerrevisions", name, owner["metadata"]["namespace"])
    if present is None:
        present = _create(world, owner, name=name, digest=digest, number=newest + 1)
    elif present["revision"] != newest:
        present = world.update({**thaw(present), "revision": newest + 1})
    keep = owner["spec"].get("revisionHistoryLimit", 10)
    old = [r for r in known if r["metadata"]["name"] not in in_use | {name}]
    for revision in old[: max(0, len(old) - keep)]:
        world.delete(revision)
    return present


def template_of(revision: Object) -> Object:
    template: Object = thaw(revision["data"]["spec"]["template"])
    return {key: value for key, value in template.items() if key != "$patch"}


def _create(world: World, owner: Object, *, name: str, digest: str, number: int) -> Object:
    template = thaw(owner["spec"]["template"])
    labels = {**(template.get("metadata", {}).get("labels") or {}), "controller.kubernetes.io/hash": digest}
    return world.create(
        {
            "apiVersion": "apps/v1",
            "kind": "ControllerRevision",
            "metadata": {
                "name": name,
                "namespace": owner["metadata"]["namespace"],
                "labels": labels,
                "ownerReferences": [owner_reference(owner)],
            },
            "data": {"spec": {"template": {**template, "$patch": "replace"}}},
            "revision": number,
        }
    )
