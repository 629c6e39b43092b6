"""The strategy of a rollback: the environment's, with soaks no longer than what is put back needs. Pure.

A soak lets faults show that nobody knows of yet. What is put back ran there before, and a person in trouble waits for
it. So a minute has to do: a container whose liveness probe fails is restarted after half a minute by default, and one
that crashes has done so several times. A query of Prometheus looks back, and would fail a ring for what ran before it:
such a ring soaks until its queries see only what was put back.
"""

import re
from collections.abc import Iterable
from dataclasses import replace

from domain.problems import Problem, Remedy, Severity
from domain.stored.checks import Check, PrometheusCheck
from domain.stored.strategies import Ring, Strategy

SOAKS_SHORTENED = "soaks-shortened"
SOAK_IN_FULL = "soak-in-full"

LONGEST_SECONDS = 60
_LOOKBACK_SECONDS = 300  # of an instant vector, Prometheus' default; a recorded rate mostly looks back as far

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800, "y": 31_536_000}
_DURATION = r"(?:[0-9]+(?:ms|[smhdwy]))+"
_RANGE = re.compile(rf"\[\s*({_DURATION})")
_OFFSET = re.compile(rf"\boffset\s+({_DURATION})")
_PART = re.compile(r"([0-9]+)(ms|[smhdwy])")


def with_short_soaks(strategy: Strategy) -> Strategy:
    """The same rings, hooks, checks and pauses; no soak becomes longer."""
    if strategy.rings is None:
        return strategy
    return replace(strategy, rings=tuple(map(_shortened, strategy.rings)))


def soaks_shortened(own: Strategy, taken: Strategy, environment: str) -> Problem | None:
    """What a plan says where `taken` soaks for less than the environment's `own`; None where it does not."""
    pairs = zip(own.in_rings, taken.in_rings, strict=True)
    shorter = [(ring.soak_seconds, less.soak_seconds) for ring, less in pairs if less.soak_seconds < ring.soak_seconds]
    if not shorter:
        return None
    longest, most = max(full for full, _ in shorter), max(less for _, less in shorter)
    return Problem(
        code=SOAKS_SHORTENED,
        severity=Severity.TELLS,
        detail=f"A ring soaks for {_in_words(most)} at most, where the strategy of {environment} says up to "
        f"{_in_words(longest)}: what is put back ran there before.",
        remedy=Remedy(code=SOAK_IN_FULL, title="Soak in full", request={"full_soak": True}),
    )


def _shortened(ring: Ring) -> Ring:
    return replace(ring, soak_seconds=min(ring.soak_seconds, max(LONGEST_SECONDS, _looks_back(ring.checks))))


def _looks_back(checks: Iterable[Check]) -> int:
    """How many seconds before its instant the furthest query of the checks looks; 0 where none is a query."""
    queries = [check.asks.query for check in checks if isinstance(check.asks, PrometheusCheck)]
    return max(
        ((_furthest(_RANGE, each) or _LOOKBACK_SECONDS) + _furthest(_OFFSET, each) for each in queries), default=0
    )


def _furthest(pattern: re.Pattern[str], query: str) -> int:
    return max((_seconds(found) for found in pattern.findall(query)), default=0)


def _seconds(duration: str) -> int:
    """Of a duration as Prometheus writes it, `1h30m`."""
    return sum(int(number) * _SECONDS[unit] for number, unit in _PART.findall(duration) if unit != "ms")


def _in_words(seconds: int) -> str:
    """`90 s`, `5 min`, `1 h`: in the largest unit that is whole, as strategies are shown."""
    for unit, size in (("h", 3600), ("min", 60)):
        if seconds % size == 0:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
