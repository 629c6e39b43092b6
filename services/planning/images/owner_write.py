"""The writes that keep an owner's fields its own: an apply in its name, and giving back what we took. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from domain.cluster_api import FIELD_MANAGER, JsonPatchOperation
from domain.declared_kinds import joined
from domain.images import ImageChange
from domain.resources import Manifest
from services.planning.images.ways import is_ours, place_of
from services.planning.objects.declared_images import containers_of, write_image
from services.planning.objects.manager_entries import ManagerEntry, applied_configuration, entries_of


@dataclass(frozen=True, kw_only=True)
class OwnerApply:
    """An apply in the name of `manager`.

    `force` where an entry of another manager holds one of the images: of a manager that updates, or of Stagecoach.
    Neither fails later because of it. Another manager that applies the image had the plan blocked.
    """

    manager: str
    configuration: Manifest
    force: bool


def applying_entry(live: Manifest, manager: str) -> ManagerEntry | None:
    """The entry under which the manager applies the object."""
    return next((entry for entry in entries_of(live) if entry.applies and entry.manager == manager), None)


def owner_apply(live: Manifest, entry: ManagerEntry, changes: Iterable[ImageChange]) -> OwnerApply:
    """All that the entry's manager applies, as it is, with the new images."""
    changes = tuple(changes)
    body = applied_configuration(live, entry)
    for change in changes:
        _set_image(body, change)
    images = [place_of(each).image for each in changes]
    others = [other for other in entries_of(live) if other.index != entry.index]
    force = any(other.owns(image) for other in others for image in images)
    return OwnerApply(manager=entry.manager, configuration=Manifest(body), force=force)


def _set_image(body: dict[str, Any], change: ImageChange) -> None:
    """Set the image in the cut-down object, where the container has another position, or is missing."""
    if change.declared is not None:
        there = {each.name: each.pointer for each in containers_of(Manifest(body), change.declared)}
        pointer = there.get(change.container, change.pointer)
        write_image(body, change.declared.images[0], pointer, change.after.reference)
        return
    *steps, _ = change.pointer.strip("/").split("/")
    node: Any = body
    for step in steps[:-1]:
        node = node.setdefault(step, {})
    listed = node.setdefault(steps[-1], [])
    item = next((each for each in listed if each.get("name") == change.container), None)
    if item is None:
        item = {"name": change.container}
        listed.append(item)
    item["image"] = change.after.reference


def our_entry(live: Manifest) -> ManagerEntry | None:
    """The entry of patches that Stagecoach made in its own name."""
    return next(filter(is_ours, entries_of(live)), None)


def giving_back(entry: ManagerEntry) -> tuple[JsonPatchOperation, ...]:
    """The patch that removes an entry of ours: nobody owns its fields then, until the owner's next apply takes them."""
    at = f"/metadata/managedFields/{entry.index}"
    return (
        JsonPatchOperation(op="test", path=f"{at}/manager", value=FIELD_MANAGER),
        JsonPatchOperation(op="test", path=f"{at}/operation", value="Update"),
        JsonPatchOperation(op="remove", path=at),
    )


def changed_beside_images(live: Manifest, outcome: Manifest, changes: Iterable[ImageChange]) -> tuple[str, ...]:
    """The paths, beside the images, in which a dry run's outcome differs from the live object."""
    expected = Manifest(live.edited())
    changes = tuple(changes)
    after = {change.container: change.after.reference for change in changes}
    for container in containers_of(expected, joined(change.declared for change in changes)):
        if container.name not in after:
            continue
        if container.declared is not None:
            write_image(expected.body, container.declared.images[0], container.pointer, after[container.name])
        elif isinstance(container.body, dict):
            container.body["image"] = after[container.name]
    return tuple(_differences(_compared(expected.body), _compared(outcome.body), ""))


_MOVING = frozenset({"managedFields", "resourceVersion", "generation"})
# The server counts changes of a DaemonSet's template in it (pkg/apis/apps/v1/conversion.go).
_GENERATION_OF_TEMPLATE = "deprecated.daemonset.template.generation"


def _compared(body: Mapping[str, Any]) -> dict[str, Any]:
    metadata = {name: value for name, value in (body.get("metadata") or {}).items() if name not in _MOVING}
    annotations = {k: v for k, v in (metadata.get("annotations") or {}).items() if k != _GENERATION_OF_TEMPLATE}
    return {
        **{name: value for name, value in body.items() if name != "status"},
        "metadata": {**metadata, "annotations": annotations},
    }


def _differences(before: Any, after: Any, path: str) -> Iterator[str]:
    if isinstance(before, dict) and isinstance(after, dict):
        for name in sorted(before.keys() | after.keys()):
            yield from _differences(before.get(name), after.get(name), f"{path}.{name}" if path else name)
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, (one, other) in enumerate(zip(before, after, strict=True)):
            yield from _differences(one, other, f"{path}[{index}]")
    elif before != after:
        yield path
