"""Makes what we wrote by create, replace or patch count as applied, so that our next apply can remove it. Pure.

An apply removes only fields of its manager's own `Apply` entry in `managedFields`. Moving the fields of an `Update`
entry there is what kubectl does, too (client-go `util/csaupgrade`; Kubernetes docs, "Server-Side Apply", "Upgrading
from client-side apply to server-side apply").
"""

from typing import Any

from domain.cluster_api import FIELD_MANAGER, JsonPatchOperation
from domain.resources import Manifest
from services.planning.objects.field_ownership import FieldPath, patched_in_items_of_others

FieldSet = dict[str, Any]
_SELF = "."


def ownership_upgrade(live: Manifest) -> tuple[JsonPatchOperation, ...]:
    """The patch that moves the fields of our `Update` entries into our `Apply` entry; empty where there are none.

    What we patched in list items of others stays where it is. The patch tests the resource version: the API server
    refuses it where another writer was faster.
    """
    entries = [entry for entry in live.metadata.get("managedFields") or () if isinstance(entry, dict)]
    stays = patched_in_items_of_others(live)
    updates = [entry for entry in entries if _is_ours(entry, "Update")]
    moved = [fields for entry in updates if (fields := _chosen(entry.get("fieldsV1") or {}, (), stays, keep=False))]
    if not moved:
        return ()
    applied = [entry for entry in entries if _is_ours(entry, "Apply")]
    merged = dict(applied[0]) if applied else {**updates[0], "operation": "Apply", "fieldsV1": {}}
    for fields in (*(entry.get("fieldsV1") or {} for entry in applied[1:]), *moved):
        merged["fieldsV1"] = _union(merged["fieldsV1"], fields) if merged.get("fieldsV1") else fields
    others = []
    for entry in entries:
        if entry in updates:
            left = _chosen(entry.get("fieldsV1") or {}, (), stays, keep=True)
            others += [{**entry, "fieldsV1": left}] if left else []
        elif entry not in applied:
            others.append(entry)
    return (
        JsonPatchOperation(op="test", path="/metadata/resourceVersion", value=live.resource_version),
        JsonPatchOperation(op="replace", path="/metadata/managedFields", value=[merged, *others]),
    )


def _chosen(fields: FieldSet, at: FieldPath, paths: frozenset[FieldPath], *, keep: bool) -> FieldSet:
    """The fields that are among `paths` (`keep`), or the others."""
    chosen: FieldSet = {}
    for step, inner in fields.items():
        path = (*at, step)
        if not inner:
            owned = at if step == _SELF else path
            if (owned in paths) is keep:
                chosen[step] = inner
        elif below := _chosen(inner, path, paths, keep=keep):
            chosen[step] = below
    return chosen


def _is_ours(entry: dict[str, Any], operation: str) -> bool:
    return (entry.get("manager"), entry.get("operation")) == (FIELD_MANAGER, operation) and not entry.get("subresource")


def _union(one: FieldSet, other: FieldSet) -> FieldSet:
    """A set without members below is the field itself, which `.` stands for beside others."""
    if not one or not other:
        fields = {**one, **other}
        return {_SELF: {}, **fields} if fields else {}
    return {
        step: _union(one[step], other[step])
        if step in one and step in other
        else (one.get(step) or other.get(step) or {})
        for step in {**one, **other}
    }
