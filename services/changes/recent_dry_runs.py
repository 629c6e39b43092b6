"""Remembers for a moment what dry runs of previewed plans have said, so that a start need not repeat them.

A dry run takes as long as the writes. Whoever looks at a preview and starts that plan would wait for both; all that can
have changed meanwhile is what the clusters refuse, and that may change between a dry run and the write as well.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from services.planning.copying.tried import Attempt, Tried

HOLDS = 120.0  # seconds: as long as a person looks at a preview
_MOST = 600  # clusters: a plan of all that one process watches, and some


@dataclass(frozen=True)
class _Kept:
    tried: Tried
    at: float


class RecentDryRuns:
    """In memory alone: another process, or this one after a restart, tries again."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: OrderedDict[Attempt, _Kept] = OrderedDict()  # the oldest first

    def keep(self, attempt: Attempt, tried: Tried, *, at: float) -> None:
        """The dry run of this attempt was begun then, in seconds of `now`."""
        self._kept.pop(attempt, None)
        self._kept[attempt] = _Kept(tried, at)
        self._forget()

    def find(self, attempt: Attempt) -> Tried | None:
        """What its dry run has said; None where it was tried too long ago, or never."""
        self._forget()
        kept = self._kept.get(attempt)
        return kept.tried if kept is not None and self._holds(kept) else None

    def now(self) -> float:
        return self._clock()

    def _holds(self, kept: _Kept) -> bool:
        return self._clock() - kept.at <= HOLDS

    def _forget(self) -> None:
        while self._kept and (len(self._kept) > _MOST or not self._holds(next(iter(self._kept.values())))):
            self._kept.popitem(last=False)
