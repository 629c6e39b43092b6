"""Which values bring a container its new image. Pure.

A chart may build an image's reference from any values in any way, so nothing is believed: every set of edits that might
bring it is tried in a render, and counts where that has exactly the new reference. Of several that do, the one with the
fewest other changes is taken; where that is not one, a person has to decide.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from domain.hand_overs import OwnerEdit
from domain.image_references import ImageReference, try_parse_image
from services.planning.helm.values import ValuePath, Values, is_settable, leaves, spelled, value_at

MOST_TRIALS = 24
"""Renders for one container, each of which takes a fraction of a second."""

Edits = tuple[OwnerEdit, ...]


@dataclass(frozen=True, kw_only=True)
class Trial:
    """Edits that bring the image, and the sentences about what else they change."""

    edits: Edits
    others: tuple[str, ...]

    @property
    def paths(self) -> frozenset[str]:
        return frozenset(edit.where for edit in self.edits)


@dataclass(frozen=True, kw_only=True)
class Tie:
    """Several values bring the image, and change as much else: their paths."""

    choices: tuple[str, ...]


def candidates(rendered: str, wanted: str, values: Values, config: Values) -> tuple[Edits, ...]:
    """The sets of edits to try, the likeliest first; `values` are those in effect, `config` those that people gave."""
    before, after = try_parse_image(rendered), try_parse_image(wanted)
    if after is None:
        return ()
    places = _Places(values=values, config=config, rendered=rendered, before=before)
    found = dict.fromkeys(
        tuple(OwnerEdit(where=spelled(path), before=value_at(config, path), after=text) for path, text in each.items())
        for each in _assignments(places, before, after, wanted)
    )
    return tuple(sorted((each for each in found if each), key=_likelihood))


def best(works: Sequence[Trial]) -> Trial | Tie | None:
    """The one that changes the least else; None where there is none."""
    if not works:
        return None
    fewest = min(len(each.others) for each in works)
    least = [each for each in works if len(each.others) == fewest]
    # A chart with a field for the digest takes it in the tag as well: the field is what it is for.
    whole = [each for each in least if not any(each.paths < other.paths for other in least)]
    if len({each.paths for each in whole}) > 1:
        return Tie(choices=tuple(" and ".join(sorted(each.paths)) for each in whole))
    return whole[0]


@dataclass(frozen=True, kw_only=True)
class _Places:
    """The values that may be a part of an image's reference."""

    values: Values
    config: Values
    rendered: str
    before: ImageReference | None

    def equal(self, *texts: str | None) -> Iterator[ValuePath]:
        """Values that are one of these texts."""
        sought = frozenset(text for text in texts if text)
        yield from (path for path, value in self._settable() if str(value) in sought)

    def empty(self, *words: str) -> Iterator[ValuePath]:
        """Values that are empty, and whose key says that they are meant for such a part."""
        for path, value in self._settable():
            key = str(path[-1]).lower() if path else ""
            if value in ("", None) and any(word in key for word in words):
                yield path

    def _settable(self) -> Iterator[tuple[ValuePath, Any]]:
        for path, value in leaves(self.values):
            if path and not isinstance(value, bool) and is_settable(self.config, path):
                yield path, value


_Assignment = dict[ValuePath, str]


def _assignments(
    places: _Places, before: ImageReference | None, after: ImageReference, wanted: str
) -> Iterator[_Assignment]:
    yield from ({path: wanted} for path in places.equal(places.rendered))
    if before is None:
        return
    for name, version in product(_names(places, before, after), _versions(places, before, after)):
        yield name | version


def _names(places: _Places, before: ImageReference, after: ImageReference) -> list[_Assignment]:
    if before.name == after.name:
        return [{}]
    found: list[_Assignment] = [{path: after.name} for path in places.equal(before.name)]
    (registry, rest), (new_registry, new_rest) = _parts(before.name), _parts(after.name)
    registries = [{path: new_registry} for path in places.equal(registry)] if registry != new_registry else [{}]
    rests = [{path: new_rest} for path in places.equal(rest)] if rest != new_rest else [{}]
    return found + [one | other for one, other in product(registries, rests)]


def _versions(places: _Places, before: ImageReference, after: ImageReference) -> list[_Assignment]:
    tag, digest = after.tag or "", after.digest or ""
    both = f"{tag}@{digest}" if tag and digest else tag or digest
    written = f"{before.tag}@{before.digest}" if before.tag and before.digest else None
    tags = list(dict.fromkeys((*places.equal(before.tag, written), *places.empty("tag", "version"))))
    digests = list(dict.fromkeys((*places.equal(before.digest), *places.empty("digest", "sha"))))
    found: list[_Assignment] = [{path: both} for path in tags]
    found += [{one: tag, other: digest} for one, other in product(tags, digests) if one != other]
    if before.tag == after.tag:
        found += [{path: digest} for path in digests]
        if before.digest == after.digest:
            found.append({})
    return found


def _parts(name: str) -> tuple[str, str]:
    """Registry and the rest, as the name is written."""
    first, slash, rest = name.partition("/")
    has_registry = bool(slash) and ("." in first or ":" in first or first == "localhost")
    return (first, rest) if has_registry else ("", name)


def _likelihood(edits: Edits) -> tuple[int, int, str]:
    """Few values, named as most charts name them."""
    usual = sum("image" in edit.where.lower() or edit.where.lower().endswith("tag") for edit in edits)
    return len(edits), -usual, " ".join(edit.where for edit in edits)


def brought(edits: Iterable[Edits]) -> Edits | None:
    """The edits of several containers together; None where two of them set one value to different texts."""
    together: dict[str, OwnerEdit] = {}
    for edit in (each for some in edits for each in some):
        if together.setdefault(edit.where, edit) != edit:
            return None
    return tuple(together.values())


def without_values(text: str, secrets: Mapping[str, Any]) -> str:
    """What Helm says, without the values of the release, which it may quote."""
    for value in sorted({str(value) for _, value in leaves(secrets) if len(str(value)) >= _TELLING}, key=len)[::-1]:
        text = text.replace(value, "…")
    return text


_TELLING = 4
