"""Admission: refuses valid objects in terminating namespaces, and those with missing service accounts or classes."""

from collections.abc import Iterator

from sandbox.errors import Cause, StatusError, not_found
from sandbox.kinds.formats import quantity
from sandbox.pod_security import violation
from sandbox.resources import Resource
from sandbox.store import Entry, Key, Object, Store

_DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"
IMMORTAL = frozenset({"default", "kube-system", "kube-public"})


def forbidden(resource: Resource, name: str, detail: str, *causes: Cause) -> StatusError:
    """403 as admission answers it."""
    subject = f'{resource.group_resource} "{name}"' if name else resource.group_resource
    return StatusError(
        403,
        "Forbidden",
        f"{subject} is forbidden: {detail}",
        name=name,
        group=resource.group,
        kind=resource.plural,
        causes=causes,
    )


def check_namespace(store: Store, resource: Resource, namespace: str, name: str) -> None:
    """Nothing is made in a namespace that is not there, or will not be for long."""
    entry = store.get(Key("", "namespaces", "", namespace))
    if entry is None:
        raise not_found("namespaces", namespace)
    if entry.object["metadata"].get("deletionTimestamp"):
        raise forbidden(
            resource,
            name,
            f"unable to create new content in namespace {namespace} because it is being terminated",
            Cause(
                reason="NamespaceTerminating",
                message=f"namespace {namespace} is being terminated",
                field="metadata.namespace",
            ),
        )


def admit_pod(store: Store, resource: Resource, pod: Object) -> None:
    """A pod's account and class must exist; the class gives it its priority. Its namespace may refuse what it asks."""
    metadata, spec = pod["metadata"], pod["spec"]
    account = spec.get("serviceAccountName", "default")
    if account != "default" and not store.get(Key("", "serviceaccounts", metadata["namespace"], account)):
        raise forbidden(
            resource,
            metadata["name"],
            f'error looking up service account {metadata["namespace"]}/{account}: serviceaccount "{account}" not found',
        )
    if chosen := spec.get("priorityClassName"):
        found = store.get(Key("scheduling.k8s.io", "priorityclasses", "", chosen))
        if found is None and not chosen.startswith("system-"):
            raise forbidden(resource, metadata["name"], f"no PriorityClass with name {chosen} was found")
        if found:
            spec["priority"] = found.object.get("value", 0)
    namespace = store.get(Key("", "namespaces", "", metadata["namespace"]))
    if namespace is not None and (why := violation(namespace.object, spec)):
        raise forbidden(resource, metadata["name"], why)


def check_resize(store: Store, resource: Resource, claim: Object, live: Object) -> None:
    """A claim grows only if its class lets it."""
    if resource.group_resource != "persistentvolumeclaims":
        return
    before, after = ((c["spec"]["resources"].get("requests") or {}).get("storage", "0") for c in (live, claim))
    if quantity(after) <= quantity(before):
        return
    if not any(entry.object.get("allowVolumeExpansion") for entry in _classes_of(store, claim)):
        detail = "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must "
        raise forbidden(resource, claim["metadata"]["name"], detail + "support resize")


def _classes_of(store: Store, claim: Object) -> Iterator[Entry]:
    """The class that a claim names, or those that stand in for one that it does not name."""
    name = claim["spec"].get("storageClassName")
    for entry in store.select("storage.k8s.io", "storageclasses"):
        annotations = entry.object["metadata"].get("annotations") or {}
        if entry.key.name == name or (name is None and annotations.get(_DEFAULT_CLASS) == "true"):
            yield entry
