"""The ReplicaSets of a Rollout: one for each template, told by the label of its hash."""

from sandbox.controllers.templates import owner_reference, template_hash
from sandbox.controllers.world import World
from sandbox.store import Object, thaw

HASH_LABEL = "rollouts-pod-template-hash"
"""`DefaultRolloutUniqueLabelKey` (pkg/apis/rollouts/v1alpha1/types.go)."""


def hash_of(rs: Object) -> str:
    return str((rs["metadata"].get("labels") or {}).get(HASH_LABEL, ""))


def template_name(template: Object) -> str:
    """Another one than a Deployment has for its template, as their hashes differ (utils/hash): both may be there."""
    return template_hash({"template": template})


def of_template(world: World, rollout: Object, template: Object, selector: Object) -> Object:
    """That of a template, made without pods where there is none (rollout/sync.go `createDesiredReplicaSet`)."""
    name = template_name(template)
    found = next((rs for rs in world.controlled(rollout, "replicasets") if hash_of(rs) == name), None)
    if found is not None:
        return found
    own = thaw(template)
    metadata = own.setdefault("metadata", {})
    metadata["labels"] = {**(metadata.get("labels") or {}), HASH_LABEL: name}
    return world.create(
        {
            "apiVersion": "apps/v1",
            "kind": "ReplicaSet",
            "metadata": {
                "name": f"{rollout['metadata']['name']}-{name}",
                "namespace": rollout["metadata"]["namespace"],
                "labels": metadata["labels"],
                "ownerReferences": [owner_reference(rollout)],
            },
            "spec": {
                "replicas": 0,
                "selector": {"matchLabels": {**(selector.get("matchLabels") or {}), HASH_LABEL: name}},
                "template": own,
            },
        }
    )


def scale(world: World, rs: Object, replicas: int) -> None:
    if rs["spec"]["replicas"] != replicas:
        changed = thaw(rs)
        changed["spec"]["replicas"] = replicas
        world.update(changed)


def count(replica_sets: list[Object], member: str) -> int:
    """The sum of a count in their statuses."""
    return sum((rs.get("status") or {}).get(member, 0) for rs in replica_sets)
