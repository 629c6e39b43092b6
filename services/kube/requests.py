"""Requests to an API server and its answers, as they are on the wire; `responses` maps answers to errors."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Any
from urllib.parse import quote, urlencode

from domain.resources import Kind, ResourceId
from services.json_bounds import parse

_WARNING = re.compile(r'299 \S+ "((?:[^"\\]|\\.)*)"(?: "[^"]*")?')


class Repeat(StrEnum):
    """Whether a request may be sent again when its fate is unknown."""

    READ = "read"  # writes nothing, as a dry run
    IDEMPOTENT = "idempotent"  # twice has the effect of once: apply, delete, a JSON patch with tests
    ONCE = "once"  # create, replace, a JSON patch without tests: the second would be answered differently


class BodyType(StrEnum):
    JSON = "application/json"
    APPLY = "application/apply-patch+yaml"  # JSON is YAML
    JSON_PATCH = "application/json-patch+json"


def selectors_of(label_selector: str | None, field_selector: str | None) -> tuple[tuple[str, str], ...]:
    """The part of a list's query that selects objects."""
    given = (("labelSelector", label_selector), ("fieldSelector", field_selector))
    return tuple((name, value) for name, value in given if value)


def path_part(name: str) -> str:
    """The name, quoted as one segment of a URL path."""
    return quote(name, safe="")


@lru_cache(maxsize=256)  # few distinct queries: those of writes, and some selectors
def _encoded(query: tuple[tuple[str, str], ...]) -> str:
    return urlencode(query)


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """One request. `path` is made of segments that need no quoting or are quoted (`path_part`).

    `verb`, `kind`, `name` and `namespace` are for the texts of errors.
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
    sparse: bool = False  # little is made of the answer: in memory it becomes no more than its text
    last: bool = False  # the connection is closed afterwards: a long answer's buffers would stay with the cluster

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
    """Status, headers and body as the server sent them."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    warning_lines: tuple[str, ...] = field(default=(), repr=False)  # one for each `Warning` header

    @property
    def good(self) -> bool:
        return 200 <= self.status <= 299

    @property
    def warnings(self) -> tuple[str, ...]:
        """The texts of the `Warning: 299 - "…"` headers, unescaped (RFC 7234, section 5.5)."""
        found = (_WARNING.fullmatch(line) for line in self.warning_lines)
        return tuple(re.sub(r"\\(.)", r"\1", match.group(1)) for match in found if match)

    def json_object(self) -> dict[str, Any] | None:
        """The body as a JSON object; None where it is something else (a proxy's page, nothing) or too deep."""
        try:
            parsed = parse(self.body)
        except ValueError:
            return None
        return parsed if isinstance(parsed, dict) else None
