"""The order of tags as people write them: counters, dates, versions, `git describe` and commit hashes.

Pure. Two questions have two answers. *Which of two is newer*, where a policy orders by version or by what its pattern
captures: numbers count by value, also inside words and behind hyphens. *Whether a tag is certainly a lower version*,
which the newest push is refused for unless a policy says otherwise: a wrong yes would stop deliveries silently, so a
suffix that nobody can order (a commit hash, a variant, a counter) is no reason.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from semver import Version

from services.planning.policies.semver import tag_version

# `git describe --tags`: the last tag, the commits since then, and the abbreviated hash behind a `g`.
_DESCRIBED = re.compile(r"(?P<base>.+)-(?P<commits>[0-9]+)-g[0-9a-f]{4,40}(?:-dirty)?")
_HASH = re.compile(r"g?(?=[0-9a-f]*[a-f])[0-9a-f]{7,40}")
_STAGED = re.compile(
    r"(?P<stage>alpha|beta|rc|preview|pre|dev|snapshot|canary|nightly|milestone)"
    r"(?:[.-]?(?P<number>[0-9]{1,6})|(?P<more>[.-].*))?",  # seven digits could be a hash
    re.IGNORECASE,
)
_STAGES = ("alpha", "beta", "rc")  # the names whose order everybody agrees on
_TOKENS = re.compile(r"[0-9]+|[^0-9]+")
_HASHES = re.compile(r"(?<![0-9A-Za-z])g?(?=[0-9a-f]*[a-f])[0-9a-f]{7,40}(?![0-9A-Za-z])")
_RELEASED = (1,)  # after every pre-release of its version
_NO_COMMITS = -1


@dataclass(frozen=True, kw_only=True)
class _Written:
    """A version as a tag spells it; `commits` were made since it was tagged, None where the tag is that version."""

    version: Version
    commits: int | None


def natural(text: str) -> tuple[Any, ...]:
    """A sort key by which numbers count by value, wherever they are: `2026-01-30-9` before `2026-01-30-10`.

    Where a number and other text meet, the number is later; a text is later than its own beginning. Commit hashes have
    no order, and count as if they were not there.
    """
    plain = _HASHES.sub("", text)
    return tuple((1, int(token)) if token.isdigit() else (0, token) for token in _TOKENS.findall(plain))


@lru_cache(maxsize=4096)
def version_key(tag: str) -> tuple[Any, ...] | None:
    """The sort key of a tag that spells a version; None for another tag.

    By semver.org's precedence, except that numbers inside a word count by value (`rc9` before `rc10`), that commits
    since a version are later than that version, and that hashes have no order.
    """
    written = _written(tag)
    if written is None:
        return None
    version = written.version
    stage = _identifiers(version.prerelease) if version.prerelease else _RELEASED
    return (*_core(version), stage, _NO_COMMITS if written.commits is None else written.commits)


def is_certainly_lower(tag: str, running: str) -> bool:
    """Whether both are versions and the first is lower, beyond doubt.

    Of the same three numbers, only a pre-release with a known name is lower: than the release, or than a later one.
    """
    new, known = _written(tag), _written(running)
    if new is None or known is None:
        return False
    if _core(new.version) != _core(known.version):
        return _core(new.version) < _core(known.version)
    if new.commits is not None or known.commits is not None:
        return False  # commits of which branch?
    stage = _STAGED.fullmatch(new.version.prerelease or "")
    if stage is None or known.version.prerelease is None:
        return stage is not None
    other = _STAGED.fullmatch(known.version.prerelease)
    return other is not None and _is_earlier_stage(stage, other)


def _is_earlier_stage(stage: re.Match[str], other: re.Match[str]) -> bool:
    name, other_name = stage["stage"].lower(), other["stage"].lower()
    if name != other_name:
        return name in _STAGES and other_name in _STAGES and _STAGES.index(name) < _STAGES.index(other_name)
    if stage["more"] or other["more"]:
        return False
    return int(stage["number"] or 0) < int(other["number"] or 0)


def _written(tag: str) -> _Written | None:
    described = _DESCRIBED.fullmatch(tag)
    base = tag_version(described["base"]) if described else None
    if described and base is not None:
        return _Written(version=base, commits=int(described["commits"]))
    version = tag_version(tag)
    return None if version is None else _Written(version=version, commits=None)


def _identifiers(prerelease: str) -> tuple[Any, ...]:
    """Dotted identifiers: numbers before words (semver.org, item 11), and all hashes alike."""
    return (0, tuple(_identifier(each) for each in prerelease.split(".")))


def _identifier(text: str) -> tuple[Any, ...]:
    if text.isdigit():
        return (0, int(text))
    return (1, ()) if _HASH.fullmatch(text) else (1, natural(text))


def _core(version: Version) -> tuple[int, int, int]:
    return (version.major, version.minor, version.patch)
