"""Notices that more clusters have been read than ever before: what their watches take stays from then on.

Whoever tunes the garbage collector wants to know that (`api.interpreter.keep`). Streams that end and stand again are
none: a cluster that comes and goes would have it work for nothing.
"""

from collections.abc import Callable


class Settling:
    """Calls `settled` once for all streams that have come to stand since it looked last, beyond the most so far."""

    def __init__(self, settled: Callable[[], None]) -> None:
        self._settled = settled
        self._most = 0

    def look(self, standing: int) -> None:
        """So many streams stand now."""
        if standing > self._most:
            self._most = standing
            self._settled()
