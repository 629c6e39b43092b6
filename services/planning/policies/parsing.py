"""Parse image policies strictly, of a request or as stored: unknown keys and malformed values are errors.

Pure. A `PolicyError` names the location of the mistake, as `rules[0].select.pattern`. `ImagePolicies.to_json` and
`to_stored` write the parsed policies again.
"""

import re
from collections.abc import Iterable
from enum import StrEnum
from typing import Any, TypeVar

import re2

from domain.image_references import DEFAULT_TAG, InvalidImageError, parse_image
from domain.stored.policies import StoredPolicies
from domain.stored.versions import UnknownVersionError, check_version
from services.planning.policies.semver import InvalidRangeError, parse_range
from services.planning.policies.tags import (
    AnyTag,
    Exact,
    Glob,
    ImagePolicies,
    Newest,
    Policy,
    Regex,
    Scope,
    Select,
    Semver,
    compiled,
)

MOST_RULES = 100
MOST_PATTERNS = 100
LONGEST_PATTERN = 200

_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_GLOB = re.compile(r"[A-Za-z0-9_.*?-]+")
_CONTAINER = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_RULE = frozenset({"match", "select", "newest_by", "allow", "deny", "allow_downgrade"})
_SELECT = {
    "any": frozenset[str](),
    "exact": frozenset({"tags"}),
    "glob": frozenset({"pattern"}),
    "regex": frozenset({"pattern"}),
    "semver": frozenset({"range", "prereleases"}),
}

E = TypeVar("E", bound=StrEnum)


class PolicyError(ValueError):
    """Malformed policies; `field` is the JSON path of the mistake, `detail` says what is expected there."""

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(f"{field}: {detail}" if field else detail)
        self.field = field
        self.detail = detail


def parse_stored(stored: StoredPolicies) -> ImagePolicies:
    """The policies of a row. Raises `PolicyError` if this release cannot read them, whichever release wrote them."""
    document = _object(stored.to_json(), "", {"rules", "version"})
    try:
        check_version(document, form="set of image policies", newest=StoredPolicies.VERSION)
    except UnknownVersionError as error:
        raise PolicyError("version", str(error)) from None
    return parse_policies({name: value for name, value in document.items() if name != "version"})


def readable_policies(stored: StoredPolicies) -> ImagePolicies:
    """As `parse_stored`; no rules where another release wrote what cannot be parsed."""
    try:
        return parse_stored(stored)
    except PolicyError:
        return ImagePolicies()


def parse_policies(stored: Any) -> ImagePolicies:
    """The policies in a JSON value; an empty object has none. Raises `PolicyError` where the value is malformed."""
    given = _object(stored, "", {"rules"})
    rules = _list(given.get("rules", []), "rules", MOST_RULES)
    return ImagePolicies(rules=tuple(_rule(rule, f"rules[{number}]") for number, rule in enumerate(rules)))


def _rule(stored: Any, at: str) -> tuple[Scope, Policy]:
    given = _object(stored, at, _RULE)
    select = _select(given.get("select", {"kind": "any"}), f"{at}.select")
    newest_by = _word(Newest, given.get("newest_by", Newest.PUSH.value), f"{at}.newest_by")
    if newest_by is Newest.CAPTURE and not (isinstance(select, Regex) and compiled(select.pattern).groups == 1):
        raise PolicyError(
            f"{at}.newest_by",
            "To order by 'capture', select by a 'regex' with exactly one group, as 'build-(?P<n>[0-9]+)'; "
            "'(?:…)' groups without capturing.",
        )
    policy = Policy(
        select=select,
        newest_by=newest_by,
        allow=_globs(given.get("allow", []), f"{at}.allow"),
        deny=_globs(given.get("deny", []), f"{at}.deny"),
        allow_downgrade=_flag(given.get("allow_downgrade", False), f"{at}.allow_downgrade"),
    )
    return _scope(given.get("match", {}), f"{at}.match"), policy


def _scope(stored: Any, at: str) -> Scope:
    given = _object(stored, at, {"container", "repository"})
    container = _text(given["container"], f"{at}.container") if "container" in given else None
    if container is not None and not _CONTAINER.fullmatch(container):
        raise PolicyError(f"{at}.container", "A container's name is up to 63 lower-case letters, digits and '-'.")
    repository = _repository(given["repository"], f"{at}.repository") if "repository" in given else None
    return Scope(container=container, repository=repository)


