"""How many of something are let through: a burst at once, then so many a second. In memory, of one process."""

import math
from collections import OrderedDict
from collections.abc import Callable
from time import monotonic


class Buckets:
    """A bucket for each key. Those that have been full for longest are forgotten first: a new one would be full too."""

    def __init__(
        self, *, burst: int, a_second: float, most: int = 10_000, clock: Callable[[], float] = monotonic
    ) -> None:
        self._burst = burst
        self._a_second = a_second
        self._most = most
        self._clock = clock
        self._kept: OrderedDict[str, tuple[float, float]] = OrderedDict()  # what was left, and when

    def take(self, key: str) -> int | None:
        """None where one is let through, else after how many whole seconds to come again."""
        now = self._clock()
        left, at = self._kept.pop(key, (float(self._burst), now))
        left = min(self._burst, left + (now - at) * self._a_second)
        taken = left >= 1
        self._kept[key] = (left - taken, now)
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)
        return None if taken else max(1, math.ceil((1 - left) / self._a_second))
