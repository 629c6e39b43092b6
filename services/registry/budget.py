"""The limits of requests to registries: a deadline that is made once and passed down, bytes, counts and seconds."""

import time
from dataclasses import dataclass

MAX_MANIFEST_BYTES = 4 * 1024 * 1024
MAX_CONFIG_BYTES = 8 * 1024 * 1024
MAX_TAG_PAGE_BYTES = 8 * 1024 * 1024  # some registries list all tags on one page
MAX_TOKEN_BYTES = 256 * 1024


@dataclass(frozen=True)
class Budget:
    """A deadline: a moment on the monotonic clock, in seconds."""

    at: float

    @classmethod
    def of(cls, seconds: float) -> "Budget":
        """The deadline `seconds` from now."""
        return cls(time.monotonic() + seconds)

    def left(self) -> float:
        """Seconds left, never below 0."""
        return max(0.0, self.at - time.monotonic())


@dataclass(frozen=True, kw_only=True)
class RegistryLimits:
    """Seconds and counts for each registry; registries share no limit."""

    at_once: int = 4  # requests under way to one registry
    attempts: int = 4  # of one request, where a registry fails
    max_wait: float = 3.0  # a longer pause is not waited for, but raised as `RegistryBusyError`
    first_pause: float = 0.5  # after a failure; doubles with each that follows
    longest_pause: float = 60.0
    longest_asked_pause: float = 3600.0  # of what a registry may request by `Retry-After`
    connect: float = 5.0
    answer: float = 20.0  # for one request, its body included
    tag_pages: int = 500  # Quay has 100 tags on a page, whatever is asked for
    tags: int = 50_000
