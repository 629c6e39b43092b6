"""Checks: what has to hold after a ring before the next one begins, as strategies and operations keep them.

Checks are shown to everyone who sees the environment, so they hold no credentials: an address or a header that may
carry some is refused. A request that needs credentials is a Job's, whose pod reads a Secret of its cluster.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar, Self
from urllib.parse import parse_qsl, urlsplit

from domain.stored.hooks import JobScope, JobTemplate, check_bounds, check_name
from domain.stored.versions import check_version

MAX_CHECKS = 10
MAX_WINDOW_SECONDS = 6 * 60 * 60
MAX_EVERY_SECONDS = 600
MAX_ADDRESS = 2048
MAX_QUERY = 4096
MAX_TEXT = 1024
MAX_HEADERS = 10
MAX_STATUSES = 20

_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")  # a token of RFC 9110, section 5.6.2
_VISIBLE = re.compile(r"[\t\x20-\x7e]{0,1024}")
# Names of headers and of parameters of an address that carry credentials.
_CREDENTIAL = re.compile(
    r"auth|cookie|token|secret|passw|credential|signature|session|api[-_]?key|access[-_]?key", re.IGNORECASE
)
# What the transport sets itself: a different value would send the request elsewhere, or cut it in two.
_OF_TRANSPORT = frozenset(
    {"host", "connection", "content-length", "transfer-encoding", "upgrade", "te", "trailer", "keep-alive", "expect"}
)
_POINTER = re.compile(r"(/([^~/]|~[01])*)*")  # RFC 6901, section 3


@dataclass(frozen=True, kw_only=True)
class Window:
    """For how long a check tries, and the pause between two tries, in seconds. Raises `ValueError` out of bounds."""

    seconds: int
    every: int

    def __post_init__(self) -> None:
        check_bounds("A check's window", self.seconds, least=1, most=MAX_WINDOW_SECONDS, unit="seconds")
        check_bounds("The pause between tries", self.every, least=1, most=MAX_EVERY_SECONDS, unit="seconds")

    def to_json(self) -> dict[str, Any]:
        return {"seconds": self.seconds, "every": self.every}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        return cls(seconds=stored["seconds"], every=stored["every"])


@dataclass(frozen=True, kw_only=True)
class JobCheck:
    """Passes where the Job completes."""

    job: JobTemplate
    scope: JobScope = JobScope.ENVIRONMENT

    def to_json(self) -> dict[str, Any]:
        return {"job": self.job.to_json(), "scope": self.scope.value}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        return cls(job=JobTemplate.from_json(stored["job"]), scope=JobScope(stored["scope"]))


class HttpMethod(StrEnum):
    """The methods of a check: those that change nothing (RFC 9110, section 9.2.1)."""

    GET = "GET"
    HEAD = "HEAD"


@dataclass(frozen=True, kw_only=True)
class HttpCheck:
    """Passes at the first answer in the window that is as expected: status, text in the body, a value in its JSON.

    `pointer` is a JSON pointer (RFC 6901) to what has to equal `value`. Raises `ValueError` for what cannot be asked or
    holds credentials.
    """

    url: str
    window: Window
    method: HttpMethod = HttpMethod.GET
    headers: Mapping[str, str] = field(default_factory=dict)
    statuses: tuple[int, ...] = (200,)
    contains: str | None = None
    pointer: str | None = None
    value: str | int | float | bool | None = None

    def __post_init__(self) -> None:
        check_address(self.url)
        _check_headers(self.headers)
        if not 1 <= len(self.statuses) <= MAX_STATUSES:
            raise ValueError(f"Name 1 to {MAX_STATUSES} statuses that the check expects.")
        for status in self.statuses:
            check_bounds("An expected status", status, least=200, most=599, unit="")
        if self.method is HttpMethod.HEAD and (self.contains is not None or self.pointer is not None):
            raise ValueError("An answer to HEAD has no body to expect something of. Use GET.")
        if self.contains is not None and not 1 <= len(self.contains) <= MAX_TEXT:
            raise ValueError(f"The text that the body has to contain may have 1 to {MAX_TEXT} characters.")
        if self.pointer is not None and (len(self.pointer) > MAX_TEXT or _POINTER.fullmatch(self.pointer) is None):
            raise ValueError(f"'{self.pointer[:60]}' is not a JSON pointer, as /status/version.")
        if isinstance(self.value, str) and len(self.value) > MAX_TEXT:
            raise ValueError(f"The value that is expected may have at most {MAX_TEXT} characters.")

    def to_json(self) -> dict[str, Any]:
        return {
            "url": self.url,
            "window": self.window.to_json(),
            "method": self.method.value,
            "headers": dict(self.headers),
            "statuses": list(self.statuses),
            "contains": self.contains,
            "pointer": self.pointer,
            "value": self.value,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        return cls(
            url=stored["url"],
            window=Window.from_json(stored["window"]),
            method=HttpMethod(stored["method"]),
            headers=dict(stored["headers"]),
            statuses=tuple(stored["statuses"]),
            contains=stored["contains"],
            pointer=stored["pointer"],
            value=stored["value"],
        )


class ComparisonOperator(StrEnum):
    """How a value is held against a check's bound."""

    BELOW = "<"
    AT_MOST = "<="
    ABOVE = ">"
    AT_LEAST = ">="
    EQUAL = "=="


