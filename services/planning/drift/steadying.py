"""Which divergences are told: those that stay. What comes and goes within half a minute is nobody's business. Pure.

A divergence opens when it has been there for `OPENS_AFTER` without a break, and closes when it has been gone for
`CLOSES_AFTER`, or at once where a later release has settled it. What cannot be told at the moment neither opens nor
closes anything.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from domain.divergences import Divergence, DivergenceKey
from services.planning.drift.observing import Observed

OPENS_AFTER = timedelta(seconds=30)
CLOSES_AFTER = timedelta(seconds=60)
REOPENS_WITHIN = timedelta(minutes=10)  # what comes back sooner is the same one


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A divergence: `since` when it has been there; `gone_since` when an open one has not."""

    divergence: Divergence
    since: datetime
    opened: bool = False
    gone_since: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Step:
    """What is kept, and what is to be told: those that open, are otherwise than they were, and close."""

    kept: Mapping[DivergenceKey, Standing] = field(default_factory=dict)
    opens: tuple[Standing, ...] = ()
    changes: tuple[Standing, ...] = ()
    closes: tuple[Standing, ...] = ()

    @property
    def tells(self) -> bool:
        return bool(self.opens or self.changes or self.closes)


def step(kept: Mapping[DivergenceKey, Standing], observed: Observed | None, *, now: datetime) -> Step:
    """The next step; `observed` is None while an operation is under way."""
    if observed is None:
        return Step(kept={key: replace(each, gone_since=None) for key, each in kept.items() if each.opened})
    after: dict[DivergenceKey, Standing] = {}
    opens, changes, closes = [], [], []
    for key, divergence in observed.found.items():
        was = kept.get(key) or Standing(divergence=divergence, since=now)
        standing = replace(was, divergence=divergence, gone_since=None)
        if not was.opened and now - was.since >= OPENS_AFTER:
            standing = replace(standing, opened=True)
            opens.append(standing)
        elif was.opened and was.divergence != divergence:
            changes.append(standing)
        after[key] = standing
    for key, was in kept.items():
        if key in observed.found or not was.opened:
            continue
        left = _gone(was, observed, key, now)
        if left is None:
            closes.append(was)
        else:
            after[key] = left
    return Step(kept=after, opens=tuple(opens), changes=tuple(changes), closes=tuple(closes))


def next_at(kept: Mapping[DivergenceKey, Standing]) -> datetime | None:
    """When a step may tell something though what is observed has not changed; None: never."""
    moments = [
        each.gone_since + CLOSES_AFTER if each.gone_since is not None else each.since + OPENS_AFTER
        for each in kept.values()
        if each.gone_since is not None or not each.opened
    ]
    return min(moments, default=None)


def _gone(was: Standing, observed: Observed, key: DivergenceKey, now: datetime) -> Standing | None:
    """An open divergence that is not found; None where it closes."""
    if not observed.is_absent(key):
        return replace(was, gone_since=None)
    since = was.gone_since or now
    if now - since >= CLOSES_AFTER or observed.release > was.divergence.release:
        return None
    return replace(was, gone_since=since)
