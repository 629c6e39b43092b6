"""Makes what we wrote by create, replace or patch count as applied, so that our next apply can remove it. Pure.

An apply removes only fields of its manager's own `Apply` entry in `managedFields`. Moving the fields of an `Update`
entry there is what kubectl does, too (client-go `util/csaupgrade`; Kubernetes docs, "Server-Side Apply", "Upgrading
from client-side apply to server-side apply").
"""

from typing import Any

from domain.cluster_api import FIELD_MANAGER, JsonPatchOperation
from domain.resources import Manifest

FieldSet = dict[str, Any]
_SELF = "."


def ownership_upgrade(live: Manifest) -> tuple[JsonPatchOperation, ...]:
    """The patch that turns our `Update` entries into one `Apply` entry; empty where the object has none of them.

    It tests the resource version: the API server refuses it where another writer was faster.
    """
    entries = [entry for entry in live.metadata.get("managedFields") or () if isinstance(entry, dict)]
    updates = [entry for entry in entries if _is_ours(entry, "Update")]
    if not updates:
        return ()
    applied = [entry for entry in entries if _is_ours(entry, "Apply")]
    merged = dict(applied[0] if applied else {**updates[0], "operation": "Apply"})
    for entry in (*applied[1:], *updates):
        merged["fieldsV1"] = _union(merged.get("fieldsV1") or {}, entry.get("fieldsV1") or {})
    others = [entry for entry in entries if entry not in updates and entry not in applied]
    return (
        JsonPatchOperation(op="test", path="/metadata/resourceVersion", value=live.resource_version),
        JsonPatchOperation(op="replace", path="/metadata/managedFields", value=[merged, *others]),
    )


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
