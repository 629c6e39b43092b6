"""Fault injection: latency, errors, an unreachable cluster, expired tokens."""

import asyncio
import random
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from sandbox.errors import StatusError, bad_request

_REASONS = {
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    409: "Conflict",
    422: "Invalid",
    429: "TooManyRequests",
    500: "InternalError",
    503: "ServiceUnavailable",
    504: "Timeout",
}


@dataclass(kw_only=True)
class Failure:
    """Requests that fail instead of being answered."""

    status: int = 503
    methods: tuple[str, ...] = ()
    """Of these HTTP methods; empty: of all."""
    path: str = ""
    """A regular expression that is searched for in the path and query."""
    rate: float = 1.0
    """The share of matching requests that fail."""
    count: int | None = None
    """How many more of them fail; None: no end."""
    retry_after: int = 0
    """Seconds, sent to the client as `Retry-After`."""
    message: str = "a failure that was asked for"
    """What the Status says: API servers quote what they refuse."""

    def strikes(self, method: str, path: str) -> bool:
        """Whether this request fails; a failure with a count has one less left."""
        if self.count == 0 or (self.methods and method not in self.methods):
            return False
        if self.path and not re.search(self.path, path):
            return False
        if self.rate < 1.0 and random.random() >= self.rate:  # noqa: S311 - no secret
            return False
        if self.count is not None:
            self.count -= 1
        return True


@dataclass(kw_only=True)
class Faults:
    """What is wrong with one cluster now; all of it may be changed at any time."""

    latency_ms: float = 0.0
    jitter_ms: float = 0.0
    """Up to so much is added to the latency of each request."""
    watch_delay_ms: float = 0.0
    """Every watch event comes so much later."""
    unreachable: bool = False
    """Connections are dropped without an answer."""
    mute: bool = False
    """Writes are carried out, and connections are dropped where the answer would come; reads are dropped at once."""
    token_expired: bool = False
    failures: list[Failure] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def set(self, values: Mapping[str, Any]) -> None:
        """Change what is named. Raises `StatusError` 400 for what does not exist or does not fit."""
        for name, value in values.items():
            current = getattr(self, name, None)
            if name == "failures":
                try:
                    self.failures = [Failure(**{**f, "methods": tuple(f.get("methods", ()))}) for f in value]
                except (TypeError, AttributeError):
                    raise bad_request(
                        "a failure has status, methods, path, rate, count, retry_after and message"
                    ) from None
            elif isinstance(current, bool) and isinstance(value, bool):
                setattr(self, name, value)
            elif isinstance(current, float) and isinstance(value, int | float) and not isinstance(value, bool):
                setattr(self, name, float(value))
            else:
                raise bad_request(f"no such fault, or not of its type: {name}")

    def clear(self) -> None:
        """All is well again."""
        self.set(Faults().as_json())

    async def delay(self) -> None:
        """Wait as long as requests are slow."""
        if self.latency_ms or self.jitter_ms:
            await asyncio.sleep((self.latency_ms + random.random() * self.jitter_ms) / 1000)  # noqa: S311 - no secret

    def failure_of(self, method: str, path: str) -> StatusError | None:
        """The error that this request gets instead of its answer."""
        for failure in self.failures:
            if failure.strikes(method, path):
                reason = _REASONS.get(failure.status, "InternalError")
                return StatusError(failure.status, reason, failure.message, retry_after=failure.retry_after)
        return None
