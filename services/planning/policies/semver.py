"""Semantic versions in tags, and version ranges in the syntax of npm and of Masterminds/semver.

Pure. The package `semver` defines versions and their precedence (semver.org 2.0.0); ranges are implemented here because
no maintained library reads them (npm's node-semver README, "Ranges"). A tag is a version only with all three numbers:
`1.2` moves with the newest 1.2.x, and a build number or the digits of a commit are no version.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from semver import Version

_OPERATOR = r"(?:\^|~>|~|>=|<=|>|<|=)"
_PART = r"(?:0|[1-9][0-9]*|[xX*])"
_SUFFIX = r"(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?"
_PARTIAL = rf"v?{_PART}(?:\.{_PART}){{0,2}}{_SUFFIX}"
_TERM = re.compile(rf"({_OPERATOR}?)\s*({_PARTIAL})(?=[\s,]|$)[\s,]*")
_HYPHEN = re.compile(rf"({_PARTIAL})\s+-\s+({_PARTIAL})")
_LIKE_VERSION = re.compile(r"v?([0-9]{1,18}(?:\.[0-9]{1,18})+)(?![0-9])")
_FIRST = "0"  # the pre-release that precedes all others of its version
_WILD = frozenset("xX*")


class InvalidRangeError(ValueError):
    """A text that is no version range; the message says why, for people."""


@dataclass(frozen=True, kw_only=True)
class Bound:
    """One comparison: `operator` is `<`, `<=`, `>=` or `>`, `version` its right side."""

    operator: str
    version: Version

    def holds(self, version: Version) -> bool:
        """Whether `version` satisfies the comparison."""
        match self.operator:
            case "<":
                return version < self.version
            case "<=":
                return version <= self.version
            case ">":
                return version > self.version
            case _:
                return version >= self.version


@dataclass(frozen=True, kw_only=True)
class VersionRange:
    """A version is in the range if all bounds of one of the `sets` hold."""

    text: str
    prereleases: bool
    sets: tuple[tuple[Bound, ...], ...]

    def __contains__(self, version: Version) -> bool:
        return any(self._within(bounds, version) for bounds in self.sets)

    def _within(self, bounds: tuple[Bound, ...], version: Version) -> bool:
        if not all(bound.holds(version) for bound in bounds):
            return False
        if not version.prerelease or self.prereleases:
            return True
        # As in npm: a range that names 1.3.0-rc.1 admits pre-releases of 1.3.0, not those of later versions.
        return any(bound.version.prerelease and _core(bound.version) == _core(version) for bound in bounds)


@dataclass(frozen=True, kw_only=True)
class _Partial:
    """A version whose last parts may be open, as `1.2` or `1.x`."""

    numbers: tuple[int, ...]
    prerelease: str | None

    @property
    def whole(self) -> bool:
        return len(self.numbers) == 3

    def least(self, floor: str | None) -> Version:
        """The lowest version that it matches; `floor` is the lowest pre-release to include where parts are open."""
        return _version(self.numbers, self.prerelease if self.whole else floor)

    def after(self, position: int) -> Version:
        """The lowest version in which the number at `position` is one higher."""
        return _version((*self.numbers[:position], self.numbers[position] + 1), _FIRST)


@lru_cache(maxsize=4096)  # every push evaluates the same tags again
def tag_version(tag: str) -> Version | None:
    """The version that a tag spells, with or without a leading `v`; None where the tag is no version."""
    try:
        return Version.parse(tag.removeprefix("v"))
    except ValueError:
        return None


def why_no_version(tag: str) -> str | None:
    """What keeps a tag that looks like a version from being one, as a part of a sentence; None for another tag."""
    numbers = _LIKE_VERSION.match(tag)
    if numbers is None or tag_version(tag) is not None:
        return None
    parts = numbers[1].split(".")
    if any(len(part) > 1 and part.startswith("0") for part in parts):
        return f"the numbers of a version have no leading zeros, as in {'.'.join(str(int(part)) for part in parts)}"
    if len(parts) != 3:
        return "a version has three numbers, as in 1.4.0"
    return "what follows its numbers does not follow semver.org"


@lru_cache(maxsize=256)
def parse_range(text: str, *, prereleases: bool = False) -> VersionRange:
    """The range that a text spells; with `prereleases` it includes every pre-release in its bounds.

    Raises `InvalidRangeError` where the text is no range.
    """
    floor = _FIRST if prereleases else None
    sets = tuple(tuple(_bounds(part.strip(" \t,"), floor)) for part in text.split("||"))
    return VersionRange(text=text, prereleases=prereleases, sets=sets)


def _bounds(text: str, floor: str | None) -> Iterator[Bound]:
    hyphen = _HYPHEN.fullmatch(text)
    if hyphen:
        yield from _at_least(_partial(hyphen[1]), floor)
        yield from _at_most(_partial(hyphen[2]), floor)
        return
    if not text:
        raise InvalidRangeError("A range is empty; '*' means every version.")
    at = 0
    while at < len(text):
        term = _TERM.match(text, at)
        if term is None:
            raise InvalidRangeError(
                f"'{text[at:]}' is no part of a range; write ranges like '>=1.2 <2', '^1.2' or '1.x'."
            )
        yield from _TERMS[term[1]](_partial(term[2]), floor)
        at = term.end()


def _partial(text: str) -> _Partial:
    rest, _, _ = text.removeprefix("v").partition("+")
    core, dash, prerelease = rest.partition("-")
    parts = core.split(".")
    numbers = []
    for part in parts:
        if part in _WILD:
            break
        numbers.append(int(part))
    if any(part not in _WILD for part in parts[len(numbers) :]):
        raise InvalidRangeError(f"In '{text}' a number follows an open part.")
    partial = _Partial(numbers=tuple(numbers), prerelease=prerelease if dash else None)
    if dash and not partial.whole:
        raise InvalidRangeError(f"'{text}' names a pre-release, but not a full version.")
    try:
        partial.least(None)
    except ValueError:
        raise InvalidRangeError(f"'{text}' is no version.") from None
    return partial


def _caret(partial: _Partial, floor: str | None) -> Iterator[Bound]:
    """Up to the next version that may be incompatible: the first number that is not 0 stays the same."""
    yield from _at_least(partial, floor)
    if partial.numbers:
        last = len(partial.numbers) - 1
        yield Bound(operator="<", version=partial.after(next((i for i, n in enumerate(partial.numbers) if n), last)))


def _tilde(partial: _Partial, floor: str | None) -> Iterator[Bound]:
    yield from _at_least(partial, floor)
    if partial.numbers:
        yield Bound(operator="<", version=partial.after(min(len(partial.numbers) - 1, 1)))


def _exactly(partial: _Partial, floor: str | None) -> Iterator[Bound]:
    yield from _at_least(partial, floor)
    yield from _at_most(partial, floor)


def _at_least(partial: _Partial, floor: str | None) -> Iterator[Bound]:
    yield Bound(operator=">=", version=partial.least(floor))


def _at_most(partial: _Partial, floor: str | None) -> Iterator[Bound]:
    if partial.whole:
        yield Bound(operator="<=", version=partial.least(floor))
    elif partial.numbers:
        yield Bound(operator="<", version=partial.after(len(partial.numbers) - 1))


def _above(partial: _Partial, floor: str | None) -> Iterator[Bound]:
    if partial.whole:
        yield Bound(operator=">", version=partial.least(floor))
    elif partial.numbers:
        beyond = partial.after(len(partial.numbers) - 1)
        yield Bound(operator=">=", version=beyond if floor else beyond.finalize_version())
    else:
        raise InvalidRangeError("Nothing is above every version.")


def _below(partial: _Partial, floor: str | None) -> Iterator[Bound]:
    del floor
    if not partial.numbers:
        raise InvalidRangeError("Nothing is below every version.")
    yield Bound(operator="<", version=partial.least(_FIRST))


_TERMS: dict[str, Callable[[_Partial, str | None], Iterator[Bound]]] = {
    "^": _caret,
    "~": _tilde,
    "~>": _tilde,
    ">=": _at_least,
    "<=": _at_most,
    ">": _above,
    "<": _below,
    "=": _exactly,
    "": _exactly,
}


def _version(numbers: tuple[int, ...], prerelease: str | None) -> Version:
    major, minor, patch = (*numbers, 0, 0, 0)[:3]
    text = f"{major}.{minor}.{patch}"
    return Version.parse(f"{text}-{prerelease}" if prerelease is not None else text)


def _core(version: Version) -> tuple[int, int, int]:
    return (version.major, version.minor, version.patch)
