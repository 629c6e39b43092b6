"""A time budget that is made once and passed down, instead of a timeout at each call."""

import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Deadline:
    """A moment on the monotonic clock, in seconds."""

    at: float

    @classmethod
    def after(cls, seconds: float) -> "Deadline":
        """The deadline `seconds` from now."""
        return cls(time.monotonic() + seconds)

    def left(self) -> float:
        """Seconds left, never below 0."""
        return max(0.0, self.at - time.monotonic())

    @property
    def passed(self) -> bool:
        return self.left() <= 0.0

    def part(self, share: float) -> "Deadline":
        """A deadline after `share` (0 to 1) of the time left: a step that hangs leaves the rest to the next steps."""
        return self.capped(self.left() * share)

    def capped(self, seconds: float) -> "Deadline":
        """This deadline, or `seconds` from now where that is sooner."""
        return Deadline(min(self.at, time.monotonic() + seconds))
