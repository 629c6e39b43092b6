"""The entries of `metadata.managedFields`, and the configuration that an entry's manager applied. Pure.

An Apply entry is the set of fields that its manager's next apply sends again or gives up
(https://kubernetes.io/docs/reference/using-api/server-side-apply/). The live object, cut down to that set, is therefore
what an apply in the manager's name has to send: what is left out would be removed.
"""

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from domain.resources import Kind, Manifest
from services.planning.objects.field_ownership import FieldPath, key_of, owns, written

_ITSELF = "."


@dataclass(frozen=True, kw_only=True)
class ManagerEntry:
    """One entry: its `index` in `managedFields`, and whether its manager `applies` (or updates)."""

    index: int
    manager: str
    applies: bool
    api_version: str
    time: str
    fields: Mapping[str, Any] = field(repr=False)

    def owns(self, path: FieldPath) -> bool:
        """Whether it owns the field, or as a whole something above it (an atomic list)."""
        return owns(self.fields, path)

    def kind_of(self, manifest: Manifest) -> Kind:
        """The object's kind in the version in which the entry names its fields."""
        return Kind.of(self.api_version or manifest.kind.api_version, manifest.kind.name)


def entries_of(manifest: Manifest) -> tuple[ManagerEntry, ...]:
    """The entries of the object itself; those of subresources, such as `status`, are left out."""
    found = []
    for index, entry in enumerate(manifest.metadata.get("managedFields") or ()):
        if not isinstance(entry, dict) or entry.get("subresource"):
            continue
        fields = entry.get("fieldsV1")
        found.append(
            ManagerEntry(
                index=index,
                manager=str(entry.get("manager", "")),
                applies=entry.get("operation") == "Apply",
                api_version=str(entry.get("apiVersion", "")),
                time=str(entry.get("time") or ""),
                fields=fields if isinstance(fields, dict) else {},
            )
        )
    return tuple(found)


def applied_configuration(live: Manifest, entry: ManagerEntry) -> dict[str, Any]:
    """What the entry's manager applies, with the values that the object has now; the caller may change it.

    It names the object's `uid` and `resourceVersion`: the server refuses it once the object is another one, or was
    written by somebody else.
    """
    body = _cut(live.body, entry.fields)
    metadata = body.get("metadata") if isinstance(body, dict) else None
    return {
        **body,
        "apiVersion": entry.api_version or live.kind.api_version,
        "kind": live.kind.name,
        "metadata": {
            **(metadata or {}),
            **{name: live.metadata[name] for name in _IDENTITY if name in live.metadata},
        },
    }


_IDENTITY = ("name", "namespace", "uid", "resourceVersion")


def _cut(node: Any, fields: Mapping[str, Any]) -> Any:
    """The part of a value that the fields name, in the value's own order; a leaf is the whole value."""
    steps = {step: inner for step, inner in fields.items() if step != _ITSELF}
    if not steps:
        return copy.deepcopy(node)
    if isinstance(node, dict):
        return {
            name: _cut(value, inner) for name, value in node.items() if (inner := steps.get(f"f:{name}")) is not None
        }
    if isinstance(node, list):
        found = ((item, _step_of(item, index, steps)) for index, item in enumerate(node))
        return [_cut_item(item, *step) for item, step in found if step is not None]
    return node


def _cut_item(item: Any, step: str, fields: Mapping[str, Any]) -> Any:
    kept = _cut(item, fields)
    if not step.startswith("k:") or not isinstance(kept, dict):
        return kept
    keys = dict(written(step.removeprefix("k:")))
    if keys.get("protocol") == "TCP":  # the server's default: left out by whoever left it out
        del keys["protocol"]
    return {**keys, **kept}


def _step_of(item: Any, index: int, steps: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]] | None:
    """The step that leads to this item of a list, and what is named below it."""
    for step, inner in steps.items():
        mark, _, rest = step.partition(":")
        match mark:
            case "k":
                keys = written(rest)
                if (
                    isinstance(item, dict)
                    and isinstance(keys, dict)
                    and all(key_of(item, name) == value for name, value in keys.items())
                ):
                    return step, inner
            case "v" if written(rest) == item:
                return step, inner
            case "i" if rest == str(index):
                return step, inner
    return None
