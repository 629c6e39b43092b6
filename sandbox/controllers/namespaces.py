"""Namespaces: the objects that each one gets, and the deletion of the contents of a terminating one."""

from sandbox.controllers.conditions import set_condition
from sandbox.controllers.world import Topic, World, parse_time
from sandbox.errors import StatusError
from sandbox.store import Object

ROOT_CERTIFICATE = "kube-root-ca.crt"
_PLACEHOLDER = (
    "-----BEGIN CERTIFICATE-----\nA practice cluster has no certificate of its own.\n-----END CERTIFICATE-----\n"
)


def reconcile(world: World, namespace: Object) -> None:
    """Furnish a living namespace; empty a dying one and let it go."""
    if namespace["metadata"].get("deletionTimestamp"):
        _empty(world, namespace)
    else:
        furnish(world, namespace["metadata"]["name"], root_certificate=world.root_certificates)


def furnish(world: World, namespace: str, *, root_certificate: bool) -> None:
    """The default ServiceAccount and, where enabled, the ConfigMap `kube-root-ca.crt`."""
    given: list[Object] = [{"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default"}}]
    if root_certificate:
        given.append(root_certificate_map())
    for obj in given:
        obj["metadata"]["namespace"] = namespace
        plural = "serviceaccounts" if obj["kind"] == "ServiceAccount" else "configmaps"
        if world.get(plural, obj["metadata"]["name"], namespace) is None:
            try:
                world.create(obj)
            except StatusError:
                # A quota may not even allow this; then the namespace goes without.
                continue


def root_certificate_map() -> Object:
    """The ConfigMap `kube-root-ca.crt`, without its namespace."""
    description = "Contains a CA bundle that can be used to verify the kube-apiserver."
    metadata = {"name": ROOT_CERTIFICATE, "annotations": {"kubernetes.io/description": description}}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"ca.crt": _PLACEHOLDER}}


def _empty(world: World, namespace: Object) -> None:
    name = namespace["metadata"]["name"]
    _delete_content(world, name)
    left = _content(world, name)
    if not left:
        world.remove(namespace)
        return
    world.wait_for(namespace, Topic("", name))
    since = (world.now() - parse_time(namespace["metadata"]["deletionTimestamp"])).total_seconds()
    if since < world.timing.blocked_namespace:
        world.requeue_after(namespace, world.timing.blocked_namespace - since)
    else:
        world.update_status(namespace, _told(world, namespace, left))


def _content(world: World, namespace: str) -> dict[str, list[Object]]:
    """What a namespace still holds, by `plural.group`."""
    resources = [r for r in world.cluster.resources if r.namespaced]
    content = {r.group_resource: world.select(r.group_resource, namespace) for r in resources}
    return {where: objects for where, objects in content.items() if objects}


def _delete_content(world: World, namespace: str) -> None:
    for objects in _content(world, namespace).values():
        for obj in objects:
            world.delete(obj)


def _told(world: World, namespace: Object, left: dict[str, list[Object]]) -> Object:
    remaining = ", ".join(f"{where} has {len(objects)} resource instances" for where, objects in left.items())
    finalizers: dict[str, int] = {}
    for obj in (obj for objects in left.values() for obj in objects):
        for finalizer in obj["metadata"].get("finalizers") or []:
            finalizers[finalizer] = finalizers.get(finalizer, 0) + 1
    holding = ", ".join(f"{name} in {count} resource instances" for name, count in finalizers.items())
    status = namespace.get("status") or {}
    conditions = status.get("conditions") or []
    for type_, is_so, reason, message in (
        ("NamespaceContentRemaining", True, "SomeResourcesRemain", f"Some resources are remaining: {remaining}"),
        (
            "NamespaceFinalizersRemaining",
            bool(holding),
            "SomeFinalizersRemain" if holding else "ContentHasNoFinalizers",
            f"Some content in the namespace has finalizers remaining: {holding}"
            if holding
            else "All content-preserving finalizers finished",
        ),
    ):
        words = {"reason": reason, "message": message}
        conditions = set_condition(conditions, type_, "True" if is_so else "False", now=world.stamp(), **words)
    return {**status, "phase": "Terminating", "conditions": conditions}
