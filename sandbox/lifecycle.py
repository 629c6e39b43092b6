"""What a write may change of an object's identity, generation and finalizers."""

from collections.abc import Iterable, Mapping
from typing import Any

from sandbox.definitions import Definition
from sandbox.errors import Cause
from sandbox.kinds.findings import IMMUTABLE, forbidden, invalid
from sandbox.store import Entry, Object

_NOT_SPEC = frozenset({"apiVersion", "kind", "metadata", "status"})
_KEPT = ("namespace", "uid", "creationTimestamp", "generation", "deletionTimestamp", "deletionGracePeriodSeconds")
_NOT_SENT = ("resourceVersion", "selfLink", "deletionTimestamp", "deletionGracePeriodSeconds", "generation")


def put(obj: Object, name: str, value: Any) -> None:
    """Set a member, or take it out where there is no value."""
    if value is None:
        obj.pop(name, None)
    else:
        obj[name] = value


def begin(metadata: Object) -> None:
    """Drop what only the server may say of a new object."""
    for name in _NOT_SENT:
        metadata.pop(name, None)


def keep_identity(metadata: Object, live: Mapping[str, Any], entry: Entry) -> None:
    """What the server says about an object stays, whatever the body says."""
    metadata["name"] = live["name"]
    for name in _KEPT:
        put(metadata, name, live.get(name))
    metadata["resourceVersion"] = str(entry.version)


def other_uid(sent: Mapping[str, Any], live: Mapping[str, Any]) -> Iterable[Cause]:
    """A patch may not give an object another uid; a replacement that names one is a precondition instead."""
    if sent.get("uid") and sent["uid"] != live["uid"]:
        yield invalid("metadata.uid", sent["uid"], IMMUTABLE)


def counts(kind: Definition, new: Object, old: Object) -> bool:
    """Whether a change counts as a new generation."""
    ignored = _NOT_SPEC if kind.has_status or not kind.resource.custom else _NOT_SPEC - {"status"}
    parts = (new.keys() | old.keys()) - ignored
    if any(new.get(part) != old.get(part) for part in parts):
        return not _is_binding(kind, new, old)
    annotations = (new["metadata"].get("annotations") or {}, old["metadata"].get("annotations") or {})
    return kind.rules.generation_counts_annotations and annotations[0] != annotations[1]


def _is_binding(kind: Definition, new: Object, old: Object) -> bool:
    """Whether all that changes is that a pod is given its node, which is not a new generation of it."""
    if kind.resource.plural != "pods" or "nodeName" in old["spec"]:
        return False
    return bool(new["spec"] == old["spec"] | {"nodeName": new["spec"].get("nodeName")})


def finalizers_added(new: Object, old: Object) -> Iterable[Cause]:
    """An object on its way out takes no new finalizers."""
    if not old["metadata"].get("deletionTimestamp"):
        return
    added = [f for f in new["metadata"].get("finalizers") or () if f not in (old["metadata"].get("finalizers") or ())]
    if added:
        shown = ", ".join(f'"{f}"' for f in added)
        yield forbidden(
            "metadata.finalizers",
            f"no new finalizers can be added if the object is being deleted, found new finalizers []string{{{shown}}}",
        )


def is_free_to_go(obj: Object) -> bool:
    """Its deletion was asked for, and nothing holds it any more."""
    metadata = obj["metadata"]
    held = metadata.get("finalizers") or metadata.get("deletionGracePeriodSeconds")
    if obj["kind"] == "Namespace":
        held = held or (obj.get("spec") or {}).get("finalizers")
    return bool(metadata.get("deletionTimestamp")) and not held
