"""Server-side apply, and the ownership of fields that it maintains.

Follows sigs.k8s.io/structured-merge-diff v6 `merge/update.go` and apimachinery's `managedfields`: an apply that
changes a field of another manager is a conflict; a field that its manager applied before and now leaves out is removed,
unless another manager owns it; an update takes over the fields that it changes. Input objects are never changed in
place.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sandbox.clock import rfc3339
from sandbox.errors import Cause, StatusError
from sandbox.fields import (
    ABSENT,
    FieldSet,
    compare,
    difference,
    fields_of,
    intersection,
    leaves,
    merge,
    path_of,
    remove,
    union,
    with_named_ancestors,
    without,
)
from sandbox.schema import Node
from sandbox.store import Object

_SERVER_OWNED = frozenset({"f:apiVersion", "f:kind"})
_SERVER_OWNED_METADATA = frozenset(
    f"f:{name}"
    for name in (
        "name",
        "namespace",
        "creationTimestamp",
        "selfLink",
        "uid",
        "generation",
        "managedFields",
        "resourceVersion",
    )
)
BEFORE_FIRST_APPLY = "before-first-apply"


@dataclass(frozen=True, kw_only=True)
class Manager:
    """Who writes, how, through which version and subresource: one entry of `managedFields`."""

    name: str
    operation: str
    api_version: str
    subresource: str = ""

    def describe(self, time: str) -> str:
        """As conflict messages call a manager."""
        text = f'"{self.name}"'
        if self.subresource:
            text += f' with subresource "{self.subresource}"'
        if self.operation == "Update":
            text += f" using {self.api_version}" + (f" at {time}" if time else "")
        return text


@dataclass(frozen=True)
class _Owned:
    fields: FieldSet
    time: str


Managed = dict[Manager, _Owned]


def managed_of(obj: Mapping[str, Any]) -> Managed:
    """The managers of an object, from its `managedFields`."""
    managed: Managed = {}
    for entry in obj["metadata"].get("managedFields") or ():
        manager = Manager(
            name=entry.get("manager", ""),
            operation=entry.get("operation", ""),
            api_version=entry.get("apiVersion", ""),
            subresource=entry.get("subresource", ""),
        )
        if manager.operation:
            managed[manager] = _Owned(entry.get("fieldsV1") or {}, entry.get("time", ""))
    return managed


def with_managed(obj: Object, managed: Managed) -> Object:
    """The object with its `managedFields` written out: applies first, older first."""
    entries: list[dict[str, Any]] = []
    order = sorted(
        managed.items(), key=lambda i: (i[0].operation, i[1].time, i[0].name, i[0].api_version, i[0].subresource)
    )
    for manager, owned in order:
        entry = {
            "manager": manager.name,
            "operation": manager.operation,
            "apiVersion": manager.api_version,
            "time": owned.time,
            "fieldsType": "FieldsV1",
            "fieldsV1": owned.fields,
        }
        if manager.subresource:
            entry["subresource"] = manager.subresource
        entries.append(entry)
    metadata = {k: v for k, v in obj["metadata"].items() if k != "managedFields"}
    if entries:
        metadata["managedFields"] = entries
    return obj | {"metadata": metadata}


def without_managed(obj: Object) -> Object:
    """The object without its `managedFields`, to compare and merge."""
    return obj | {"metadata": {k: v for k, v in obj["metadata"].items() if k != "managedFields"}}


def same_but_for_times(a: Object, b: Object) -> bool:
    """Whether two states differ only in the times of writes, which is no reason to store a new version."""
    if without_managed(a) != without_managed(b):
        return False
    owned = [{m: o.fields for m, o in managed_of(obj).items()} for obj in (a, b)]
    return owned[0] == owned[1]


def apply(
    schema: Node,
    live: Object | None,
    config: Object,
    manager: Manager,
    *,
    empty: Object,
    force: bool,
    now: datetime,
    ignored: Iterable[tuple[str, ...]] = (),
) -> Object:
    """What the object becomes, `managedFields` included. `live` is None where there is none yet.

    `ignored` are places that the endpoint takes nothing from (`status` of the main one). Raises `StatusError` 409
    with one cause for each field and other manager in conflict.
    """
    before: Object = without_managed(live) if live else {}
    managed = managed_of(live) if live else {}
    if live and not managed:
        managed = _updated(
            {},
            compare(schema, empty, before),
            replace(manager, name=BEFORE_FIRST_APPLY, operation="Update"),
            now=now,
            ignored=ignored,
        )
    last = managed.get(manager)
    applied = fields_of(schema, config)
    owned = _ownable(applied, ignored)
    if live is None:  # no conflicts, nothing to remove
        return with_managed(config, {manager: _Owned(owned, rfc3339(now))} if owned else {})
    merged = merge(schema, before, config)
    if last and last.fields != owned:
        others = [o.fields for m, o in managed.items() if m != manager]
        merged = _prune(schema, merged, last.fields, [applied, *others])
    changes = compare(schema, before, merged)
    touched = union(changes.modified, changes.added)
    conflicts = {m: both for m, o in managed.items() if m != manager and (both := intersection(o.fields, touched))}
    if conflicts and not force:
        raise _conflict(conflicts, managed)
    result: Managed = {}
    for other, theirs in managed.items():
        if other == manager:
            continue
        left = difference(theirs.fields, conflicts.get(other, {}))
        left = difference(left, changes.removed)
        if left:
            result[other] = replace(theirs, fields=left)
    if owned:
        unchanged = last is not None and last.fields == owned and changes.empty
        result[manager] = _Owned(owned, last.time if unchanged and last else rfc3339(now))
    return with_managed(merged, result)


def update(
    schema: Node,
    live: Object | None,
    new: Object,
    manager: Manager,
    *,
    empty: Object,
    now: datetime,
    ignored: Iterable[tuple[str, ...]] = (),
) -> Object:
    """The new object with `managedFields` as a create, replace or patch leaves them.

    A body that carries its own `managedFields` replaces the recorded ones; a single empty entry clears them, and an
    object without recorded ownership stays so until the first apply.
    """
    sent = new["metadata"].get("managedFields")
    if sent == [{}] or (live and not sent and not live["metadata"].get("managedFields")):
        return without_managed(new)
    managed = managed_of(new) if sent and not manager.subresource else managed_of(live) if live else {}
    after = without_managed(new)
    changes = compare(schema, without_managed(live) if live else empty, after)
    return with_managed(after, _updated(managed, changes, manager, now=now, ignored=ignored))


def _ownable(fields: FieldSet, ignored: Iterable[tuple[str, ...]]) -> FieldSet:
    """The fields that a client can own at an endpoint, in contrast to the server."""
    out = {k: v for k, v in fields.items() if k not in _SERVER_OWNED}
    if metadata := out.pop("f:metadata", None):
        kept = {k: v for k, v in metadata.items() if k not in _SERVER_OWNED_METADATA}
        if kept:
            out["f:metadata"] = kept
    return without(out, *ignored)


def _updated(
    managed: Managed, changes: Any, manager: Manager, *, now: datetime, ignored: Iterable[tuple[str, ...]]
) -> Managed:
    touched = _ownable(union(changes.modified, changes.added), ignored)
    result: Managed = {}
    for other, theirs in managed.items():
        if other == manager:
            continue
        left = difference(difference(theirs.fields, touched), changes.removed)
        if left:
            result[other] = replace(theirs, fields=left)
    last = managed.get(manager)
    mine = union(difference(last.fields, changes.removed) if last else {}, touched)
    if mine:
        unchanged = last is not None and last.fields == mine
        result[manager] = last if unchanged and last else _Owned(mine, rfc3339(now))
    return result


def _prune(schema: Node, merged: Object, last: FieldSet, current: list[FieldSet]) -> Object:
    """Remove fields that the manager applied before, leaves out now, and no other manager owns."""
    owned: FieldSet = {}
    for fields in current:
        owned = union(owned, with_named_ancestors(fields))
    gone = difference(with_named_ancestors(last), owned)
    pruned = remove(schema, merged, gone)
    return {} if pruned is ABSENT else pruned


def _conflict(conflicts: dict[Manager, FieldSet], managed: Managed) -> StatusError:
    causes: list[Cause] = []
    lines: list[str] = []
    single = ""
    for manager in sorted(conflicts, key=lambda m: (m.name, m.operation, m.subresource)):
        name = manager.describe(managed[manager].time)
        lines.append(f"conflicts with {name}:")
        for path in leaves(conflicts[manager]):
            at = path_of(path)
            causes.append(Cause(reason="FieldManagerConflict", message=f"conflict with {name}", field=at))
            lines.append(f"- {at}")
            single = f"conflict with {name}: {at}"
    many = len(causes) != 1
    text = "\n".join(lines) if many else single
    return StatusError(409, "Conflict", f"Apply failed with {len(causes)} conflict{'s' * many}: {text}", causes=causes)
