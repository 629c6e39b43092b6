"""Which values of a file name an image, and what each of them becomes. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import yaml

from domain.declared_kinds import Declaration
from domain.image_references import ImageReference
from domain.resources import Kind, Manifest
from services.planning.git.image_edits import ManifestEdit, ValuesEdit
from services.planning.git.node_values import value_of
from services.planning.git.yaml_places import EditRefusedError, Path, child, items, line_of, text_of
from services.planning.objects.declared_images import containers_of, spelling
from services.planning.objects.workloads import template_path


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A value of a file: its path, what it becomes (None: it goes), and its node (None: it is not there yet).

    `mapping` has it, or gets it.
    """

    path: Path
    text: str | None
    node: yaml.Node | None
    mapping: yaml.Node


def in_manifest(roots: Sequence[yaml.Node], edit: ManifestEdit, image: ImageReference) -> tuple[Wanted, ...]:
    """The image of the container. Raises `EditRefusedError` where it is there never, or more than once."""
    own = [(path, manifest) for path, manifest in _objects(roots) if _is(manifest, edit)]
    if edit.declared is not None:
        return _in_declared(own, edit, edit.declared, image)
    found = [place for path, manifest in own for place in _containers(manifest, path, edit)]
    if len(found) != 1:
        raise _not_once(edit, found)
    path, container = found[0]
    return (_existing(container, path, "image", str(image)),)


def _in_declared(
    own: Sequence[tuple[Path, yaml.Node]], edit: ManifestEdit, declared: Declaration, image: ImageReference
) -> tuple[Wanted, ...]:
    """The members that spell the image in an object of a declared kind."""
    found = [
        (path, manifest, container)
        for path, manifest in own
        for container in containers_of(Manifest(value_of(manifest)), declared)
        if container.name == edit.container
    ]
    if len(found) != 1:
        raise _not_once(edit, found)
    path, manifest, container = found[0]
    assert container.declared is not None
    spelt = spelling(container.declared.images[0], container.pointer, str(image))
    wanted = (_at_pointer(manifest, path, at, text) for at, text in spelt.items())
    return tuple(each for each in wanted if each.node is not None or each.text is not None)


def _at_pointer(manifest: yaml.Node, path: Path, pointer: str, text: str | None) -> Wanted:
    node, steps = manifest, list[str | int]()
    *above, last = (each.replace("~1", "/").replace("~0", "~") for each in pointer.strip("/").split("/"))
    for each in above:
        steps.append(_step(node, each))
        below = child(node, steps[-1])
        assert below is not None, "the pointer was found in this manifest"
        node = below
    step = _step(node, last)
    return Wanted(path=(*path, *steps, step), text=text, node=child(node, step), mapping=node)


def _step(node: yaml.Node, step: str) -> str | int:
    return int(step) if isinstance(node, yaml.SequenceNode) else step


def _not_once(edit: ManifestEdit, found: Sequence[object]) -> EditRefusedError:
    often = "is not in the file" if not found else "is in the file more than once"
    what = "The image at" if edit.declared is not None else "Container"
    return EditRefusedError(f"{what} {edit.container} of {edit.kind} {edit.name} {often}.")


def in_values(roots: Sequence[yaml.Node], edit: ValuesEdit, image: ImageReference, name: str) -> tuple[Wanted, ...]:
    """The values at the paths of `edit`. `name` is that of the image which the workload has now.

    Raises `EditRefusedError` where a path leads to nothing, or where they cannot say what the image is.
    """
    if len(roots) != 1:
        raise EditRefusedError("A values file is one document.")
    if edit.reference is not None:
        return (_at(roots[0], edit.reference, str(image)),)
    if edit.repository is None and image.name != name:
        raise EditRefusedError(
            f"The file is to change in its tag or digest alone, and the image's name changes, too: {name} becomes "
            f"{image.name}. Name the path of the repository."
        )
    parts = (
        (edit.registry, image.registry),
        (edit.repository, image.repository if edit.registry is not None else image.name),
        (edit.tag, _tag(edit, image)),
        (edit.digest, image.digest or ""),
    )
    return tuple(_at(roots[0], path, text) for path, text in parts if path is not None)


