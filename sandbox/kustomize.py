"""What kustomize makes of images: entries of a kustomization, with those of whoever overrides them, in manifests."""

from collections.abc import Iterable, Mapping
from typing import Any

Entry = Mapping[str, str]


def with_entries(images: Iterable[Entry], override: Iterable[Entry]) -> dict[str, dict[str, str]]:
    """By name: those of a kustomization, each replaced by the last override for its name."""
    return {each["name"]: {**each} for each in (*images, *override)}


def split(reference: str) -> tuple[str, str, str]:
    """A colon before the last slash belongs to the registry's port."""
    rest, _, digest = reference.partition("@")
    head, slash, last = rest.rpartition("/")
    name, _, tag = last.partition(":")
    return f"{head}{slash}{name}", tag, digest


def with_images(node: Any, images: Mapping[str, Entry]) -> Any:
    """Every container and init container at any depth whose image has exactly this name.

    kubernetes-sigs/kustomize api/filters/imagetag/legacy.go finds the lists, updater.go changes what is in them.
    """
    if isinstance(node, list):
        return [with_images(each, images) for each in node]
    if not isinstance(node, dict):
        return node
    changed = {key: with_images(value, images) for key, value in node.items()}
    for key in ("containers", "initContainers"):
        if isinstance(changed.get(key), list):
            changed[key] = [_with_image(each, images) for each in changed[key]]
    return changed


def _with_image(container: Any, images: Mapping[str, Entry]) -> Any:
    if not isinstance(container, dict) or not isinstance(container.get("image"), str):
        return container
    name, tag, digest = split(container["image"])
    entry = images.get(name)
    if entry is None:
        return container
    if entry.get("newTag") or entry.get("digest"):
        tag, digest = entry.get("newTag", ""), entry.get("digest", "")
    written = entry.get("newName", name) + (f":{tag}" if tag else "") + (f"@{digest}" if digest else "")
    return {**container, "image": written}
