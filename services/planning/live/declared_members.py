"""What is kept of an object of a declared kind: the images at the declared paths, so that they are found there again.

Pure. Of lists every item is kept, with what it is told from the others by: an image's place is a part of its name.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from domain.declared_kinds import Declaration, DeclaredImage
from domain.image_references import try_parse_image
from services.planning.objects.declared_images import reference_in
from services.planning.objects.json_paths import Every, Found, Having, Item, Member, Step, parse_path


def only_declared_images(body: Mapping[str, Any], declaration: Declaration) -> dict[str, Any]:
    """The part of an object in which `containers_of` finds what it finds in the whole, as far as it is an image."""
    kept: Any = {}
    for image in declaration.images:
        kept = _joined(kept, _kept(body, parse_path(image.path), image))
    return kept if isinstance(kept, dict) else {}


def _kept(value: Any, steps: Sequence[Step], image: DeclaredImage) -> Any:
    """None where nothing is to be kept."""
    if not steps:
        return _spelt(value, image)
    step, rest = steps[0], steps[1:]
    match step:
        case Member(name):
            inner = _kept(value.get(name), rest, image) if isinstance(value, Mapping) else None
            return {name: inner} if inner is not None else None
        case Item() | Every() | Having():
            if not isinstance(value, list):
                return None
            items = [
                _kept(item, rest, image) if _is_meant(step, index, item) else None for index, item in enumerate(value)
            ]
            if all(item is None for item in items):
                return None
            return [_named(item, step, inner) for item, inner in zip(value, items, strict=True)]


def _is_meant(step: Item | Every | Having, index: int, item: Any) -> bool:
    match step:
        case Item(number):
            return index == number
        case Every():
            return True
        case Having(member, value):
            return isinstance(item, Mapping) and item.get(member) == value


def _named(item: Any, step: Item | Every | Having, inner: Any) -> Any:
    """The item with what it is told from the others by; of one that is no mapping, what is kept."""
    if not isinstance(item, Mapping):
        return inner
    names = {"name", step.member} if isinstance(step, Having) else {"name"}
    told = {name: item[name] for name in names if isinstance(item.get(name), str)}
    return {**told, **(inner if isinstance(inner, dict) else {})}


def _spelt(value: Any, image: DeclaredImage) -> Any:
    """The value as far as it spells an image: what is at the path by mistake may be anything."""
    reference = reference_in(image, Found(pointer="", path="", value=value))
    if reference is None or try_parse_image(reference) is None:
        return None
    if isinstance(value, Mapping):
        members = (image.repository, image.tag, image.digest)
        return {
            member: value[member] for member in members if member is not None and isinstance(value.get(member), str)
        }
    return value


def _joined(one: Any, other: Any) -> Any:
    if isinstance(one, dict) and isinstance(other, dict):
        return {name: _joined(one.get(name), other.get(name)) for name in {**one, **other}}
    if isinstance(one, list) and isinstance(other, list):
        return [_joined(*pair) for pair in zip(one, other, strict=True)]
    return one if other is None else other
