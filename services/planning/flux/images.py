"""The images of a Kustomization of Flux: entries that kustomize puts in the place of others. Pure.

`spec.images` are written into the kustomization that is built, each in the place of one with the same name
(fluxcd/pkg kustomize/kustomize_generator.go). kustomize changes every container, and init container, whose image has
exactly the name (kubernetes-sigs/kustomize api/filters/imagetag).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from domain.hand_overs import OwnerEdit
from domain.image_references import try_parse_image
from domain.images import ContainerKey
from domain.resources import Manifest
from services.planning.images.one_name import DeliveredWorkloads, of_one_name, without_version

_PLACE = "spec.images: "


def image_edit(kustomization: Manifest, running: str, wanted: str) -> OwnerEdit | None:
    """The entry that brings a container its image; None where neither image can be read."""
    before, after = try_parse_image(running), try_parse_image(wanted)
    if before is None or after is None:
        return None
    entries = _entries(kustomization)
    named = [str(each["name"]) for each in entries if (each.get("newName") or each["name"]) == before.name]
    name = named[0] if named else before.name
    return OwnerEdit(where=f"{_PLACE}{name}", before=image_of(kustomization, name), after=wanted)


def image_at(kustomization: Manifest, where: str) -> str | None:
    """What the entry gives where an edit is made; None where there is none."""
    return image_of(kustomization, where.removeprefix(_PLACE))


def image_of(kustomization: Manifest, name: str) -> str | None:
    entry = next((each for each in _entries(kustomization) if each["name"] == name), None)
    if entry is None:
        return None
    tag, digest = entry.get("newTag"), entry.get("digest")
    return f"{entry.get('newName') or name}{f':{tag}' if tag else ''}{f'@{digest}' if digest else ''}"


def with_images(kustomization: Manifest, edits: Sequence[OwnerEdit]) -> list[dict[str, str]]:
    """`spec.images` with these edits; others stay as they are, in their order."""
    found = {str(each["name"]): dict(each) for each in _entries(kustomization)}
    for edit in edits:
        name = edit.where.removeprefix(_PLACE)
        if edit.after is None:
            found.pop(name, None)
        else:
            found[name] = _entry(name, edit.after)
    return list(found.values())


def changed_alike(
    edits: Sequence[OwnerEdit], delivered: DeliveredWorkloads, wanted: frozenset[ContainerKey]
) -> Iterator[str]:
    """Sentences about the containers that entries change as well, wherever they are in the Kustomization."""
    for edit in edits:
        if edit.after is not None:
            names = {edit.where.removeprefix(_PLACE)} | ({without_version(edit.before)} if edit.before else set())
            yield from of_one_name(names, edit.after, delivered, wanted)


def _entry(name: str, image: str) -> dict[str, str]:
    parsed = try_parse_image(image)
    assert parsed is not None, "it was parsed when it was planned"
    entry = {"name": name, "newName": parsed.name, "newTag": parsed.tag or "", "digest": parsed.digest or ""}
    return {key: value for key, value in entry.items() if value and (key, value) != ("newName", name)}


def _entries(kustomization: Manifest) -> list[Mapping[str, Any]]:
    listed = kustomization.spec.get("images") or ()
    return [each for each in listed if isinstance(each, Mapping) and each.get("name")]
