"""Which tags an app environment takes, and which of several is the newest.

Pure. A policy selects tags, denies or allows some by globs, and orders the rest; `policies.parsing` reads it from JSON.
People write the patterns and outsiders may push tags, so patterns are RE2's, which match in time linear in pattern and
tag. A pattern has to match the whole tag.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any

import re2

from domain.stored.policies import StoredPolicies
from services.planning.policies.semver import VersionRange, tag_version, why_no_version
from services.planning.policies.tag_order import is_certainly_lower, natural, version_key


class Newest(StrEnum):
    """The measure by which one tag is newer than another; among equals, the later push is."""

    PUSH = "push"
    BUILT = "built"
    SEMVER = "semver"
    CAPTURE = "capture"  # the text of the pattern's one group, part by part: numbers by value, other text before them


_MEASURES = {
    Newest.PUSH: "push",
    Newest.BUILT: "build time",
    Newest.SEMVER: "version",
    Newest.CAPTURE: "captured part",
}


class RefusalRule(StrEnum):
    """Which rule of a policy a tag fails; stable, for programs."""

    SELECT = "select"
    ALLOW = "allow"
    DENY = "deny"
    DOWNGRADE = "downgrade"
    OLDER = "older"


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A tag that could be deployed; `push` increases in the order of pushes."""

    tag: str
    push: int
    digest: str | None = None
    built_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class AnyTag:
    """Selects every tag."""

    def matches(self, tag: str) -> bool:
        del tag
        return True

    def describe(self) -> str:
        return "any tag"

    def to_json(self) -> dict[str, Any]:
        return {"kind": "any"}


@dataclass(frozen=True, kw_only=True)
class Exact:
    """Selects the listed tags."""

    tags: tuple[str, ...]

    def matches(self, tag: str) -> bool:
        return tag in self.tags

    def describe(self) -> str:
        return f"only {', '.join(self.tags)}"

    def to_json(self) -> dict[str, Any]:
        return {"kind": "exact", "tags": list(self.tags)}


@dataclass(frozen=True, kw_only=True)
class Glob:
    """Selects tags that match a glob as a whole."""

    pattern: str

    def matches(self, tag: str) -> bool:
        return glob_matches(self.pattern, tag)

    def describe(self) -> str:
        return f"tags like '{self.pattern}'"

    def to_json(self) -> dict[str, Any]:
        return {"kind": "glob", "pattern": self.pattern}


@dataclass(frozen=True, kw_only=True)
class Regex:
    """Selects tags that match an RE2 pattern as a whole."""

    pattern: str

    def matches(self, tag: str) -> bool:
        return compiled(self.pattern).fullmatch(tag) is not None

    def captured(self, tag: str) -> str | None:
        """The text of a tag that the pattern's group captures; None where the pattern does not match."""
        match = compiled(self.pattern).fullmatch(tag)
        return match[1] if match else None

    def describe(self) -> str:
        return f"tags that match '{self.pattern}'"

    def to_json(self) -> dict[str, Any]:
        return {"kind": "regex", "pattern": self.pattern}


@dataclass(frozen=True, kw_only=True)
class Semver:
    """Selects tags that are versions in a range."""

    range: VersionRange

    def matches(self, tag: str) -> bool:
        version = tag_version(tag)
        return version is not None and version in self.range

    def why_not(self, tag: str) -> str | None:
        """Why a tag is not selected although it looks like a version; None where that is plain to see."""
        version = tag_version(tag)
        if version is None:
            return why_no_version(tag)
        if version.prerelease and not self.range.prereleases:
            return "it is a pre-release, which the range takes only with prereleases"
        return None

    def describe(self) -> str:
        also = ", pre-releases too" if self.range.prereleases else ""
        return f"versions in '{self.range.text}'{also}"

    def to_json(self) -> dict[str, Any]:
        return {"kind": "semver", "range": self.range.text, "prereleases": self.range.prereleases}


Select = AnyTag | Exact | Glob | Regex | Semver


@dataclass(frozen=True, kw_only=True)
class Policy:
    """Which tags of one repository or container are accepted. An empty `allow` admits all; `deny` comes before it."""

    select: Select = field(default_factory=AnyTag)
    newest_by: Newest = Newest.PUSH
    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()
    allow_downgrade: bool = False

    def to_json(self) -> dict[str, Any]:
        return {
            "select": self.select.to_json(),
            "newest_by": self.newest_by.value,
            "allow": list(self.allow),
            "deny": list(self.deny),
            "allow_downgrade": self.allow_downgrade,
        }


@dataclass(frozen=True, kw_only=True)
class Scope:
    """What a rule applies to: a container by name, a repository (normalised), or with neither everything."""

    container: str | None = None
    repository: str | None = None

    def covers(self, container: str, repository: str) -> bool:
        return self.container in {None, container} and self.repository in {None, repository}

    @property
    def closeness(self) -> int:
        """How specific the scope is; a higher number is more specific."""
        return 2 * (self.container is not None) + (self.repository is not None)

    def to_json(self) -> dict[str, Any]:
        named = {"container": self.container, "repository": self.repository}
        return {name: value for name, value in named.items() if value is not None}


