"""Whether one tag is a later version than another, as people and build servers write tags. Pure.

It serves words on a screen and a default of a checkbox, so it says `unknown` rather than guess: of hashes, of tags that
follow different schemes, and of variants of one version (`1.4.0`, `1.4.0-alpine`).
Policies decide by their own order (services.planning.policies.tag_order); what they refuse as lower is no upgrade here.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache


class Direction(StrEnum):
    """Where another tag leads."""

    UPGRADE = "upgrade"
    DOWNGRADE = "downgrade"
    SAME = "same"
    UNKNOWN = "unknown"


# `main-`, `release-1.4.0`, `v1.4.0`: a name, numbers, and a rest that begins with a separator.
_TAG = re.compile(
    r"(?P<name>(?:[A-Za-z]+\.|[A-Za-z][A-Za-z0-9]*[-_])*[vV]?)(?P<numbers>\d+(?:\.\d+)*)(?P<rest>(?:[-+_.].*)?)"
)
# git describe: commits since the tag, then the commit (git-describe(1)).
_DESCRIBED = re.compile(r"-(\d+)-g[0-9a-f]{4,40}(?:-dirty)?")
_STAGES = ("alpha", "beta", "rc")  # the names whose order everybody agrees on
_PRERELEASE = re.compile(
    r"[-.](alpha|beta|rc|preview|pre|dev|snapshot|canary|nightly|milestone|m)[-.]?(\d+(?:\.\d+)*)?", re.IGNORECASE
)
_WORDS = re.compile(r"\d+|[^\d]+")
_HASH = re.compile(r"(?<![0-9A-Za-z])g?(?=[0-9a-f]*[a-f])(?=[0-9a-f]*\d)[0-9a-f]{6,40}(?![0-9A-Za-z])")
_CALENDAR = range(1990, 2200)
_LONGEST_NUMBER = 6  # digits; a longer one is a date, or may be the digits of a commit's hash
_DATE = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{0,6}")


@dataclass(frozen=True, kw_only=True)
class _Tag:
    """`scheme` is equal for tags whose numbers can be compared."""

    scheme: tuple[str, str]
    numbers: tuple[int, ...]
    rest: str


def direction(before: str | None, after: str | None) -> Direction:
    """Where `after` leads from `before`; equal tags are the same, though a tag may have moved."""
    if before is None or after is None:
        return Direction.UNKNOWN
    if before == after:
        return Direction.SAME
    old, new = _parse(before), _parse(after)
    if old is None or new is None or old.scheme != new.scheme:
        return Direction.UNKNOWN
    common = min(len(old.numbers), len(new.numbers))
    if old.numbers[:common] != new.numbers[:common]:
        return _compare(old.numbers[:common], new.numbers[:common])
    if len(old.numbers) != len(new.numbers):
        return Direction.UNKNOWN  # 1.4 moves with the newest 1.4.x
    return _compare_rests(old.rest, new.rest)


@lru_cache(maxsize=1024)
def _parse(tag: str) -> _Tag | None:
    match = _TAG.fullmatch(tag)
    if match is None:
        return None
    texts = match["numbers"].split(".")
    if any(len(text) > _LONGEST_NUMBER and not _DATE.fullmatch(text) for text in texts):
        return None
    first = int(texts[0])
    shape = "calendar" if first in _CALENDAR or _DATE.fullmatch(texts[0]) else "one" if len(texts) == 1 else "version"
    if shape == "calendar" and len(texts) == 1:
        shape = f"date of {len(texts[0])} digits"
    # A leading `v` is a habit, not another scheme. A number alone is a build, or the major version of a moving tag.
    name = match["name"].lower().removesuffix("v") if len(texts) > 1 else match["name"].lower()
    return _Tag(scheme=(name, shape), numbers=tuple(map(int, texts)), rest=match["rest"])


def _compare_rests(old: str, new: str) -> Direction:
    """Of two tags with equal numbers."""
    counts = tuple(_commits(rest) for rest in (old, new))
    if None not in counts and any(counts):
        return _compare(*counts) if counts[0] != counts[1] else Direction.UNKNOWN
    stages = _stage(old), _stage(new)
    if stages[0] is not None and stages[1] is not None:
        return _compare_stages(stages[0], stages[1])
    if _HASH.search(old) or _HASH.search(new):
        return Direction.UNKNOWN
    words = tuple(_WORDS.findall(rest) for rest in (old, new))
    named = tuple([word for word in each if not word.isdecimal()] for each in words)
    numbers = tuple([int(word) for word in each if word.isdecimal()] for each in words)
    if named[0] == named[1] and numbers[0] != numbers[1] and len(numbers[0]) == len(numbers[1]):
        return _compare(*numbers)
    return Direction.UNKNOWN


def _commits(rest: str) -> int | None:
    """The commits since the version, as `git describe` counts them; 0 for the version itself."""
    match = _DESCRIBED.fullmatch(rest)
    return int(match[1]) if match else 0 if not rest else None


def _stage(rest: str) -> tuple[str, tuple[int, ...]] | None:
    """The name and the numbers of a pre-release, "" for the release itself; None for another kind of suffix."""
    if not rest:
        return "", ()
    match = _PRERELEASE.fullmatch(rest)
    if match is None:
        return None
    return match[1].lower(), tuple(map(int, match[2].split("."))) if match[2] else ()


def _compare_stages(old: tuple[str, tuple[int, ...]], new: tuple[str, tuple[int, ...]]) -> Direction:
    if old[0] == new[0]:
        return _compare(old[1], new[1]) if old[1] != new[1] else Direction.UNKNOWN
    if "" in {old[0], new[0]}:
        return Direction.UPGRADE if new[0] == "" else Direction.DOWNGRADE
    if old[0] in _STAGES and new[0] in _STAGES:
        return _compare(_STAGES.index(old[0]), _STAGES.index(new[0]))
    return Direction.UNKNOWN


def _compare(old: object, new: object) -> Direction:
    """Of two different values of one ordered type."""
    return Direction.UPGRADE if old < new else Direction.DOWNGRADE  # type: ignore[operator]
