"""Per-key token-bucket rate limiter, in memory.

Each process counts for itself: with several replicas the rate that all of them let through is the sum.
"""

import math
from collections import OrderedDict
from collections.abc import Callable
from ipaddress import IPv6Address, IPv6Network, ip_address
from time import monotonic


def sender_of(address: str | None) -> str:
    """Whom an address counts for: of IPv6 the network of 64 bits, because each line gets that many (RFC 6177).

    Else whoever has one line would have more addresses than any limit of one address remembers.
    """
    try:
        parsed = ip_address((address or "").partition("%")[0])
    except ValueError:  # as of a test's client, which has a name
        return address or ""
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(IPv6Network((parsed, 64), strict=False))


class RateLimiter:
    """One token bucket for each key: `burst` calls at once, then `per_second` calls a second.

    Remembers `max_keys` keys at most and forgets the key that was used least recently, whose bucket is the fullest.
    """

    def __init__(
        self, *, burst: int, per_second: float, max_keys: int = 10_000, clock: Callable[[], float] = monotonic
    ) -> None:
        self._burst = burst
        self._per_second = per_second
        self._max_keys = max_keys
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()  # tokens left, and when they were counted

    def take(self, key: str) -> int | None:
        """Take a token of the key's bucket: None if there was one, else the whole seconds until there will be one."""
        now = self._clock()
        tokens, counted_at = self._buckets.pop(key, (float(self._burst), now))
        tokens = min(self._burst, tokens + (now - counted_at) * self._per_second)
        allowed = tokens >= 1
        self._buckets[key] = (tokens - allowed, now)
        if len(self._buckets) > self._max_keys:
            self._buckets.popitem(last=False)
        return None if allowed else max(1, math.ceil((1 - tokens) / self._per_second))
