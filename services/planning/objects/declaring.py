"""What may be declared of a custom kind, and what a declaration finds in an object. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from domain.declared_kinds import Declaration, DeclaredImage, ImageForm
from domain.image_references import try_parse_image
from domain.resources import Kind, Manifest
from services.planning.health.declared import assess_declared
from services.planning.health.rollout_rules import rules_of
from services.planning.health.values import Health
from services.planning.objects.built_in import has_go_type
from services.planning.objects.declared_images import containers_of, reference_in
from services.planning.objects.json_paths import InvalidPathError, Member, found_at, parse_path
from services.planning.objects.workloads import is_workload


class DeclarationError(ValueError):
    """Something may not be declared; the message says why, `field` names the member, as `images[0].path`."""

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, kw_only=True)
class TriedImage:
    """What one declared image leads to in an object: the found ones by path, and why nothing, or not all, is found."""

    path: str
    found: tuple[tuple[str, str], ...]
    problem: str | None


@dataclass(frozen=True, kw_only=True)
class Trial:
    """What a declaration finds in one object."""

    images: tuple[TriedImage, ...]
    health: Health


def check_declaration(kind: Kind, declaration: Declaration) -> None:
    """Raises `DeclarationError` for a kind that is known already, and for places that no image could be at."""
    if has_go_type(kind) or is_workload(kind) or rules_of(kind) is not None:
        raise DeclarationError(
            f"Stagecoach knows {kind.name} of '{kind.group}' by itself, so nothing can be declared of it."
        )
    paths = [each.path for each in declaration.images]
    for index, image in enumerate(declaration.images):
        at = f"images[{index}]"
        try:
            steps = parse_path(image.path)
        except InvalidPathError as error:
            raise DeclarationError(str(error), field=f"{at}.path") from None
        if steps[0] != Member("spec") or len(steps) == 1:
            raise DeclarationError(
                "An image is declared below spec, as spec.image: its operator or the API server writes the "
                "rest of an object.",
                field=f"{at}.path",
            )
        if paths.count(image.path) > 1:
            raise DeclarationError(f"The path {image.path} is declared twice.", field=f"{at}.path")
        if image.form is ImageForm.TAG and try_parse_image(f"{image.name}:latest") is None:
            raise DeclarationError(
                "The name of the image is a registry and lower-case path components without a tag, as "
                "registry.example/shop/web.",
                field=f"{at}.name",
            )


def try_declaration(manifest: Manifest, declaration: Declaration) -> Trial:
    """What it finds in the object, whose generation is not looked at: it is as it is."""
    return Trial(
        images=tuple(_tried(manifest, declaration, each) for each in declaration.images),
        health=assess_declared(manifest, declaration.health),
    )


def _tried(manifest: Manifest, declaration: Declaration, image: DeclaredImage) -> TriedImage:
    found = containers_of(manifest, declaration.only(image))
    return TriedImage(
        path=image.path,
        found=tuple((each.name, each.image) for each in found),
        problem=" ".join(_problems(manifest, image)) or None,
    )


def _problems(manifest: Manifest, image: DeclaredImage) -> Iterator[str]:
    places = tuple(found_at(manifest.body, parse_path(image.path)))
    if not places:
        yield "The object has nothing at this path."
    yield from _unspelt(each.path for each in places if reference_in(image, each) is None)
    references = (reference for each in places if (reference := reference_in(image, each)) is not None)
    yield from (f"'{each[:200]}' is no image reference." for each in references if try_parse_image(each) is None)


def _unspelt(paths: Iterable[str]) -> Iterator[str]:
    for path in paths:
        yield f"What is at {path} is no image in this form: it has to be a text, or a mapping of texts."
