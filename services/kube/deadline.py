"""A time budget that is made once and passed down, instead of a timeout at each call."""

import time
from collections import Counter
from dataclasses import dataclass, field


class Held:
    """Bytes by cluster: what has been read under a deadline. They are free when it is dropped (`answer_memory`)."""

    def __init__(self) -> None:
        self.amounts: Counter[str] = Counter()

    def __getitem__(self, cluster: str) -> int:
        return self.amounts[cluster]

    def __setitem__(self, cluster: str, amount: int) -> None:
        self.amounts[cluster] = amount


@dataclass(frozen=True)
class Deadline:
    """A moment on the monotonic clock, in seconds."""

    at: float
    held: Held = field(default_factory=Held, compare=False, repr=False)

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
        return Deadline(min(self.at, time.monotonic() + seconds), self.held)

    def afresh(self, seconds: float) -> "Deadline":
        """As `capped`, for a reading whose result replaces that of the one before: what that held does not count."""
        return Deadline(self.capped(seconds).at)