def _repository(stored: Any, at: str) -> str:
    text = _text(stored, at)
    try:
        parsed = parse_image(text)
    except InvalidImageError:
        parsed = None
    if parsed is None or parsed.tag or parsed.digest:
        raise PolicyError(at, "A repository is a registry and a path without a tag, as registry.example/team/web.")
    return parsed.full_name


def _select(stored: Any, at: str) -> Select:
    kind = _object(stored, at, {"kind"}.union(*_SELECT.values())).get("kind")
    if not isinstance(kind, str) or kind not in _SELECT:
        raise PolicyError(f"{at}.kind", f"It must be one of {_listed(_SELECT)}.")
    given = _object(stored, at, _SELECT[kind] | {"kind"})
    match kind:
        case "exact":
            return Exact(tags=_tags(given.get("tags"), f"{at}.tags"))
        case "glob":
            return Glob(pattern=_glob(given.get("pattern"), f"{at}.pattern"))
        case "regex":
            return Regex(pattern=_regex(given.get("pattern"), f"{at}.pattern"))
        case "semver":
            return _semver(given, at)
        case _:
            return AnyTag()


def _semver(given: dict[str, Any], at: str) -> Semver:
    prereleases = _flag(given.get("prereleases", False), f"{at}.prereleases")
    text = _text(given.get("range"), f"{at}.range")
    try:
        return Semver(range=parse_range(text, prereleases=prereleases))
    except InvalidRangeError as error:
        raise PolicyError(f"{at}.range", str(error)) from None


def _tags(stored: Any, at: str) -> tuple[str, ...]:
    tags = _list(stored, at, MOST_PATTERNS)
    if not tags:
        raise PolicyError(at, f"Name at least one tag, as ['{DEFAULT_TAG}'].")
    for number, tag in enumerate(tags):
        if not _TAG.fullmatch(_text(tag, f"{at}[{number}]")):
            raise PolicyError(f"{at}[{number}]", "A tag is 1 to 128 letters, digits, '_', '.' or '-'.")
    return tuple(tags)


def _globs(stored: Any, at: str) -> tuple[str, ...]:
    patterns = _list(stored, at, MOST_PATTERNS)
    return tuple(_glob(pattern, f"{at}[{number}]") for number, pattern in enumerate(patterns))


def _glob(stored: Any, at: str) -> str:
    text = _text(stored, at)
    if not _GLOB.fullmatch(text):
        raise PolicyError(at, "A glob has the characters of tags, '*' for any text and '?' for one character.")
    return text


def _regex(stored: Any, at: str) -> str:
    text = _text(stored, at)
    try:
        compiled(text)
    except re2.error as error:
        cause = error.args[0] if error.args else "unknown"
        cause = cause.decode(errors="replace") if isinstance(cause, bytes) else str(cause)
        raise PolicyError(at, f"It is no pattern that RE2 accepts ({cause}).") from None
    return text


def _text(stored: Any, at: str) -> str:
    if not isinstance(stored, str) or not stored.strip():
        raise PolicyError(at, "It must be a non-empty text.")
    if len(stored) > LONGEST_PATTERN:
        raise PolicyError(at, f"It must not be longer than {LONGEST_PATTERN} characters.")
    if not stored.isascii() or not stored.isprintable():  # tags and image names have no other characters
        raise PolicyError(at, "It must be printable ASCII characters only.")
    return stored


def _flag(stored: Any, at: str) -> bool:
    if not isinstance(stored, bool):
        raise PolicyError(at, "It must be true or false.")
    return stored


def _word(words: type[E], stored: Any, at: str) -> E:
    for word in words:
        if stored == word.value and isinstance(stored, str):
            return word
    raise PolicyError(at, f"It must be one of {_listed(word.value for word in words)}.")


def _list(stored: Any, at: str, most: int) -> list[Any]:
    if not isinstance(stored, list):
        raise PolicyError(at, "It must be a list.")
    if len(stored) > most:
        raise PolicyError(at, f"It must not have more than {most} entries.")
    return stored


def _object(stored: Any, at: str, known: Iterable[str]) -> dict[str, Any]:
    if not isinstance(stored, dict):
        raise PolicyError(at, "It must be an object.")
    names = frozenset(known)
    for name in stored:
        if name not in names:
            shown = f"{at}.{name}" if at else str(name)
            raise PolicyError(shown[:LONGEST_PATTERN], f"It is unknown here; known are {_listed(sorted(names))}.")
    return stored


def _listed(words: Iterable[str]) -> str:
    return ", ".join(f"'{word}'" for word in words)
