"""Deletion: preconditions, finalizers, grace periods and the propagation to owned objects."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sandbox import admission
from sandbox.bodies import options_invalid
from sandbox.clock import Clock, rfc3339
from sandbox.definitions import DEFINITIONS
from sandbox.errors import StatusError, bad_request
from sandbox.kinds.findings import invalid, unsupported
from sandbox.resources import Resource
from sandbox.store import Entry, Object, Store
from sandbox.writing import Writer

_PROPAGATION = ("Background", "Foreground", "Orphan")
_CLEANUP = "customresourcecleanup.apiextensions.k8s.io"
_FINALIZER = {"Foreground": "foregroundDeletion", "Orphan": "orphan"}


@dataclass(frozen=True, kw_only=True)
class DeleteOptions:
    """What a deletion asks for besides the object's name."""

    propagation: str = ""
    grace_seconds: int | None = None
    uid: str = ""
    resource_version: str = ""
    dry_run: bool = False

    @classmethod
    def read(cls, body: Any, query: Mapping[str, str]) -> "DeleteOptions":
        """From a `DeleteOptions` body and query parameters. Raises `StatusError` 400, 422."""
        if body is None:
            body = {}
        if not isinstance(body, dict):
            raise bad_request("the body of a deletion must be DeleteOptions")
        preconditions = body.get("preconditions") or {}
        propagation = query.get("propagationPolicy") or body.get("propagationPolicy") or ""
        if propagation and propagation not in _PROPAGATION:
            raise options_invalid("DeleteOptions", unsupported("propagationPolicy", propagation, _PROPAGATION))
        if body.get("orphanDependents") is not None:
            if propagation:
                detail = "orphanDependents and deletionPropagation cannot be both set"
                raise options_invalid("DeleteOptions", invalid("propagationPolicy", propagation, detail))
            propagation = "Orphan" if body["orphanDependents"] else "Background"
        grace = query.get("gracePeriodSeconds", body.get("gracePeriodSeconds"))
        if grace is not None and not str(grace).lstrip("-").isdecimal():
            raise bad_request(f'strconv.ParseInt: parsing "{grace}": invalid syntax')
        return cls(
            propagation=propagation,
            grace_seconds=None if grace is None else int(grace),
            uid=preconditions.get("uid") or "",
            resource_version=preconditions.get("resourceVersion") or "",
            dry_run=bool(query.get("dryRun") or body.get("dryRun")),
        )


@dataclass(frozen=True, kw_only=True)
class Deleted:
    """The result of a deletion: removed, or terminating."""

    object: Object
    gone: bool


class Deleter:
    """Deletes from one cluster's store."""

    def __init__(self, store: Store, writer: Writer, clock: Clock) -> None:
        self._store = store
        self._writer = writer
        self._clock = clock

    def delete(self, resource: Resource, namespace: str, name: str, options: DeleteOptions) -> Deleted:
        """Raises `StatusError`: 403 (namespaces that stay), 404, 409 (preconditions)."""
        entry = self._writer.existing(resource, namespace, name)
        _check_preconditions(resource, entry, options)
        if not resource.group and resource.plural == "namespaces" and name in admission.IMMORTAL:
            raise admission.forbidden(resource, name, "this namespace may not be deleted")
        held = self._held(resource, entry.object, options)
        if options.dry_run:
            return Deleted(object=held or entry.object, gone=held is None)
        if held and held["metadata"].get("finalizers") == [_CLEANUP]:
            # A definition waits for its instances, which here takes no time: it is answered waiting, and is gone.
            self._writer.remove(entry.key)
            return Deleted(object=held, gone=False)
        if held is None:
            return Deleted(object=self._writer.remove(entry.key).object, gone=True)
        if held != entry.object:
            entry = self._store.put(entry.key, held)
        return Deleted(object=entry.object, gone=False)

    def existing(self, resource: Resource, namespace: str, name: str) -> Object:
        """What is about to be deleted. Raises `StatusError` 404."""
        return self._writer.existing(resource, namespace, name).object

    def _held(self, resource: Resource, obj: Object, options: DeleteOptions) -> Object | None:
        """The object as it waits for its end, or None if nothing holds it."""
        metadata = dict(obj["metadata"])
        finalizers = list(metadata.get("finalizers") or ())
        asked = _FINALIZER.get(options.propagation)
        if asked and asked not in finalizers:
            finalizers.append(asked)
        elif options.propagation == "Background":
            finalizers = [f for f in finalizers if f not in _FINALIZER.values()]
        if (resource.group, resource.plural) == DEFINITIONS and _CLEANUP not in finalizers:
            finalizers.append(_CLEANUP)
        grace = _grace(resource, obj, options)
        is_namespace = not resource.group and resource.plural == "namespaces"
        if not finalizers and not grace and not (is_namespace and obj["spec"].get("finalizers")):
            return None
        if finalizers:
            metadata["finalizers"] = finalizers
        shorter = grace < metadata.get("deletionGracePeriodSeconds", grace + 1)
        if "deletionTimestamp" not in metadata or (grace and shorter):
            if "generation" in metadata and "deletionTimestamp" not in metadata:
                metadata["generation"] += 1
            metadata["deletionTimestamp"] = rfc3339(self._clock.now() + timedelta(seconds=grace))
            if not is_namespace:
                metadata["deletionGracePeriodSeconds"] = grace
        out = obj | {"metadata": metadata}
        if is_namespace:
            out["status"] = (obj.get("status") or {}) | {"phase": "Terminating"}
        return out


def _grace(resource: Resource, obj: Object, options: DeleteOptions) -> int:
    """Seconds that a pod gets to stop; everything else goes at once."""
    if resource.group or resource.plural != "pods":
        return 0
    if not obj["spec"].get("nodeName") or (obj.get("status") or {}).get("phase") in {"Succeeded", "Failed"}:
        return 0
    if options.grace_seconds is not None:
        return max(0, options.grace_seconds)
    return int(obj["spec"].get("terminationGracePeriodSeconds", 30))


def _check_preconditions(resource: Resource, entry: Entry, options: DeleteOptions) -> None:
    name, metadata = entry.key.name, entry.object["metadata"]
    problem = ""
    if options.uid and options.uid != metadata["uid"]:
        problem = (
            f"the UID in the precondition ({options.uid}) does not match the UID in record ({metadata['uid']}). "
            "The object might have been deleted and then recreated"
        )
    elif options.resource_version and options.resource_version != metadata["resourceVersion"]:
        problem = (
            f"the ResourceVersion in the precondition ({options.resource_version}) does not match the "
            f"ResourceVersion in record ({metadata['resourceVersion']}). The object might have been modified"
        )
    if problem:
        qualified = f"{resource.kind}.{resource.group}" if resource.group else resource.kind
        raise StatusError(
            409,
            "Conflict",
            f'Operation cannot be fulfilled on {qualified} "{name}": {problem}',
            name=name,
            group=resource.group,
            kind=resource.kind,
        )
