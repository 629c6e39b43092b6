"""A budget of time that is made once and handed down, instead of a timeout at each call."""

import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Deadline:
    """A moment on the monotonic clock, in seconds."""

    at: float

    @classmethod
    def after(cls, seconds: float) -> "Deadline":
        return cls(time.monotonic() + seconds)

    def left(self) -> float:
        """Seconds left, never below 0."""
        return max(0.0, self.at - time.monotonic())

    @property
    def passed(self) -> bool:
        return self.left() <= 0.0

    def part(self, share: float) -> "Deadline":
        """A share of what is left: so that whoever hangs in one step leaves time to the steps that follow."""
        return self.capped(self.left() * share)

    def capped(self, seconds: float) -> "Deadline":
        """This deadline, or `seconds` from now where that is sooner."""
        return Deadline(min(self.at, time.monotonic() + seconds))