def in_kustomization(roots: Sequence[yaml.Node], name: str, image: ImageReference) -> tuple[Wanted, ...]:
    """The members of the entry of this name. Raises `EditRefusedError` where it is there never, or more than once."""
    images = child(roots[0], "images") if len(roots) == 1 else None
    found = [(index, each) for index, each in enumerate(items(images)) if text_of(child(each, "name")) == name]
    if len(found) != 1:
        often = "no entry" if not found else "several entries"
        raise EditRefusedError(
            f"The kustomization has {often} for {name} under 'images'. It needs one: '- name: {name}' with a 'newTag'."
        )
    index, entry = found[0]
    if child(entry, "tagSuffix") is not None:
        raise EditRefusedError("The entry has a 'tagSuffix', which would change the tag.", line=line_of(entry))
    renamed = image.name != name or child(entry, "newName") is not None
    members = (("newName", image.name if renamed else None), ("newTag", image.tag), ("digest", image.digest))
    return tuple(
        Wanted(path=(0, "images", index, key), text=text, node=node, mapping=entry)
        for key, text in members
        if (node := child(entry, key)) is not None or text is not None
    )


def kustomization_entry(roots: Sequence[yaml.Node], image: str) -> str:
    """The name of the entry that gives containers the image of this name.

    Raises `EditRefusedError` where there is none, or more than one.
    """
    images = child(roots[0], "images") if len(roots) == 1 else None
    found = [
        name
        for each in items(images)
        if (name := text_of(child(each, "name"))) and (text_of(child(each, "newName")) or name) == image
    ]
    if len(found) != 1:
        often = "no entry brings" if not found else "several entries bring"
        raise EditRefusedError(
            f"Under 'images', {often} {image}. It takes one: '- name: {image}' with a 'newTag', where the base has "
            "that name."
        )
    return found[0]


def _objects(roots: Sequence[yaml.Node]) -> Iterator[tuple[Path, yaml.Node]]:
    """The objects of all documents, those in a List as well."""
    for number, root in enumerate(roots):
        listed = child(root, "items") if (text_of(child(root, "kind")) or "").endswith("List") else None
        if listed is None:
            yield (number,), root
        for index, each in enumerate(items(listed)):
            yield (number, "items", index), each


def _is(manifest: yaml.Node, edit: ManifestEdit) -> bool:
    kind = _kind(manifest)
    metadata = child(manifest, "metadata")
    name = text_of(child(metadata, "name")) if metadata is not None else None
    return kind is not None and (kind.group, kind.name, name) == (edit.group, edit.kind, edit.name)


def _kind(manifest: yaml.Node) -> Kind | None:
    version, kind = text_of(child(manifest, "apiVersion")), text_of(child(manifest, "kind"))
    return Kind.of(version, kind) if version and kind else None


def _containers(manifest: yaml.Node, path: Path, edit: ManifestEdit) -> Iterator[tuple[Path, yaml.Node]]:
    kind = _kind(manifest)
    template = template_path(kind) if kind is not None else None
    if template is None:
        raise EditRefusedError(f"{edit.kind} is no kind that runs pods.", line=line_of(manifest))
    spec = _follow(manifest, (*template, "spec"))
    for field in ("initContainers", "containers"):
        for index, container in enumerate(items(child(spec, field) if spec is not None else None)):
            if text_of(child(container, "name")) == edit.container:
                yield (*path, *template, "spec", field, index), container


def _tag(edit: ValuesEdit, image: ImageReference) -> str:
    if image.tag is None and edit.tag is not None:
        raise EditRefusedError(f"{image} has no tag, and the file names one. Name the path of the whole reference.")
    if image.digest is None or edit.digest is not None:
        return image.tag or ""
    return f"{image.tag}@{image.digest}"


def _at(root: yaml.Node, path: Path, text: str) -> Wanted:
    mapping = _follow(root, path[:-1])
    if mapping is None:
        raise EditRefusedError(f"The file has no value at {dotted(path)}.")
    return _existing(mapping, (0, *path[:-1]), path[-1], text)


def _existing(mapping: yaml.Node, path: Path, step: str | int, text: str) -> Wanted:
    node = child(mapping, step)
    if node is None:
        merged = ", unless a merge (<<) brings it: change it by hand" if child(mapping, "<<") is not None else ""
        raise EditRefusedError(f"The file has no value at {dotted((*path[1:], step))}{merged}.", line=line_of(mapping))
    return Wanted(path=(*path, step), text=text, node=node, mapping=mapping)


def _follow(node: yaml.Node | None, path: Path) -> yaml.Node | None:
    for step in path:
        node = child(node, step) if node is not None else None
    return node


def dotted(path: Path) -> str:
    """`image.tag`, `containers[0].image`."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")
