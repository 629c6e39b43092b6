"""The patches that give an object of Flux what was planned, and ask for its reconciliation. Pure.

Each is guarded by the resource version that was read: whoever was faster is looked at again.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from domain.cluster_api import JsonPatchOperation
from domain.hand_overs import OwnerEdit
from domain.resources import Manifest
from services.planning.flux.images import image_at, with_images
from services.planning.flux.owners import REQUESTED_AT
from services.planning.flux.values import ConfigMapKey, inline_value, with_inline

KUSTOMIZATION = "Kustomization"


def of_owner(edits: Sequence[OwnerEdit]) -> tuple[OwnerEdit, ...]:
    """Those that are made in the object itself."""
    return tuple(edit for edit in edits if ConfigMapKey.of(edit.where) is None)


def of_config_maps(edits: Sequence[OwnerEdit]) -> Mapping[str, Sequence[tuple[ConfigMapKey, OwnerEdit]]]:
    """Those that are made in ConfigMaps, by their names."""
    found: dict[str, list[tuple[ConfigMapKey, OwnerEdit]]] = {}
    for edit in edits:
        key = ConfigMapKey.of(edit.where)
        if key is not None:
            found.setdefault(key.name, []).append((key, edit))
    return found


def value_of(owner: Manifest, edit: OwnerEdit) -> str | None:
    """What the object has where an edit of it is made."""
    return image_at(owner, edit.where) if owner.kind.name == KUSTOMIZATION else inline_value(owner, edit.where)


def owner_patch(owner: Manifest, edits: Sequence[OwnerEdit], asked: str) -> tuple[JsonPatchOperation, ...]:
    """The edits of the object, if there are any, and the request."""
    changes: list[JsonPatchOperation] = []
    if edits and owner.kind.name == KUSTOMIZATION:
        changes += _member(owner, "images", with_images(owner, edits))
    elif edits:
        changes += _member(owner, "values", with_inline(owner, edits))
    return (_unmoved(owner), *changes, *_annotated(owner, asked))


def config_map_patch(
    config_map: Manifest, edits: Sequence[tuple[ConfigMapKey, OwnerEdit]]
) -> tuple[JsonPatchOperation, ...]:
    return (
        _unmoved(config_map),
        *(JsonPatchOperation(op="replace", path=f"/data/{_escaped(key.key)}", value=edit.after) for key, edit in edits),
    )


def _member(owner: Manifest, name: str, value: Any) -> list[JsonPatchOperation]:
    """What is empty is taken away, so that nothing of a change is left by the way back."""
    if value:
        return [JsonPatchOperation(op="add", path=f"/spec/{name}", value=value)]
    return [JsonPatchOperation(op="remove", path=f"/spec/{name}")] if name in owner.spec else []


def _unmoved(manifest: Manifest) -> JsonPatchOperation:
    return JsonPatchOperation(
        op="test", path="/metadata/resourceVersion", value=manifest.metadata.get("resourceVersion")
    )


def _annotated(owner: Manifest, asked: str) -> list[JsonPatchOperation]:
    if owner.metadata.get("annotations"):
        return [JsonPatchOperation(op="add", path=f"/metadata/annotations/{_escaped(REQUESTED_AT)}", value=asked)]
    return [JsonPatchOperation(op="add", path="/metadata/annotations", value={REQUESTED_AT: asked})]


def _escaped(key: str) -> str:
    """As a JSON pointer has it (RFC 6901)."""
    return key.replace("~", "~0").replace("/", "~1")
