"""Which freezes are in the way of a change, and when that changes.

A deny window that is open wins over everything. Where allow windows are for this place, one of them has to be open, as
Argo CD (https://argo-cd.readthedocs.io/en/stable/user-guide/sync_windows/) decides it, too.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.gates import Freeze, FreezeEffect, Gate, GateKind
from domain.rights import ApplicationRef, EnvironmentRef
from services.planning.people.windows import FOREVER, Occurrence, next_change, next_start, occurrences, open_at

OPENED_BY = "A person who administers the environment can change or delete the freeze."


@dataclass(frozen=True, kw_only=True)
class FreezeOccurrence:
    """One time that a freeze's window is open (UTC), for the calendar."""

    freeze: Freeze
    occurrence: Occurrence


def concerning(
    freezes: Iterable[Freeze], application: ApplicationRef, environment: EnvironmentRef
) -> tuple[Freeze, ...]:
    """Those whose scope has the application in the environment."""
    return tuple(
        each
        for each in freezes
        if each.scope.covers_application(application) and each.scope.covers_environment(environment)
    )


def closed_by(freezes: Sequence[Freeze], at: datetime) -> tuple[Gate, ...]:
    """The gates that freezes of one place close at this moment (UTC); none where it may be changed."""
    denying = [
        Gate(kind=GateKind.FREEZE, id=each.id, reason=each.reason, until=_known(now.ends), opened_by=OPENED_BY)
        for each in freezes
        if each.effect is FreezeEffect.DENY and (now := open_at(each.window, at)) is not None
    ]
    allowing = [each for each in freezes if each.effect is FreezeEffect.ALLOW]
    if denying or not allowing or any(open_at(each.window, at) is not None for each in allowing):
        return tuple(denying)
    starts = {each: start for each in allowing if (start := next_start(each.window, at)) is not None}
    first = min(starts, key=lambda each: starts[each], default=allowing[0])
    names = ", ".join(sorted(each.name for each in allowing))
    return (
        Gate(
            kind=GateKind.FREEZE,
            id=first.id,
            reason=f"Changes are allowed only in {names}: {first.reason}",
            until=starts.get(first),
            opened_by=OPENED_BY,
        ),
    )


def next_decision(freezes: Iterable[Freeze], at: datetime) -> datetime | None:
    """The next moment (UTC) at which `closed_by` may answer otherwise; None where it never does."""
    changes = [change for each in freezes if (change := next_change(each.window, at)) is not None]
    return min(changes, default=None)


def calendar(
    freezes: Iterable[Freeze], since: datetime, until: datetime, *, limit: int
) -> tuple[FreezeOccurrence, ...]:
    """What is open between two moments (UTC), by start; at most `limit` of each freeze."""
    found: list[FreezeOccurrence] = []
    for each in freezes:
        for number, occurrence in enumerate(occurrences(each.window, since, until)):
            if number == limit:
                break
            found.append(FreezeOccurrence(freeze=each, occurrence=occurrence))
    return tuple(sorted(found, key=lambda each: (each.occurrence, each.freeze.name)))


def _known(end: datetime) -> datetime | None:
    return None if end == FOREVER else end
