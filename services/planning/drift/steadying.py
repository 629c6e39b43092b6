"""Which divergences are told: those that stay. What comes and goes within half a minute is nobody's business. Pure.

A divergence opens when it has been there for `OPENS_AFTER` without a break, and closes when it has been gone for
`CLOSES_AFTER`, or at once where a later release has settled it. What cannot be told at the moment neither opens nor
closes anything. One that is open and changes all the time is told every `CHANGES_AFTER`, so that it costs no more than
one that changed once.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from domain.divergences import Divergence, DivergenceKey
from services.planning.drift.observing import Observed

OPENS_AFTER = timedelta(seconds=30)
CLOSES_AFTER = timedelta(seconds=60)
CHANGES_AFTER = timedelta(seconds=10)  # since it was told last
REOPENS_WITHIN = timedelta(minutes=10)  # what comes back sooner is the same one


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A divergence, once it is open as it was told last: `since` when it has been there; `gone_since` when it has not.

    `told_at` is None where another process told it. `untold`: it is otherwise by now.
    """

    divergence: Divergence
    since: datetime
    opened: bool = False
    gone_since: datetime | None = None
    told_at: datetime | None = None
    untold: bool = False


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
        return Step(kept={key: _uncertain(each) for key, each in kept.items() if each.opened})
    after: dict[DivergenceKey, Standing] = {}
    opens, changes, closes = [], [], []
    for key, divergence in observed.found.items():
        was = kept.get(key) or Standing(divergence=divergence, since=now)
        standing = after[key] = _there(was, divergence, now)
        if standing.opened and not was.opened:
            opens.append(standing)
        elif was.opened and standing.divergence != was.divergence:
            changes.append(standing)
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
    return min((moment for each in kept.values() if (moment := _told_next(each)) is not None), default=None)


def _told_next(standing: Standing) -> datetime | None:
    if not standing.opened:
        return standing.since + OPENS_AFTER
    if standing.gone_since is not None:
        return standing.gone_since + CLOSES_AFTER
    return standing.told_at + CHANGES_AFTER if standing.untold and standing.told_at is not None else None


def _there(was: Standing, divergence: Divergence, now: datetime) -> Standing:
    """A divergence that is found, as this."""
    if not was.opened:
        opened = now - was.since >= OPENS_AFTER
        return replace(was, divergence=divergence, opened=opened, told_at=now if opened else None)
    standing = replace(was, gone_since=None, untold=False)
    if divergence == was.divergence:
        return standing
    lately = was.told_at is not None and now - was.told_at < CHANGES_AFTER
    if lately and divergence.release == was.divergence.release:  # what closes it depends on the release
        return replace(standing, untold=True)
    return replace(standing, divergence=divergence, told_at=now)


def _uncertain(was: Standing) -> Standing:
    """An open divergence that may be there or not."""
    return replace(was, gone_since=None, untold=False)


def _gone(was: Standing, observed: Observed, key: DivergenceKey, now: datetime) -> Standing | None:
    """An open divergence that is not found; None where it closes."""
    if not observed.is_absent(key):
        return _uncertain(was)
    since = was.gone_since or now
    if now - since >= CLOSES_AFTER or observed.release > was.divergence.release:
        return None
    return replace(was, gone_since=since)