class NoData(StrEnum):
    """What an answer without a value means: the check fails, passes, or asks on (and fails at the window's end)."""

    FAIL = "fail"
    PASS = "pass"  # noqa: S105  a word, no password
    WAIT = "wait"


@dataclass(frozen=True, kw_only=True)
class PrometheusCheck:
    """Passes where every value of the query stays within the bound, asked `every` seconds until the window's end.

    `url` is the server's, without `/api/v1/query`. Raises `ValueError` for what cannot be asked or holds credentials.
    """

    url: str
    query: str
    comparison: ComparisonOperator
    bound: float
    window: Window
    no_data: NoData = NoData.FAIL

    def __post_init__(self) -> None:
        check_address(self.url)
        if not 1 <= len(self.query.strip()) <= MAX_QUERY:
            raise ValueError(f"A query may have 1 to {MAX_QUERY} characters.")
        if not math.isfinite(self.bound):
            raise ValueError("The bound has to be a finite number.")

    def to_json(self) -> dict[str, Any]:
        return {
            "url": self.url,
            "query": self.query,
            "comparison": self.comparison.value,
            "bound": self.bound,
            "window": self.window.to_json(),
            "no_data": self.no_data.value,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        return cls(
            url=stored["url"],
            query=stored["query"],
            comparison=ComparisonOperator(stored["comparison"]),
            bound=stored["bound"],
            window=Window.from_json(stored["window"]),
            no_data=NoData(stored["no_data"]),
        )


@dataclass(frozen=True, kw_only=True)
class Check:
    """One check of a strategy, by its name among the strategy's hooks and checks."""

    VERSION: ClassVar[int] = 1

    name: str
    asks: JobCheck | HttpCheck | PrometheusCheck

    def __post_init__(self) -> None:
        check_name(self.name)

    def to_json(self) -> dict[str, Any]:
        return {"version": self.VERSION, "name": self.name, self._member: self.asks.to_json()}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Raises `UnknownVersionError`, and `ValueError` for a document that asks nothing."""
        check_version(stored, form="check", newest=cls.VERSION)
        asks: JobCheck | HttpCheck | PrometheusCheck
        match stored:
            case {"job": found}:
                asks = JobCheck.from_json(found)
            case {"http": found}:
                asks = HttpCheck.from_json(found)
            case {"prometheus": found}:
                asks = PrometheusCheck.from_json(found)
            case _:
                raise ValueError("A stored check asks nothing.")
        return cls(name=stored["name"], asks=asks)

    @property
    def _member(self) -> str:
        match self.asks:
            case JobCheck():
                return "job"
            case HttpCheck():
                return "http"
            case PrometheusCheck():
                return "prometheus"


def check_address(url: str) -> None:
    """Raises `ValueError` for an address that a check cannot ask, or that holds credentials."""
    if len(url) > MAX_ADDRESS:
        raise ValueError(f"A check's address may have at most {MAX_ADDRESS} characters.")
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018  which raises for a port that is none
    except ValueError:
        raise ValueError("The check's address is not a URL.") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname or any(ord(char) <= 32 for char in url):
        raise ValueError("A check's address is a URL that begins with https:// or http:// and names a host.")
    if parts.username is not None or parts.password is not None:
        raise ValueError("A check's address is shown, so it cannot hold a user or a password. Use a Job for that.")
    for name, _ in parse_qsl(parts.query, keep_blank_values=True):
        if _CREDENTIAL.search(name):
            raise ValueError(
                f"A check's address is shown, so it cannot hold the parameter '{name[:60]}'. Use a Job that reads it "
                "from a Secret of its cluster."
            )


def _check_headers(headers: Mapping[str, str]) -> None:
    if len(headers) > MAX_HEADERS:
        raise ValueError(f"A check may send at most {MAX_HEADERS} headers.")
    for name, value in headers.items():
        if _HEADER.fullmatch(name) is None or _VISIBLE.fullmatch(value) is None:
            raise ValueError(f"'{name[:60]}' is not a header that can be sent, or its value is not.")
        if name.lower() in _OF_TRANSPORT:
            raise ValueError(f"Stagecoach sets the header '{name}' itself.")
        if _CREDENTIAL.search(name):
            raise ValueError(
                f"A check's headers are shown, so '{name}' cannot be one of them. Use a Job that reads it from a "
                "Secret of its cluster."
            )
