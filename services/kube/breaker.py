"""A circuit breaker for one cluster: while the cluster does not answer, calls fail at once and wait for no timeout.

It opens after three failures in a row to get any answer. After a wait (15 s, doubled up to 300 s) it is half open: one
call probes the cluster, and its result closes the breaker or opens it anew. 4xx and 5xx are answers too.
"""

import random
import time
from collections.abc import Callable
from enum import StrEnum

import structlog

FAILURES_TO_OPEN = 3
_FIRST_WAIT = 15.0
_LONGEST_WAIT = 300.0
# Failures of requests that were under way together are one piece of evidence, not many: a restart of an API server cuts
# eight requests off in the same millisecond.
_SPACING = 1.0

_log = structlog.get_logger(__name__)


class Passage(StrEnum):
    """What a call may do."""

    FREE = "free"  # closed: go on
    PROBE = "probe"  # half open: probe the cluster first, and report the result
    BARRED = "barred"  # open: fail at once


class Breaker:
    """The breaker of one cluster. Times are seconds on the monotonic clock."""

    def __init__(
        self,
        cluster: str,
        *,
        clock: Callable[[], float] = time.monotonic,
        chance: random.Random | None = None,
    ) -> None:
        self._cluster = cluster
        self._clock = clock
        self._chance = chance or random.Random()  # noqa: S311  jitter, not cryptography
        self._failures = 0
        self._last_failure = float("-inf")
        self._wait = 0.0
        self._probe_at: float | None = None  # None: closed
        self._probing = False

    @property
    def open(self) -> bool:
        return self._probe_at is not None

    def ask(self) -> Passage:
        """Whether a call may go through. After `PROBE` the caller must call `succeeded`, `failed` or `gave_up`."""
        if self._probe_at is None:
            return Passage.FREE
        if self._probing or self._clock() < self._probe_at:
            return Passage.BARRED
        self._probing = True
        return Passage.PROBE

    def succeeded(self) -> None:
        """The cluster answered, with whatever status: close."""
        if self._failures == 0 and self._probe_at is None:
            return
        if self._probe_at is not None:
            _log.info("cluster answers again", cluster=self._cluster)
        self._failures = 0
        self._last_failure = float("-inf")
        self._wait = 0.0
        self._probe_at = None
        self._probing = False

    def failed(self, *, started: float) -> None:
        """An attempt that began at `started` (monotonic seconds) got no answer."""
        now = self._clock()
        if self._probe_at is not None:
            if self._probing:
                self._open(now)
            return
        if started < self._last_failure or now - self._last_failure < _SPACING:
            return
        self._failures += 1
        self._last_failure = now
        if self._failures >= FAILURES_TO_OPEN:
            _log.warning("cluster does not answer", cluster=self._cluster)
            self._open(now)

    def allow_probe(self) -> None:
        """Half-open an open breaker now: the next call probes the cluster instead of failing at once."""
        if self._probe_at is not None:
            self._probe_at = self._clock()

    def gave_up(self) -> None:
        """The probe ended without a result (it was cancelled): the next call may probe."""
        self._probing = False

    def _open(self, now: float) -> None:
        self._wait = min(_LONGEST_WAIT, self._wait * 2) if self._wait else _FIRST_WAIT
        self._probe_at = now + self._wait * self._chance.uniform(0.8, 1.2)
        self._probing = False
