"""What is sent to an API server and what comes back, before anybody has judged it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Any
from urllib.parse import quote, urlencode

import orjson

from domain.resources import Kind, ResourceId

_WARNING = re.compile(r'299 \S+ "((?:[^"\\]|\\.)*)"(?: "[^"]*")?')


class Repeat(StrEnum):
    """What may be done again when nobody knows whether it was done."""

    READ = "read"  # changes nothing (a dry run neither)
    IDEMPOTENT = "idempotent"  # doing it twice is doing it once: apply, delete, a JSON patch behind tests
    ONCE = "once"  # create, replace, JSON patch without tests: a second time would answer something else


class BodyType(StrEnum):
    JSON = "application/json"
    APPLY = "application/apply-patch+yaml"  # JSON is YAML
    JSON_PATCH = "application/json-patch+json"


def path_part(name: str) -> str:
    """A name as one part of a path, whatever it holds."""
    return quote(name, safe="")


@lru_cache(maxsize=256)  # writes all have the same few; selectors are few too
def _encoded(query: tuple[tuple[str, str], ...]) -> str:
    return urlencode(query)


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """One request. `path` is made of parts that need no quoting or were quoted (`path_part`).

    `verb`, `kind`, `name` and `namespace` are for people: they name what failed.
    """

    verb: str
    method: str
    path: str
    repeat: Repeat
    query: tuple[tuple[str, str], ...] = ()
    body: Any = None
    body_type: BodyType = BodyType.JSON
    accept: str = "application/json"
    kind: Kind | None = None
    name: str | None = None
    namespace: str | None = None

    @property
    def target(self) -> str:
        """Path and query as they are sent."""
        return f"{self.path}?{_encoded(self.query)}" if self.query else self.path

    @property
    def resource(self) -> ResourceId | None:
        return ResourceId(kind=self.kind, name=self.name) if self.kind and self.name else None

    def __repr__(self) -> str:
        return f"Request({self.method} {self.path})"  # a body may be a Secret


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """Status, headers and body as they came."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    warning_lines: tuple[str, ...] = field(default=(), repr=False)  # of a header that may come more than once

    @property
    def good(self) -> bool:
        return 200 <= self.status <= 299

    @property
    def warnings(self) -> tuple[str, ...]:
        """The texts of `Warning: 299 - "…"` headers, as the server wrote them."""
        found = (_WARNING.fullmatch(line) for line in self.warning_lines)
        return tuple(re.sub(r"\\(.)", r"\1", match.group(1)) for match in found if match)

    def json_object(self) -> dict[str, Any] | None:
        """The body where it is a JSON object: anything else is not an API server's answer (a proxy's page, nothing)."""
        try:
            parsed = orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return None
        return parsed if isinstance(parsed, dict) else None
