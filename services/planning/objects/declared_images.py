"""The images of objects of a declared kind: found by the declared paths, and written in the declared form. Pure.

Each is treated as a container whose name is the path of its member, as `spec.proxy.image`. Its image is a reference,
however the object spells it; what a form cannot spell is not written.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from domain.declared_kinds import Declaration, DeclaredImage, DeclaredKinds, ImageForm
from domain.image_mappings import ImageMapping, mapped
from domain.image_references import try_parse_image
from domain.images import Image
from domain.resources import Kind, Manifest, ResourceId
from services.planning.objects.json_paths import Found, Step, found_at, parse_path
from services.planning.objects.workloads import Container, containers, is_workload


def runs_images(kind: Kind, declared: DeclaredKinds) -> bool:
    """Whether the images of such objects are managed: of those that run pods, and of declared kinds."""
    return is_workload(kind) or declared.of(kind) is not None


def workloads_among(resources: Iterable[ResourceId], declared: DeclaredKinds) -> tuple[ResourceId, ...]:
    """Those of which the images are managed, in their order."""
    return tuple(each for each in resources if runs_images(each.kind, declared))


def containers_of(manifest: Manifest, declaration: Declaration | None) -> tuple[Container, ...]:
    """The containers of a pod template; of an object of a declared kind, one for each image that is found in it."""
    if declaration is None:
        return containers(manifest)
    listed: dict[str, Container] = {}
    for image in declaration.images:
        for found in found_at(manifest.body, _steps(image.path)):
            reference = reference_in(image, found)
            if reference:
                listed.setdefault(
                    found.path,
                    Container(
                        name=found.path,
                        init=False,
                        image=reference,
                        pointer=found.pointer,
                        path=found.path,
                        body={},
                        declared=declaration.only(image),
                    ),
                )
    return tuple(listed.values())


def reference_in(image: DeclaredImage, found: Found) -> str | None:
    """The reference that the object spells there; None where it spells none."""
    match image.form:
        case ImageForm.REFERENCE:
            return _text(found.value)
        case ImageForm.TAG:
            tag = _text(found.value)
            return f"{image.name}:{tag}" if tag else None
        case ImageForm.PARTS:
            parts = found.value if isinstance(found.value, Mapping) else {}
            repository, tag, digest = (
                _text(parts.get(member)) if member else None for member in (image.repository, image.tag, image.digest)
            )
            return f"{repository}{f':{tag}' if tag else ''}{f'@{digest}' if digest else ''}" if repository else None


def spelt(image: DeclaredImage, desired: Image, *, mappings: Iterable[ImageMapping] = ()) -> Image | None:
    """The desired image as its form can spell it, with the digest that is known of it; None where it cannot.

    Of a tag alone the image's name is fixed: it takes no other image, but one that only a mapping calls otherwise.
    """
    parsed = try_parse_image(desired.reference)
    if parsed is None:
        return None
    match image.form:
        case ImageForm.REFERENCE:
            return desired
        case ImageForm.TAG:
            if parsed.tag is None:
                return None
            here = Image.of(f"{image.name}:{parsed.tag}", digest=desired.digest)
            return here if desired.name in (here.name, mapped(here, mappings).name) else None
        case ImageForm.PARTS:
            tag = f":{parsed.tag}" if parsed.tag and image.tag else ""
            digest = f"@{parsed.digest}" if parsed.digest and image.digest else ""
            return Image.of(f"{parsed.name}{tag}{digest}", digest=desired.digest) if tag or digest else None


def spelling(image: DeclaredImage, pointer: str, reference: str) -> dict[str, str | None]:
    """JSON pointer → text by which the object at `pointer` spells a reference; None for a member that it has not."""
    rest, _, digest = reference.partition("@")
    head, slash, last = rest.rpartition("/")
    last, _, tag = last.partition(":")
    match image.form:
        case ImageForm.REFERENCE:
            return {pointer: reference}
        case ImageForm.TAG:
            return {pointer: tag}
        case ImageForm.PARTS:
            values = {image.repository: f"{head}{slash}{last}", image.tag: tag or None, image.digest: digest or None}
            return {f"{pointer}/{member}": value for member, value in values.items() if member is not None}


def write_image(body: dict[str, Any], image: DeclaredImage, pointer: str, reference: str) -> None:
    """Spell a reference in an object, making mappings that are missing. Changes `body`."""
    for at, value in spelling(image, pointer, reference).items():
        _put(body, at, value)


def with_images(manifest: Manifest, written: Iterable[tuple[Container, str]]) -> Manifest:
    """A copy with these references in these containers of it."""
    edited = Manifest(manifest.edited())
    in_template: dict[tuple[str, bool], str] = {}
    for container, reference in written:
        if container.declared is not None:
            write_image(edited.body, container.declared.images[0], container.pointer, reference)
        else:
            in_template[container.name, container.init] = reference
    for container in containers(edited) if in_template else ():
        if isinstance(container.body, dict) and (container.name, container.init) in in_template:
            container.body["image"] = in_template[container.name, container.init]
    return edited


def leave_images_out(body: dict[str, Any], declaration: Declaration) -> None:
    """Take the images out of an object: of a list, an item that is one becomes null. Changes `body`."""
    for container in containers_of(Manifest(body), declaration):
        assert container.declared is not None
        for at in spelling(container.declared.images[0], container.pointer, container.image):
            _put(body, at, None)


def image_members(container: Container) -> tuple[str, ...]:
    """The paths of an image, and of the lists around it: each is one field where its definition names no keys."""
    assert container.declared is not None
    image = container.declared.images[0]
    members = [member for member in (image.repository, image.tag, image.digest) if member is not None]
    above = [container.path[:at] for at, character in enumerate(container.path) if character == "["]
    return (container.path, *(f"{container.path}.{member}" for member in members), *above)


def _put(body: dict[str, Any], pointer: str, value: str | None) -> None:
    """Make the member that; None takes it away."""
    *steps, last = pointer.strip("/").split("/")
    node: Any = body
    for step in steps:
        node = node[int(step)] if isinstance(node, list) else node.setdefault(_unescaped(step), {})
    if isinstance(node, list):
        node[int(last)] = value
    elif value is None:
        node.pop(_unescaped(last), None)
    else:
        node[_unescaped(last)] = value


@lru_cache(maxsize=256)  # few are declared, and asked for with every object
def _steps(path: str) -> tuple[Step, ...]:
    return parse_path(path)


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _unescaped(step: str) -> str:
    return step.replace("~1", "/").replace("~0", "~")