@dataclass(frozen=True, kw_only=True)
class ImagePolicies:
    """The image policies of an app environment, in the order in which they were written."""

    rules: tuple[tuple[Scope, Policy], ...] = ()

    def policy_for(self, container: str, repository: str) -> Policy:
        """The policy of the most specific rule, the first of equals; the default policy where no rule applies."""
        fitting = [rule for rule in self.rules if rule[0].covers(container, repository)]
        return max(fitting, key=lambda rule: rule[0].closeness)[1] if fitting else Policy()

    def to_json(self) -> dict[str, Any]:
        """JSON that `parse_policies` reads, with all defaults explicit."""
        return {"rules": [{"match": scope.to_json(), **policy.to_json()} for scope, policy in self.rules]}

    def to_stored(self) -> StoredPolicies:
        """The form that `parse_stored` reads."""
        return StoredPolicies(document=self.to_json())


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """The policy accepts the tag."""


@dataclass(frozen=True, kw_only=True)
class Refused:
    """The policy refuses the tag: the rule that it fails, and the reason in a sentence."""

    rule: RefusalRule
    reason: str


def evaluate(
    policy: Policy, candidate: Candidate, running_tag: str | None, *, deployed: Candidate | None = None
) -> Accepted | Refused:
    """Whether a tag may be deployed where `running_tag` runs; `deployed` is the last tag that was deployed there."""
    tag = candidate.tag
    denied_by = next((pattern for pattern in policy.deny if glob_matches(pattern, tag)), None)
    if denied_by is not None:
        return Refused(rule=RefusalRule.DENY, reason=f"Tags like '{denied_by}' are denied here.")
    if policy.allow and not any(glob_matches(pattern, tag) for pattern in policy.allow):
        allowed = " or ".join(f"'{pattern}'" for pattern in policy.allow)
        return Refused(rule=RefusalRule.ALLOW, reason=f"Only tags like {allowed} are allowed here.")
    if not policy.select.matches(tag):
        why = policy.select.why_not(tag) if isinstance(policy.select, Semver) else None
        because = f": {why}" if why else ""
        return Refused(
            rule=RefusalRule.SELECT,
            reason=f"The policy here takes {policy.select.describe()}, which '{tag}' is not{because}.",
        )
    return Accepted() if policy.allow_downgrade else _check_order(policy, candidate, running_tag, deployed)


def newest(policy: Policy, candidates: Iterable[Candidate]) -> Candidate | None:
    """The newest candidate by the policy's measure; None without candidates. It does not evaluate them."""
    return max(candidates, key=lambda candidate: age_key(policy, candidate), default=None)


def age_key(policy: Policy, candidate: Candidate) -> tuple[Any, ...]:
    """The sort key of a candidate; those whose measure is unknown come before all others."""
    return (*_measure(policy, candidate), candidate.push)


def _check_order(
    policy: Policy, candidate: Candidate, running_tag: str | None, deployed: Candidate | None
) -> Accepted | Refused:
    if running_tag and is_certainly_lower(candidate.tag, running_tag):
        return Refused(
            rule=RefusalRule.DOWNGRADE,
            reason=f"'{candidate.tag}' is a lower version than '{running_tag}', which runs here or is about to.",
        )
    before = deployed if policy.newest_by is Newest.BUILT else Candidate(tag=running_tag or "", push=0)
    if before is None or policy.newest_by is Newest.PUSH:  # `push_decision` keeps the order of pushes
        return Accepted()
    if policy.newest_by is Newest.CAPTURE and running_tag and is_certainly_lower(running_tag, candidate.tag):
        return Accepted()  # a release after its release candidate, which is longer
    known, new = _measure(policy, before), _measure(policy, candidate)
    if not known[0] or new >= known:
        return Accepted()
    how = f"is older by {_MEASURES[policy.newest_by]} than" if new[0] else "is not known to be newer than"
    why = "" if new[0] else f": it has no {_MEASURES[policy.newest_by]}"
    return Refused(
        rule=RefusalRule.OLDER,
        reason=f"'{candidate.tag}' {how} '{before.tag}', which runs here or is about to{why}.",
    )


def _measure(policy: Policy, candidate: Candidate) -> tuple[Any, ...]:
    """A tuple that starts with whether the measure is known; comparable between all candidates."""
    match policy.newest_by:
        case Newest.PUSH:
            return (True,)
        case Newest.BUILT:
            built = candidate.built_at
            return (False, 0.0) if built is None else (True, built.timestamp())
        case Newest.SEMVER:
            key = version_key(candidate.tag)
            return (key is not None, key or ())
        case Newest.CAPTURE:
            text = policy.select.captured(candidate.tag) if isinstance(policy.select, Regex) else None
            return (text is not None, natural(text or ""))


@lru_cache(maxsize=512)
def compiled(pattern: str) -> Any:
    """The compiled pattern. Raises `re2.error` for a pattern that is malformed or exceeds RE2's memory bound."""
    options = re2.Options()
    options.max_mem = 1 << 20
    options.log_errors = False  # RE2 would write to standard error otherwise
    return re2.compile(pattern, options)


@lru_cache(maxsize=512)
def _glob(pattern: str) -> Any:
    return compiled("".join({"*": ".*", "?": "."}.get(each) or re2.escape(each) for each in pattern))


def glob_matches(pattern: str, tag: str) -> bool:
    """Whether a glob matches the whole tag: `*` is any text, `?` one character; case-sensitive."""
    return _glob(pattern).fullmatch(tag) is not None
